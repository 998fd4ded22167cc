-- lifetimes.histories — one row per customer who bought before the end, with the past the value is modelled from.
-- grain: customer_id
with

purchases as (

    select
        customer_id,
        calendar_date,
        watched_from_date,
        is_repeat,
        cast(margin_amount_rc as decimal(38, 6)) as margin_amount_rc,
        cast($arms as varchar[]) is null or list_contains(cast($arms as varchar[]), arm_name) as is_in_arm
    from _purchase_rows
    where
        module_id = $module
        and calendar_date < $end

),

customers as (

    select customer_id
    from purchases
    group by customer_id
    having bool_and(coalesce(is_in_arm, false))

)

select
    purchases.customer_id,  -- customer, in no other arm before the end
    cast(count(*) filter (where purchases.is_repeat) as double) as frequency,  -- days with a repeat purchase
    coalesce(
        max(purchases.calendar_date) filter (where purchases.is_repeat) - min(purchases.watched_from_date), 0
    ) / 7.0 as recency,  -- weeks from first being watched to the last repeat purchase
    (cast($end as date) - 1 - min(purchases.watched_from_date)) / 7.0 as age,  -- weeks watched
    coalesce(
        cast(sum(purchases.margin_amount_rc) filter (where purchases.is_repeat) as double)
        / count(*) filter (where purchases.is_repeat), 0
    ) as mean_value  -- margin of a day with a repeat purchase

from purchases
inner join customers on purchases.customer_id = customers.customer_id
group by purchases.customer_id
