-- metrics.house_sales_daily — one row per house on the day it was sold.
-- grain: house_id, calendar_date
with

sales as (

    select
        house_id,
        zone_id,
        sale_date,
        price_amount
    from facts.house_sales

)

select
    sales.house_id,  -- the house
    sales.zone_id,  -- where it stands
    sales.sale_date as calendar_date,  -- when it was sold
    1 as sales_count,  -- the sale, once
    sales.price_amount  -- Σ prices

from sales
