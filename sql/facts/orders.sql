-- facts.orders — one row per order that was not cancelled, in the reporting currency, with what was refunded by as-of.
-- grain: order_id
with

orders as (

    select
        order_id_erp,
        customer_id_crm,
        clinic_id,
        branch_id,
        team_id,
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

seen as (

    select
        *,
        coalesce(currency_code, '') as stated_currency_code,
        coalesce(refund_amount > 0 and local_date(refunded_at, $timezone) < $as_of, false) as is_refunded
    from orders
    where
        ordered_date < $as_of
        and coalesce(status_type, 'paid') <> 'cancelled'

),

priced as (

    select
        seen.*,
        case when seen.currency_code is null then 1 else exchange_rates.exchange_rate end as exchange_rate,
        case when seen.is_refunded then seen.refund_amount else 0 end as seen_refund_amount,
        seen.is_refunded
        and seen.refunded_at >= seen.ordered_at
        and seen.refunded_at < seen.ordered_at + interval 30 day as is_refunded_30d
    from seen
    left join exchange_rates
        on
            seen.ordered_date = exchange_rates.calendar_date
            and seen.currency_code = exchange_rates.currency_code

),

converted as (

    select
        *,
        cast(order_amount * exchange_rate as decimal(18, 4)) as order_amount_rc,
        cast(gross_margin_amount * exchange_rate as decimal(18, 4)) as gross_margin_amount_rc,
        cast(seen_refund_amount * exchange_rate as decimal(18, 4)) as refund_amount_rc
    from priced

)

select
    converted.order_id_erp as order_id,  -- the ERP's own identifier
    converted.customer_id_crm as customer_id,  -- customer who ordered
    converted.clinic_id,  -- clinic that sold
    converted.branch_id,  -- branch or shop that sold; null in a company without branches
    converted.team_id,  -- team that sold; null in a company without teams
    converted.seller_id,  -- seller credited with the order; null when none was
    converted.category_name,  -- category of the treatment or article
    converted.ordered_at,  -- when it was ordered, UTC
    converted.ordered_date as calendar_date,  -- local date it was ordered
    converted.order_amount,  -- amount as stated
    converted.stated_currency_code as currency_code,  -- currency as stated; empty means the reporting currency
    converted.order_amount_rc,  -- amount in the reporting currency; null when the day has no rate
    converted.gross_margin_amount_rc,  -- amount less direct cost, in the reporting currency
    converted.refund_amount_rc,  -- given back before as-of, at the rate of the order's day; 0 when nothing was
    converted.is_refunded,  -- some money went back before as-of
    converted.ordered_date + 31 <= $as_of as is_refund_assessable,  -- 30 days and one day of delivery have passed
    converted.is_refunded_30d  -- some money went back within 30 days

from converted
