-- panels.arm_values — one row per unit of either arm, with its sums after go-live.
-- grain: unit_id
select
    arm_units.unit_id,  -- unit of the random assignment
    arm_units.arm_name = 'treated' as is_treated,  -- its arm has the module
    arm_units.numerator,  -- Σ numerator after go-live
    arm_units.denominator  -- Σ denominator after go-live

from _panels_arm_units as arm_units
where arm_units.arm_name in ('treated', 'comparison')
