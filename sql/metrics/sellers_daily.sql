-- metrics.sellers_daily — one row per clinic, seller and day, worked or not, with the orders credited to the seller.
-- grain: clinic_id, seller_id, calendar_date
with

seller_days as (

    select
        clinic_id,
        seller_id,
        calendar_date,
        worked_hours
    from facts.seller_days

),

orders as (

    select
        clinic_id,
        seller_id,
        calendar_date,
        order_amount_rc,
        gross_margin_amount_rc,
        refund_amount_rc
    from facts.orders
    where seller_id is not null

),

staff as (

    select
        staff_id,
        tenure_band
    from facts.staff

),

-- a sale on a day off counts as a sale without adding a seller-day
sums as (

    select
        clinic_id,
        seller_id,
        calendar_date,
        1 as seller_days_count,
        worked_hours,
        0 as orders_count,
        0 as net_amount_rc,
        0 as gross_margin_amount_rc
    from seller_days
    union all
    select
        clinic_id,
        seller_id,
        calendar_date,
        0 as seller_days_count,
        0 as worked_hours,
        count(*) as orders_count,
        coalesce(sum(order_amount_rc - refund_amount_rc), 0) as net_amount_rc,
        coalesce(sum(gross_margin_amount_rc), 0) as gross_margin_amount_rc
    from orders
    group by
        clinic_id,
        seller_id,
        calendar_date

)

select
    sums.clinic_id,  -- clinic worked in
    sums.seller_id,  -- staff number of the seller
    coalesce(min(staff.tenure_band), 'unknown') as tenure_band,  -- service at the start of history
    sums.calendar_date,  -- local date
    cast(sum(sums.seller_days_count) as bigint) as seller_days_count,  -- 1 when the seller worked, else 0
    cast(sum(sums.worked_hours) as double) as worked_hours,  -- hours worked
    cast(sum(sums.orders_count) as bigint) as orders_count,  -- orders credited to the seller
    sum(sums.net_amount_rc) as net_amount_rc,  -- Σ amount of these less refunds
    sum(sums.gross_margin_amount_rc) as gross_margin_amount_rc  -- Σ gross margin of these

from sums
left join staff on sums.seller_id = staff.staff_id
group by
    sums.clinic_id,
    sums.seller_id,
    sums.calendar_date
