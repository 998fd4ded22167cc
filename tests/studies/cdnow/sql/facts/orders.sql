-- facts.orders — one row per purchase; nothing is known of costs, so the whole amount stands for the margin.
-- grain: order_id
with

purchases as (

    select
        customer_id,
        purchase_date,
        purchase_amount,
        row_number() over (order by customer_id, purchase_date, purchase_amount, discs_count) as number
    from exports.shop__purchases
    where purchase_date < $as_of

)

select
    cast(purchases.number as varchar) as order_id,  -- place in the order of customers and days
    purchases.customer_id,  -- customer who bought
    cast(null as varchar) as clinic_id,  -- not known
    cast(null as varchar) as branch_id,  -- not known
    cast(null as varchar) as team_id,  -- not known
    cast(null as varchar) as seller_id,  -- not known
    cast(null as varchar) as category_name,  -- not known
    cast(purchases.purchase_date as timestamp) as ordered_at,  -- the day, at midnight
    purchases.purchase_date as calendar_date,  -- the day
    purchases.purchase_amount as order_amount,  -- amount paid
    '' as currency_code,  -- the reporting currency
    purchases.purchase_amount as order_amount_rc,  -- amount paid
    purchases.purchase_amount as gross_margin_amount_rc,  -- amount paid, as in the publication
    0 as refund_amount_rc,  -- none
    false as is_refunded,  -- none
    true as is_refund_assessable,  -- none
    false as is_refunded_30d  -- none

from purchases
