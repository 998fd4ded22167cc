-- facts.cigarette_sales — one row per state and year.
-- grain: state_id, sales_year
with

wide as (

    select * exclude (source_file_id, source_row_number)
    from exports.tax__cigarette_sales

),

long as (

    unpivot wide
    on columns(* exclude (sales_year))
    into name state_id value packs_per_head

)

select
    long.state_id,  -- the state
    long.sales_year,  -- the year
    long.packs_per_head  -- packs of cigarettes sold per head

from long
