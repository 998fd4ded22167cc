-- store.value — one row per cycle and module asked for, with its money.
-- grain: cycle_key, module_id
select
    valued.cycle_key,  -- cycle
    valued.module_id,  -- module
    valued.payload  -- the whole value, as JSON

from roi.module_values as valued
where
    valued.cycle_key = $cycle_key
    and valued.module_id = $module
