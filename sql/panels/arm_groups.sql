-- panels.arm_groups — one row per unit and group it is in by arm and by use, with its sums after go-live.
-- grain: arm_name, unit_id
with

units as (

    select
        arm_units.unit_id,
        arm_units.arm_name,
        arm_units.numerator,
        arm_units.denominator,
        arm_use.users_count > 0 as is_user
    from _panels_arm_units as arm_units
    inner join _panels_arm_use as arm_use
        on arm_units.unit_id = arm_use.unit_id
    where arm_units.arm_name in ('treated', 'comparison')

),

grouped as (

    select
        'users' as group_name,
        unit_id,
        numerator,
        denominator
    from units
    where is_user

    union all

    select
        'non_users' as group_name,
        unit_id,
        numerator,
        denominator
    from units
    where not is_user

    union all

    select
        'offered_users' as group_name,
        unit_id,
        numerator,
        denominator
    from units
    where
        is_user
        and arm_name = 'treated'

    union all

    select
        'held_out_non_users' as group_name,
        unit_id,
        numerator,
        denominator
    from units
    where
        not is_user
        and arm_name = 'comparison'

)

select
    grouped.group_name as arm_name,  -- users, non_users, offered_users or held_out_non_users
    grouped.unit_id,  -- unit of the random assignment
    grouped.numerator,  -- Σ numerator after go-live
    grouped.denominator  -- Σ denominator after go-live

from grouped
