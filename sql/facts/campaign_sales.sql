-- facts.campaign_sales — one row per campaign and day by the shop's own record, in the reporting currency.
-- grain: campaign_id, calendar_date
with

sales as (

    select
        campaign_id_marketing,
        sales_date,
        orders_count,
        new_customers_count,
        revenue_amount,
        currency_code
    from exports.web__campaign_sales

),

exchange_rates as (

    select
        calendar_date,
        currency_code,
        exchange_rate
    from facts.exchange_rates

),

priced as (

    select
        sales.campaign_id_marketing,
        sales.sales_date,
        sales.orders_count,
        sales.new_customers_count,
        sales.revenue_amount,
        case when sales.currency_code is null then 1 else exchange_rates.exchange_rate end as exchange_rate
    from sales
    left join exchange_rates
        on
            sales.sales_date = exchange_rates.calendar_date
            and sales.currency_code = exchange_rates.currency_code
    where sales.sales_date < $as_of

)

select
    priced.campaign_id_marketing as campaign_id,  -- campaign whose code the orders carry
    priced.sales_date as calendar_date,  -- local day of the orders
    coalesce(priced.orders_count, 0) as orders_count,  -- orders with the code
    coalesce(priced.new_customers_count, 0) as new_customers_count,  -- of these the first of a customer
    cast(coalesce(priced.revenue_amount, 0) * priced.exchange_rate as decimal(18, 4))
        as revenue_amount_rc  -- amount of these orders less refunds

from priced
