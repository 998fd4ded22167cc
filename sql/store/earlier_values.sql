-- store.earlier_values — one row per cycle of a module before one, with its money.
-- grain: cycle_key
select
    valued.cycle_key,  -- cycle
    valued.payload  -- the whole value, as JSON

from roi.module_values as valued
where
    valued.module_id = $module
    and valued.cycle_key < $cycle_key
