-- facts.campaign_customers — one row per customer of the campaign, in the order of the file.
-- grain: customer_id
with

campaign as (

    select
        source_row_number,
        segment_name,
        recency_months,
        history_amount,
        is_visit,
        is_conversion,
        spend_amount
    from exports.shop__campaign

)

select
    cast(campaign.source_row_number as varchar) as customer_id,  -- the file names nobody; its row does
    campaign.segment_name,  -- mens, womens or none, drawn by lot
    campaign.recency_months,  -- months since the last purchase
    campaign.history_amount,  -- spent in the year before
    campaign.is_visit,  -- visited the shop within two weeks
    campaign.is_conversion,  -- bought within two weeks
    campaign.spend_amount  -- spent within two weeks

from campaign
