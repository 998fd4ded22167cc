-- metrics.campaign_customers_daily — one row per customer with what happened in the two weeks.
-- grain: customer_id, calendar_date
with

customers as (

    select
        customer_id,
        segment_name,
        recency_months,
        history_amount,
        is_visit,
        is_conversion,
        spend_amount
    from facts.campaign_customers

)

select
    customers.customer_id,  -- the customer
    customers.segment_name,  -- the arm
    date '2008-03-20' as calendar_date,  -- the day the campaign was sent; the file has no dates
    1 as customers_count,  -- the customer, once
    case when customers.is_visit then 1 else 0 end as visited_count,  -- visited
    case when customers.is_conversion then 1 else 0 end as converted_count,  -- bought
    customers.spend_amount,  -- Σ spent
    customers.recency_months,  -- covariate: months since the last purchase
    customers.history_amount  -- covariate: spent in the year before

from customers
