-- metrics.cigarette_sales_daily — one row per state on the first day of the year.
-- grain: state_id, calendar_date
with

sales as (

    select
        state_id,
        sales_year,
        packs_per_head
    from facts.cigarette_sales

)

select
    sales.state_id,  -- the state
    make_date(sales.sales_year, 1, 1) as calendar_date,  -- first day of the year
    sales.packs_per_head,  -- Σ packs per head; states count alike, as in the published tables
    1 as years_count  -- the year, once

from sales
