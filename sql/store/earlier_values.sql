-- store.earlier_values — one row per cycle of a module before one, with its money.
-- grain: cycle_key
select
    stored.cycle_key,  -- cycle
    stored.payload  -- the whole value, as JSON

from roi.module_values as stored
where
    stored.module_id = $module
    and stored.cycle_key < $cycle_key
