-- facts.purchase_histories — one row per module and customer who bought since the draw; an empty module is all history.
-- grain: module_id, customer_id
-- optional: facts.customer_arms
with

orders as (

    select
        customer_id,
        calendar_date,
        gross_margin_amount_rc,
        refund_amount_rc,
        order_amount_rc
    from facts.orders
    where customer_id is not null

),

days as (

    select
        customer_id,
        calendar_date,
        sum(
            coalesce(gross_margin_amount_rc, 0)
            * case when order_amount_rc > 0 then 1 - refund_amount_rc / order_amount_rc else 1 end
        ) as margin_amount_rc
    from orders
    group by
        customer_id,
        calendar_date

),

arms as (

    select
        module_id,
        customer_id,
        arm_name,
        assigned_date
    from facts.customer_arms

),

watched as (

    select
        arms.module_id,
        arms.arm_name,
        days.customer_id,
        days.calendar_date,
        days.margin_amount_rc
    from days
    inner join arms on days.customer_id = arms.customer_id
    where days.calendar_date >= arms.assigned_date
    union all
    select
        '' as module_id,
        'all' as arm_name,
        days.customer_id,
        days.calendar_date,
        days.margin_amount_rc
    from days

),

numbered as (

    select
        *,
        min(calendar_date) over (partition by module_id, customer_id) as first_date
    from watched

)

select
    numbered.module_id,  -- module whose lot the customer was in; empty for all history
    numbered.customer_id,  -- customer who bought
    min(numbered.arm_name) as arm_name,  -- treated, held_out, both; all for all history
    min(numbered.first_date) as calendar_date,  -- local date of the first purchase watched
    1 as customers_count,  -- the customer
    cast(count(*) - 1 as double) as frequency,  -- repeat purchases: days with a purchase after the first
    cast(max(numbered.calendar_date) - min(numbered.calendar_date) as double) / 7
        as recency_weeks,  -- weeks from the first to the last purchase; 0 when there was one only
    cast($as_of - min(numbered.calendar_date) as double) / 7 as age_weeks,  -- weeks from the first purchase to as-of
    cast(
        coalesce(avg(numbered.margin_amount_rc) filter (where numbered.calendar_date > numbered.first_date), 0)
        as double
    )
        as mean_margin_amount_rc  -- mean gross margin of repeat purchases, refunds taken off; 0 without any

from numbered
group by
    numbered.module_id,
    numbered.customer_id
