-- checks.every_order_has_an_exchange_rate — one row per order whose amount could not be converted.
-- grain: order_id
-- severity: stop
select
    orders.order_id,  -- the order
    orders.calendar_date,  -- its day
    orders.currency_code,  -- its currency
    'facts.exchange_rates has no rate for this currency and day' as reason  -- why the row is listed

from facts.orders as orders
where
    orders.order_amount is not null
    and orders.order_amount_rc is null
