-- checks.refunds_never_exceed_orders — one row per order of which more was given back than paid.
-- grain: order_id
-- severity: warn
select
    orders.order_id,  -- the order
    orders.order_amount_rc,  -- what was paid
    orders.refund_amount_rc,  -- what was given back
    'more was refunded than paid' as reason  -- why the row is listed

from facts.orders as orders
where orders.refund_amount_rc > orders.order_amount_rc
