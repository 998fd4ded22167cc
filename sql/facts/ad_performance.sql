-- facts.ad_performance — one row per campaign and day, in the reporting currency, as the ad platform attributes it.
-- grain: campaign_id, calendar_date
with

reports as (

    select
        campaign_id_marketing,
        product_line_id,
        channel,
        report_date,
        spend_amount,
        wasted_amount,
        currency_code,
        impressions_count,
        clicks_count,
        orders_count,
        new_customers_count,
        revenue_amount
    from exports.marketing__ad_performance

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
        reports.*,
        case when reports.currency_code is null then 1 else exchange_rates.exchange_rate end as exchange_rate
    from reports
    left join exchange_rates
        on
            reports.report_date = exchange_rates.calendar_date
            and reports.currency_code = exchange_rates.currency_code
    where reports.report_date < $as_of

)

select
    priced.campaign_id_marketing as campaign_id,  -- the ad platform's own identifier
    priced.product_line_id,  -- product line advertised
    priced.channel,  -- platform the ads ran on
    priced.report_date as calendar_date,  -- local day the ads ran
    cast(coalesce(priced.spend_amount, 0) * priced.exchange_rate as decimal(18, 4)) as spend_amount_rc,  -- money spent
    cast(coalesce(priced.wasted_amount, 0) * priced.exchange_rate as decimal(18, 4))
        as wasted_amount_rc,  -- part of it on placements that never brought an order
    cast(coalesce(priced.revenue_amount, 0) * priced.exchange_rate as decimal(18, 4))
        as revenue_amount_rc,  -- amount of attributed orders less refunds
    coalesce(priced.impressions_count, 0) as impressions_count,  -- times shown
    coalesce(priced.clicks_count, 0) as clicks_count,  -- times clicked
    coalesce(priced.orders_count, 0) as orders_count,  -- orders attributed to the campaign
    coalesce(priced.new_customers_count, 0) as new_customers_count  -- of these by first-time buyers

from priced
