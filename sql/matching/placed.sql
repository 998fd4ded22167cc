-- matching.placed — one row per moment, with what came after it and the traits it is matched on.
-- grain: moment_id
with

moments as (

    select
        moment_id,
        customer_id,
        stretch,
        moment_at,
        known_at,
        is_contacted,
        part,
        claimed_count
    from _matching_moments

),

occurred as (

    select
        customer_id,
        occurred_at
    from _matching_occurred

),

customers as (

    select
        customer_id,
        level_code
    from facts.customers

),

counted as (

    select
        moments.moment_id,
        count(*) filter (where occurred.occurred_at > moments.moment_at) as after_count,
        count(*) filter (
            where
            occurred.occurred_at < moments.known_at
            and occurred.occurred_at >= moments.known_at - $reach * interval 1 day
        ) as before_count,
        count(*) filter (
            where
            occurred.occurred_at < moments.known_at - $reach * interval 1 day
            and occurred.occurred_at >= moments.known_at - ($reach + $earlier) * interval 1 day
        ) as earlier_count,
        max(
            case
                when occurred.occurred_at < moments.known_at - $reach * interval 1 day then occurred.occurred_at
            end
        ) as last_at
    from moments
    inner join occurred on moments.customer_id = occurred.customer_id
    where occurred.occurred_at < moments.moment_at + $reach * interval 1 day
    group by moments.moment_id

)

select
    moments.moment_id,  -- the moment
    moments.stretch,  -- number of the stretch of days
    moments.is_contacted,  -- by the module, or untreated
    moments.customer_id,  -- customer
    moments.part,  -- part of its window the action claims for
    moments.known_at >= moments.moment_at - $chain * $reach * interval 1 day as is_fresh,  -- its past is recent enough
    coalesce(moments.claimed_count, counted.after_count, 0) as after_count,  -- outcomes in the window
    coalesce(counted.before_count, 0) as before_count,  -- outcomes in the placebo window
    coalesce(customers.level_code, '') as level_code,  -- membership level
    case
        when coalesce(counted.earlier_count, 0) < 4 then coalesce(counted.earlier_count, 0)
        when counted.earlier_count < 6 then 4
        when counted.earlier_count < 10 then 5
        else 6
    end as frequency,  -- class of how often before
    case
        when counted.last_at is null then 4
        when counted.last_at >= moments.known_at - ($reach + 14) * interval 1 day then 0
        when counted.last_at >= moments.known_at - ($reach + 45) * interval 1 day then 1
        when counted.last_at >= moments.known_at - ($reach + 120) * interval 1 day then 2
        else 3
    end as recency  -- class of how long ago

from moments
left join counted on moments.moment_id = counted.moment_id
left join customers on moments.customer_id = customers.customer_id
