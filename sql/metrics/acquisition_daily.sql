-- metrics.acquisition_daily — one row per clinic and day with advertising beside what it should bring.
-- grain: clinic_id, calendar_date
with

spend as (

    select
        clinic_id,
        calendar_date,
        spend_amount_rc
    from facts.ad_spend

),

leads as (

    select
        clinic_id,
        calendar_date
    from facts.leads

),

customers as (

    select
        clinic_id,
        calendar_date
    from facts.customers
    where calendar_date >= $history_start

),

orders as (

    select
        clinic_id,
        calendar_date,
        order_amount_rc,
        refund_amount_rc
    from facts.orders

),

sums as (

    select
        clinic_id,
        calendar_date,
        spend_amount_rc,
        0 as leads_count,
        0 as new_customers_count,
        0 as net_amount_rc
    from spend
    union all
    select
        clinic_id,
        calendar_date,
        0 as spend_amount_rc,
        1 as leads_count,
        0 as new_customers_count,
        0 as net_amount_rc
    from leads
    union all
    select
        clinic_id,
        calendar_date,
        0 as spend_amount_rc,
        0 as leads_count,
        1 as new_customers_count,
        0 as net_amount_rc
    from customers
    union all
    select
        clinic_id,
        calendar_date,
        0 as spend_amount_rc,
        0 as leads_count,
        0 as new_customers_count,
        order_amount_rc - refund_amount_rc as net_amount_rc
    from orders

)

select
    clinic_id,  -- clinic
    calendar_date,  -- local date
    coalesce(sum(spend_amount_rc), 0) as spend_amount_rc,  -- Σ advertising
    cast(sum(leads_count) as bigint) as leads_count,  -- leads that came in
    cast(sum(new_customers_count) as bigint) as new_customers_count,  -- customers entered in the CRM
    coalesce(sum(net_amount_rc), 0) as net_amount_rc  -- Σ order amounts less refunds

from sums
group by
    clinic_id,
    calendar_date
