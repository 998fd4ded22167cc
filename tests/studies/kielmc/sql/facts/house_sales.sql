-- facts.house_sales — one row per house sold.
-- grain: house_id
with

sales as (

    select
        source_row_number,
        sale_year,
        zone_id,
        price_amount
    from exports.registry__sales

)

select
    cast(sales.source_row_number as varchar) as house_id,  -- the file names no house; its row does
    sales.zone_id,  -- near or far from the incinerator
    make_date(sales.sale_year, 1, 1) as sale_date,  -- first day of the year of sale; the day is not known
    sales.price_amount  -- price in dollars of 1978

from sales
