-- metrics.customer_months_daily — one row per module, customer it randomised, and month since assignment.
-- grain: module_id, customer_id, arm_name, calendar_date
-- optional: facts.interactions
with

arms as (

    select
        module_id,
        customer_id,
        arm_name,
        seen_from_date,
        is_assigned
    from facts.customer_arms

),

months as (

    select distinct month_start_date
    from facts.calendar
    where month_start_date >= $history_start

),

events as (

    select
        customer_id,
        calendar_date,
        1 as orders_count,
        0 as interactions_count
    from facts.orders
    union all
    select
        customer_id,
        calendar_date,
        0 as orders_count,
        1 as interactions_count
    from facts.interactions

),

months_active as (

    select
        customer_id,
        cast(calendar_date - cast(extract(day from calendar_date) as integer) + 1 as date) as month_start_date,
        sum(orders_count) as orders_count,
        sum(interactions_count) as interactions_count
    from events
    group by
        customer_id,
        cast(calendar_date - cast(extract(day from calendar_date) as integer) + 1 as date)

),

customer_months as (

    select
        arms.module_id,
        arms.customer_id,
        arms.arm_name,
        months.month_start_date,
        arms.is_assigned and months.month_start_date + interval 1 month <= $as_of as is_over,
        arms.is_assigned and months.month_start_date + interval 3 month + interval 1 day <= $as_of as is_assessable
    from arms
    cross join months
    where months.month_start_date >= arms.seen_from_date

),

watched as (

    select
        customer_months.*,
        months_active.orders_count,
        months_active.interactions_count,
        months_active.month_start_date is not null as is_active,
        customer_months.is_over
        and coalesce(months_active.month_start_date = customer_months.month_start_date, false) as is_active_now
    from customer_months
    left join months_active
        on
            customer_months.customer_id = months_active.customer_id
            and customer_months.month_start_date <= months_active.month_start_date
            and customer_months.month_start_date + interval 3 month > months_active.month_start_date

)

select
    watched.module_id,  -- module
    watched.customer_id,  -- customer randomised by the module
    watched.arm_name,  -- treated or held_out; a second row of zeros once seen in the other arm
    watched.month_start_date as calendar_date,  -- first day of the month
    case when watched.is_over then 1 else 0 end as customer_months_count,  -- 1 when the month is over
    case when watched.is_assessable then 1 else 0 end
        as assessable_customers_count,  -- 1 when the three months that begin here are over
    case when watched.is_assessable and not bool_or(watched.is_active) then 1 else 0 end
        as churned_count,  -- of these 1 when the customer neither ordered nor showed up in them
    case when watched.is_assessable and bool_or(watched.is_active) then 1 else 0 end
        as retained_count,  -- of these 1 when the customer did
    case when watched.is_assessable and coalesce(sum(watched.orders_count), 0) > 0 then 1 else 0 end
        as repurchased_count,  -- of these 1 when the customer ordered again
    case when bool_or(watched.is_active_now) then 1 else 0 end
        as active_customers_count,  -- 1 when the customer ordered or showed up in the month itself
    cast(coalesce(sum(watched.interactions_count) filter (where watched.is_active_now), 0) as bigint)
        as interactions_count  -- things the customer did in the month itself

from watched
group by
    watched.module_id,
    watched.customer_id,
    watched.arm_name,
    watched.month_start_date,
    watched.is_over,
    watched.is_assessable
