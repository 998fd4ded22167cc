-- metrics.orders_daily — one row per place, category and day with the sums of its orders.
-- grain: clinic_id, branch_id, team_id, category_name, calendar_date
with

orders as (

    select
        clinic_id,
        branch_id,
        team_id,
        category_name,
        calendar_date,
        order_amount_rc,
        gross_margin_amount_rc,
        refund_amount_rc,
        is_refund_assessable,
        is_refunded_30d
    from facts.orders

)

select
    clinic_id,  -- clinic that sold
    branch_id,  -- branch or shop that sold
    team_id,  -- team that sold
    category_name,  -- category of the treatment or article
    calendar_date,  -- local date of the order
    count(*) as orders_count,  -- orders that were not cancelled
    coalesce(sum(order_amount_rc), 0) as order_amount_rc,  -- Σ amount, refunds not taken off
    coalesce(sum(order_amount_rc - refund_amount_rc), 0) as net_amount_rc,  -- Σ amount less refunds
    coalesce(sum(gross_margin_amount_rc), 0) as gross_margin_amount_rc,  -- Σ gross margin
    coalesce(sum(refund_amount_rc), 0) as refund_amount_rc,  -- Σ money given back by as-of
    count(*) filter (where is_refund_assessable) as assessable_orders_count,  -- orders at least 30 days old
    count(*) filter (where is_refund_assessable and is_refunded_30d) as refunded_30d_count  -- of these with money back

from orders
group by
    clinic_id,
    branch_id,
    team_id,
    category_name,
    calendar_date
