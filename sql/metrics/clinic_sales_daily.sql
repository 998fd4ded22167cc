-- metrics.clinic_sales_daily — one row per clinic and day it was open, with visits and orders, 0 on a quiet day.
-- grain: clinic_id, calendar_date
-- optional: facts.customer_events
with

clinics as (

    select
        clinic_id,
        opened_date
    from facts.clinics

),

calendar as (

    select calendar_date
    from facts.calendar
    where
        calendar_date >= $history_start
        and calendar_date < $as_of
        and calendar_date < $history_end

),

orders as (

    select
        clinic_id,
        calendar_date,
        count(*) as orders_count,
        sum(order_amount_rc - refund_amount_rc) as net_amount_rc,
        sum(gross_margin_amount_rc) as gross_margin_amount_rc
    from facts.orders
    group by
        clinic_id,
        calendar_date

),

visits as (

    select
        clinic_id,
        calendar_date,
        count(*) as visits_count
    from facts.customer_events
    where event_type = 'visit'
    group by
        clinic_id,
        calendar_date

)

select
    clinics.clinic_id,  -- clinic
    calendar.calendar_date,  -- local date
    1 as clinic_days_count,  -- one open day
    coalesce(visits.visits_count, 0) as visits_count,  -- visits of the day
    coalesce(orders.orders_count, 0) as orders_count,  -- orders that were not cancelled
    coalesce(orders.net_amount_rc, 0) as net_amount_rc,  -- Σ amount less refunds
    coalesce(orders.gross_margin_amount_rc, 0) as gross_margin_amount_rc  -- Σ gross margin

from clinics
cross join calendar
left join orders
    on
        clinics.clinic_id = orders.clinic_id
        and calendar.calendar_date = orders.calendar_date
left join visits
    on
        clinics.clinic_id = visits.clinic_id
        and calendar.calendar_date = visits.calendar_date
where clinics.opened_date is null or clinics.opened_date <= calendar.calendar_date
