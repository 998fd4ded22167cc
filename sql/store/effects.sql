-- store.effects — one row per cycle and module asked for, with the effects found.
-- grain: cycle_key, module_id
select
    payloads.cycle_key,  -- cycle
    payloads.module_id,  -- module
    payloads.payload  -- the whole value, as JSON

from effects.module_payloads as payloads
where
    payloads.cycle_key = $cycle_key
    and payloads.module_id = $module
