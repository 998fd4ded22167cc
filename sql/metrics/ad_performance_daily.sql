-- metrics.ad_performance_daily — one row per campaign and day with what it spent and brought.
-- grain: campaign_id, product_line_id, channel, calendar_date
with

reports as (

    select
        campaign_id,
        product_line_id,
        channel,
        calendar_date,
        spend_amount_rc,
        wasted_amount_rc,
        revenue_amount_rc,
        impressions_count,
        clicks_count,
        orders_count,
        new_customers_count
    from facts.ad_performance

)

select
    reports.campaign_id,  -- campaign
    reports.product_line_id,  -- product line advertised
    reports.channel,  -- platform the ads ran on
    reports.calendar_date,  -- local day
    reports.spend_amount_rc,  -- money spent
    reports.wasted_amount_rc,  -- of it on placements that never brought an order
    reports.revenue_amount_rc,  -- amount of attributed orders less refunds
    reports.impressions_count,  -- times shown
    reports.clicks_count,  -- times clicked
    reports.orders_count,  -- orders attributed
    reports.new_customers_count  -- of these by first-time buyers

from reports
