-- metrics.ad_spend_daily — one row per clinic, channel and day with the sums of its advertising.
-- grain: clinic_id, channel, calendar_date
with

spend as (

    select
        clinic_id,
        channel,
        calendar_date,
        spend_amount_rc,
        impressions_count,
        clicks_count
    from facts.ad_spend

)

select
    clinic_id,  -- clinic advertised for
    channel,  -- platform the ads ran on
    calendar_date,  -- local date
    coalesce(sum(spend_amount_rc), 0) as spend_amount_rc,  -- Σ money spent
    cast(coalesce(sum(impressions_count), 0) as bigint) as impressions_count,  -- Σ times shown
    cast(coalesce(sum(clicks_count), 0) as bigint) as clicks_count  -- Σ times clicked

from spend
group by
    clinic_id,
    channel,
    calendar_date
