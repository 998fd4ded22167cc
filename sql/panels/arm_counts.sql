-- panels.arm_counts — one row in all, with units in both arms, units with a baseline, and the rows of both.
select
    count(*) filter (where arm_units.arm_name = 'both') as both_count,  -- units seen in both arms
    count(*) filter (where arm_units.denominator_baseline <> 0) as baseline_count,  -- units with a base before
    cast(coalesce(sum(arm_units.row_count) filter (where arm_units.arm_name <> 'both'), 0) as bigint)
        as row_count  -- rows of the daily table behind the two arms

from _panels_arm_units as arm_units
