-- matching.moments — one row per matured contact, and per stretch of days and untreated customer around it.
-- grain: moment_id
with

contacts as (

    select
        customer_id,
        acted_at,
        known_at,
        stretch,
        part,
        claimed_count
    from _matching_contacts

),

stretches as (

    select
        stretch,
        make_timestamp(cast(avg(epoch_us(acted_at)) as bigint)) as moment_at
    from contacts
    group by stretch

),

stretches_counted as (

    select count(*) as stretches_count
    from stretches

),

willing as (

    select
        customer_id,
        registered_at
    from facts.customers
    where coalesce(is_marketing_allowed, true)

),

sizes as (

    select
        count(*) as customers_count,
        max(stretches_counted.stretches_count) as stretches_count
    from willing
    cross join stretches_counted

),

-- beyond the most that are looked at, customers are sampled by a digest of their identifier
sampled as (

    select
        willing.customer_id,
        willing.registered_at
    from willing
    cross join sizes
    where
        md5_number_lower(willing.customer_id) % 1000000 < 1000000.0 * $most_alone
        / greatest(sizes.customers_count * sizes.stretches_count, 1)

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
    both_sides.is_contacted,  -- by the module, or untreated around that moment
    both_sides.part,  -- part of its window the action claims for
    both_sides.claimed_count  -- outcomes the action claims; null when untreated

from both_sides
