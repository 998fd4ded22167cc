-- metrics.customers_daily — one row per clinic, membership level and day with the customers entered that day.
-- grain: clinic_id, level_code, calendar_date
with

customers as (

    select
        clinic_id,
        level_code,
        calendar_date,
        is_marketing_allowed,
        customer_phone
    from facts.customers
    where calendar_date is not null

)

select
    clinic_id,  -- clinic the customers belong to
    level_code,  -- membership level
    calendar_date,  -- local date of registration
    count(*) as new_customers_count,  -- customers entered
    count(*) filter (where is_marketing_allowed) as contactable_customers_count,  -- of these who agreed to be contacted
    count(*) filter (where customer_phone is not null) as reachable_customers_count  -- of these with a telephone number

from customers
group by
    clinic_id,
    level_code,
    calendar_date
