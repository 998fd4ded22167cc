-- quantiles.arm_sizes — one row per arm, with its number of units.
-- grain: arm_name
select
    events.arm_name,  -- treated, comparison or both
    count(distinct events.unit_id) as units_count  -- units seen in it

from _quantiles_arm_events as events
group by events.arm_name
