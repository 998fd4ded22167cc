-- facts.shop_days — one row per shop and day.
-- grain: shop_id, day
with

days as (

    select
        shop_id,
        day,
        visits_count,
        sales_count
    from exports.till__days

)

select
    days.shop_id,  -- the shop
    days.day,  -- the day
    days.visits_count,  -- people who came in
    days.sales_count  -- people who bought

from days
