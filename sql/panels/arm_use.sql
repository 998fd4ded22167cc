-- panels.arm_use — one row per unit with a denominator after go-live, with how much of it used what was offered.
-- grain: unit_id
with

users as (

    select distinct member_id
    from _used_rows
    where
        calendar_date >= $post_start
        and calendar_date < $post_end
        and cast(used as double) > 0
        and coalesce(adoption_type, 'adopted') in ('adopted', 'edited')

),

members as (

    select
        unit_id,
        member_id,
        sum(denominator) as denominator
    from _metric_rows
    where
        unit_id is not null
        and calendar_date >= $post_start
        and calendar_date < $post_end
    group by
        unit_id,
        member_id

),

counted as (

    select
        members.unit_id,
        members.member_id,
        members.denominator,
        users.member_id is not null as is_user
    from members
    left join users
        on members.member_id = users.member_id

)

select
    counted.unit_id,  -- unit of the random assignment
    count(*) as members_count,  -- units in it: one, unless a cluster was assigned
    count(*) filter (where counted.is_user) as users_count,  -- of these, those that used it
    cast(coalesce(sum(counted.denominator) filter (where counted.is_user), 0) as double) as used  -- Σ their denominator

from counted
group by counted.unit_id
