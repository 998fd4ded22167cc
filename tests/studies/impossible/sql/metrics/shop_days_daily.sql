-- metrics.shop_days_daily — one row per shop and day.
-- grain: shop_id, calendar_date
with

days as (

    select
        shop_id,
        day,
        visits_count,
        sales_count
    from facts.shop_days

)

select
    days.shop_id,  -- the shop
    days.day as calendar_date,  -- the day
    days.visits_count,  -- Σ visits
    days.sales_count,  -- Σ visits with a sale
    1 as days_count,  -- the day, once
    0 as returns_count  -- nobody ever returned anything

from days
