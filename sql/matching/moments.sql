-- matching.moments — one row per matured contact, and per stretch of days and customer left alone around it.
-- grain: moment_id
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

),

contacts as (

    select
        chained.customer_id,
        chained.acted_at,
        chained.known_at,
        (chained.calendar_date - $start) // $bucket as stretch,
        coalesce(credits.claimed_count, 0) as claimed_count,
        cast(
            greatest(epoch(chained.claims_until_at) - epoch(chained.claims_from_at), 0) / ($reach * 86400)
            as decimal(18, 6)
        ) as part
    from chained
    left join credits on chained.action_id = credits.action_id
    where
        chained.calendar_date >= $start
        and chained.calendar_date < $end

),

stretches as (

    select
        stretch,
        make_timestamp(cast(avg(epoch_us(acted_at)) as bigint)) as moment_at
    from contacts
    group by stretch

),

willing as (

    select
        customer_id,
        registered_at
    from facts.customers
    where coalesce(is_marketing_allowed, true)

),

-- beyond the most that are looked at, customers are sampled by a digest of their identifier
sampled as (

    select
        customer_id,
        registered_at
    from willing
    where
        md5_number_lower(customer_id) % 1000000 < 1000000.0 * $most_alone
        / greatest((select count(*) from willing) * (select count(*) from stretches), 1)

),

actions as (

    select
        customer_id,
        acted_at,
        opted_out_at
    from _module_actions
    where module_id = $module

),

alone as (

    select
        sampled.customer_id,
        stretches.stretch,
        stretches.moment_at
    from sampled
    cross join stretches
    where
        (sampled.registered_at is null or sampled.registered_at <= stretches.moment_at)
        and not exists (
            select 1
            from actions
            where
                actions.customer_id = sampled.customer_id
                and (
                    (
                        actions.acted_at >= stretches.moment_at - $reach * interval 1 day
                        and actions.acted_at < stretches.moment_at + $reach * interval 1 day
                    )
                    or actions.opted_out_at <= stretches.moment_at
                )
        )

),

both_sides as (

    select
        customer_id,
        stretch,
        acted_at as moment_at,
        known_at,
        true as is_contacted,
        part,
        claimed_count
    from contacts
    union all
    select
        customer_id,
        stretch,
        moment_at,
        moment_at as known_at,
        false as is_contacted,
        1 as part,
        null as claimed_count
    from alone

)

select
    row_number() over () as moment_id,  -- any number, of this moment alone
    both_sides.customer_id,  -- customer
    both_sides.stretch,  -- number of the stretch of days
    both_sides.moment_at,  -- the contact, or the mean moment of the stretch's contacts, UTC
    both_sides.known_at,  -- up to when the customer's past is looked at, UTC
    both_sides.is_contacted,  -- by the module, or left alone around that moment
    both_sides.part,  -- part of its window the action claims for
    both_sides.claimed_count  -- outcomes the action claims; null when left alone

from both_sides
