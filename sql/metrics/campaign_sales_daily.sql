-- metrics.campaign_sales_daily — one row per campaign and day with what was spent beside what the own shop sold.
-- grain: campaign_id, calendar_date
with

reports as (

    select
        campaign_id,
        calendar_date,
        spend_amount_rc
    from facts.ad_performance

),

sales as (

    select
        campaign_id,
        calendar_date,
        orders_count,
        new_customers_count,
        revenue_amount_rc
    from facts.campaign_sales

),

sums as (

    select
        campaign_id,
        calendar_date,
        spend_amount_rc,
        0 as orders_count,
        0 as new_customers_count,
        0 as revenue_amount_rc
    from reports
    union all
    select
        campaign_id,
        calendar_date,
        0 as spend_amount_rc,
        orders_count,
        new_customers_count,
        revenue_amount_rc
    from sales

)

select
    campaign_id,  -- campaign
    calendar_date,  -- local day
    coalesce(sum(spend_amount_rc), 0) as spend_amount_rc,  -- money spent, as billed
    cast(sum(orders_count) as bigint) as orders_count,  -- orders with the campaign's code
    cast(sum(new_customers_count) as bigint) as new_customers_count,  -- of these the first of a customer
    coalesce(sum(revenue_amount_rc), 0) as revenue_amount_rc  -- amount of these orders less refunds

from sums
group by
    campaign_id,
    calendar_date
