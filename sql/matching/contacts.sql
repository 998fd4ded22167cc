-- matching.contacts — one row per matured contact of a module, with what it claims and since when its chain lasts.
-- grain: action_id
with

-- `known_at` is when the chain of contacts began
chained as (

    select
        action_id,
        customer_id,
        acted_at,
        calendar_date,
        claims_from_at,
        claims_until_at,
        max(case when is_stretch_start then acted_at end) over (
            partition by customer_id, arm_name, is_matured
            order by acted_at, action_id
        ) as known_at
    from facts.action_windows
    where
        module_id = $module
        and arm_name <> 'held_out'
        and is_matured

),

credits as (

    select
        action_id,
        count(*) filter (where not is_placebo) as claimed_count
    from facts.action_credits
    where
        module_id = $module
        and outcome_type = $outcome
    group by action_id

)

select
    chained.action_id,  -- the contact
    chained.customer_id,  -- customer
    chained.acted_at,  -- when, UTC
    chained.known_at,  -- when the chain of contacts whose windows touch began, UTC
    (chained.calendar_date - $start) // $bucket as stretch,  -- number of the stretch of days
    coalesce(credits.claimed_count, 0) as claimed_count,  -- outcomes it claims
    cast(
        greatest(epoch(chained.claims_until_at) - epoch(chained.claims_from_at), 0) / ($reach * 86400)
        as decimal(18, 6)
    ) as part  -- part of its window it claims for

from chained
left join credits on chained.action_id = credits.action_id
where
    chained.calendar_date >= $start
    and chained.calendar_date < $end
