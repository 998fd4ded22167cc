-- metrics.customer_months_daily — one row per module, customer drawn for it by lot, and month since the draw.
-- grain: module_id, customer_id, arm_name, calendar_date
-- optional: facts.interactions
with

arms as (

    select
        module_id,
        customer_id,
        arm_name,
        assigned_date
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
        months.month_start_date + interval 1 month <= $as_of as is_over,
        months.month_start_date + interval 3 month + interval 1 day <= $as_of as is_assessable
    from arms
    cross join months
    where months.month_start_date >= arms.assigned_date

)

select
    customer_months.module_id,  -- module
    customer_months.customer_id,  -- customer drawn for it
    customer_months.arm_name,  -- treated or held_out
    customer_months.month_start_date as calendar_date,  -- first day of the month
    1 as customer_months_count,  -- the customer and month
    case when customer_months.is_assessable then 1 else 0 end as assessable_customers_count,  -- 1 when the three months that begin here are over
    case when customer_months.is_assessable and count(months_active.month_start_date) = 0 then 1 else 0 end as churned_count,  -- of these 1 when the customer neither ordered nor showed up in them
    case when customer_months.is_assessable and count(months_active.month_start_date) > 0 then 1 else 0 end as retained_count,  -- of these 1 when the customer did
    case when customer_months.is_assessable and coalesce(sum(months_active.orders_count), 0) > 0 then 1 else 0 end as repurchased_count,  -- of these 1 when the customer ordered again
    case when customer_months.is_over and count(*) filter (where months_active.month_start_date = customer_months.month_start_date) > 0 then 1 else 0 end as active_customers_count,  -- 1 when the customer ordered or showed up in the month itself
    cast(coalesce(sum(months_active.interactions_count) filter (where customer_months.is_over and months_active.month_start_date = customer_months.month_start_date), 0) as bigint) as interactions_count  -- things the customer did in the month itself

from customer_months
left join months_active
    on
        customer_months.customer_id = months_active.customer_id
        and months_active.month_start_date >= customer_months.month_start_date
        and months_active.month_start_date < customer_months.month_start_date + interval 3 month
group by
    customer_months.module_id,
    customer_months.customer_id,
    customer_months.arm_name,
    customer_months.month_start_date,
    customer_months.is_over,
    customer_months.is_assessable
