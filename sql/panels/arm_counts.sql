-- panels.arm_counts — one row in all, with how many units were in both arms and how many had a baseline.
select
    count(*) filter (where arm_units.arm_name = 'both') as both_count,  -- units seen in both arms
    count(*) filter (where arm_units.denominator_baseline <> 0) as baseline_count  -- units with a base before

from _panels_arm_units as arm_units
