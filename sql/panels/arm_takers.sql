-- panels.arm_takers — one row per arm, with its members and how many of them used what was offered.
-- grain: arm_name
select
    arm_units.arm_name,  -- treated or comparison
    cast(sum(arm_use.members_count) as bigint) as members_count,  -- units
    cast(sum(arm_use.users_count) as bigint) as users_count  -- of these, those that used it

from _panels_arm_units as arm_units
inner join _panels_arm_use as arm_use
    on arm_units.unit_id = arm_use.unit_id
where arm_units.arm_name in ('treated', 'comparison')
group by arm_units.arm_name
