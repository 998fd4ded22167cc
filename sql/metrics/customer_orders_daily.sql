-- metrics.customer_orders_daily — one row per module, customer it randomised, and day with orders or of assignment.
-- grain: module_id, customer_id, arm_name, calendar_date
with

arms as (

    select
        module_id,
        customer_id,
        arm_name,
        seen_from_date,
        assigned_date,
        is_assigned
    from facts.customer_arms

),

orders as (

    select
        customer_id,
        calendar_date,
        order_amount_rc,
        refund_amount_rc,
        gross_margin_amount_rc
    from facts.orders

),

crossings as (

    select
        arms.module_id,
        arms.customer_id,
        arms.arm_name,
        arms.seen_from_date as calendar_date
    from arms
    where not arms.is_assigned
    union all
    select
        arms.module_id,
        arms.customer_id,
        arms.arm_name,
        orders.calendar_date
    from arms
    inner join orders on arms.customer_id = orders.customer_id
    where
        not arms.is_assigned
        and orders.calendar_date > arms.seen_from_date

),

events as (

    select
        arms.module_id,
        arms.customer_id,
        arms.arm_name,
        arms.assigned_date as calendar_date,
        1 as customers_count,
        0 as orders_count,
        cast(0 as decimal(18, 4)) as net_amount_rc,
        cast(0 as decimal(18, 4)) as gross_margin_amount_rc
    from arms
    where arms.is_assigned
    union all
    select
        arms.module_id,
        arms.customer_id,
        case when orders.calendar_date >= arms.assigned_date then arms.arm_name end as arm_name,
        orders.calendar_date,
        0 as customers_count,
        1 as orders_count,
        orders.order_amount_rc - orders.refund_amount_rc as net_amount_rc,
        orders.gross_margin_amount_rc
    from arms
    inner join orders on arms.customer_id = orders.customer_id
    where arms.is_assigned
    union all
    select
        module_id,
        customer_id,
        arm_name,
        calendar_date,
        0 as customers_count,
        0 as orders_count,
        cast(0 as decimal(18, 4)) as net_amount_rc,
        cast(0 as decimal(18, 4)) as gross_margin_amount_rc
    from crossings

)

select
    events.module_id,  -- module
    events.customer_id,  -- customer randomised by the module
    events.arm_name,  -- treated or held_out; null before the draw; a second row of zeros once seen in the other arm
    events.calendar_date,  -- local date of the order, or of the draw
    cast(sum(events.customers_count) as bigint) as customers_count,  -- 1 on the day of the draw
    cast(sum(events.orders_count) as bigint) as orders_count,  -- orders that were not cancelled
    coalesce(sum(events.net_amount_rc), 0) as net_amount_rc,  -- Σ amount less refunds
    coalesce(sum(events.gross_margin_amount_rc), 0) as gross_margin_amount_rc  -- Σ gross margin

from events
group by
    events.module_id,
    events.customer_id,
    events.arm_name,
    events.calendar_date
