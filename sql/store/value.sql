-- store.value — one row per cycle and module asked for, with its money.
-- grain: cycle_key, module_id
select
    stored.cycle_key,  -- cycle
    stored.module_id,  -- module
    stored.payload  -- the whole value, as JSON

from roi.module_values as stored
where
    stored.cycle_key = $cycle_key
    and stored.module_id = $module
