-- facts.orders — one row per order that was not cancelled, in the reporting currency, with what was refunded by as-of.
-- grain: order_id
with

orders as (

    select
        order_id_erp,
        customer_id_crm,
        clinic_id,
        seller_id,
        category_name,
        ordered_at,
        status_type,
        order_amount,
        gross_margin_amount,
        refund_amount,
        refunded_at,
        currency_code,
        local_date(ordered_at, $timezone) as ordered_date
    from exports.erp__orders

),

exchange_rates as (

    select
        calendar_date,
        currency_code,
        exchange_rate
    from facts.exchange_rates

),

priced as (

    select
        orders.*,
        case when orders.currency_code is null then 1 else exchange_rates.exchange_rate end as exchange_rate,
        coalesce(orders.refund_amount > 0 and local_date(orders.refunded_at, $timezone) < $as_of, false) as is_refunded
    from orders
    left join exchange_rates
        on
            orders.ordered_date = exchange_rates.calendar_date
            and orders.currency_code = exchange_rates.currency_code
    where
        orders.ordered_date < $as_of
        and coalesce(orders.status_type, 'paid') <> 'cancelled'

)

select
    priced.order_id_erp as order_id,  -- the ERP's own identifier
    priced.customer_id_crm as customer_id,  -- customer who ordered
    priced.clinic_id,  -- clinic that sold
    priced.seller_id,  -- seller credited with the order; null when none was
    priced.category_name,  -- category of the treatment or article
    priced.ordered_at,  -- when it was ordered, UTC
    priced.ordered_date as calendar_date,  -- local date it was ordered
    priced.order_amount,  -- amount as stated
    coalesce(priced.currency_code, '') as currency_code,  -- currency as stated; empty means the reporting currency
    cast(priced.order_amount * priced.exchange_rate as decimal(18, 4)) as order_amount_rc,  -- amount in the reporting currency; null when the day has no rate
    cast(priced.gross_margin_amount * priced.exchange_rate as decimal(18, 4)) as gross_margin_amount_rc,  -- amount less direct cost, in the reporting currency
    case when priced.is_refunded then cast(priced.refund_amount * priced.exchange_rate as decimal(18, 4)) else 0 end as refund_amount_rc,  -- refunded before as-of, at the rate of the order's day
    priced.is_refunded,  -- some money went back before as-of
    priced.ordered_date + 31 <= $as_of as is_refund_assessable,  -- 30 days and one day of delivery have passed
    priced.is_refunded and priced.refunded_at < priced.ordered_at + interval 30 day as is_refunded_30d  -- some money went back within 30 days

from priced
