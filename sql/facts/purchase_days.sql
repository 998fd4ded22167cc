-- facts.purchase_days — one row per module, customer and day of assignment or purchase; an empty module is all history.
-- grain: module_id, customer_id, calendar_date
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

arms as (

    select
        module_id,
        customer_id,
        max(arm_name) filter (where is_assigned) as arm_name,
        min(assigned_date) as assigned_date,
        min(seen_from_date) filter (where not is_assigned) as crossed_date
    from facts.customer_arms
    group by
        module_id,
        customer_id

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

firsts as (

    select
        customer_id,
        min(calendar_date) as first_date
    from days
    group by customer_id

),

watched as (

    select
        '' as module_id,
        'all' as arm_name,
        days.customer_id,
        days.calendar_date,
        firsts.first_date as watched_from_date,
        days.calendar_date > firsts.first_date as is_repeat,
        days.calendar_date = firsts.first_date as is_first,
        days.margin_amount_rc
    from days
    inner join firsts on days.customer_id = firsts.customer_id
    union all
    select
        arms.module_id,
        case when days.calendar_date >= arms.crossed_date then 'both' else arms.arm_name end as arm_name,
        days.customer_id,
        days.calendar_date,
        arms.assigned_date - 1 as watched_from_date,
        true as is_repeat,
        false as is_first,
        days.margin_amount_rc
    from days
    inner join arms on days.customer_id = arms.customer_id
    where days.calendar_date >= arms.assigned_date
    union all
    select
        module_id,
        arm_name,
        customer_id,
        assigned_date as calendar_date,
        assigned_date - 1 as watched_from_date,
        false as is_repeat,
        true as is_first,
        0 as margin_amount_rc
    from arms
    union all
    select
        module_id,
        'both' as arm_name,
        customer_id,
        crossed_date as calendar_date,
        assigned_date - 1 as watched_from_date,
        false as is_repeat,
        false as is_first,
        0 as margin_amount_rc
    from arms
    where crossed_date is not null

)

select
    watched.module_id,  -- module that randomised the customer; empty for all history
    watched.customer_id,  -- customer who bought, or was assigned
    watched.calendar_date,  -- local date of the purchase, or of the draw
    case when bool_or(watched.arm_name = 'both') then 'both' else min(watched.arm_name) end
        as arm_name,  -- treated, held_out, both from the day of the second arm; all for all history
    min(watched.watched_from_date) as watched_from_date,  -- first purchase; for a module the day before the draw
    bool_or(watched.is_repeat) as is_repeat,  -- a purchase after the watch began
    sum(watched.margin_amount_rc) as margin_amount_rc,  -- Σ gross margin of the day's orders, refunds taken off
    cast(bool_or(watched.is_first) as integer) as customers_count  -- 1 on the first day, so that sums count once

from watched
group by
    watched.module_id,
    watched.customer_id,
    watched.calendar_date
