-- facts.ad_spend — one row per campaign, clinic, channel and day of advertising, in the reporting currency.
-- grain: campaign_id, clinic_id, channel, calendar_date
with

spend as (

    select
        campaign_id_marketing,
        campaign_name,
        clinic_id,
        channel,
        spend_date,
        spend_amount,
        currency_code,
        impressions_count,
        clicks_count
    from exports.marketing__ad_spend

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
        spend.*,
        case when spend.currency_code is null then 1 else exchange_rates.exchange_rate end as exchange_rate
    from spend
    left join exchange_rates
        on
            spend.spend_date = exchange_rates.calendar_date
            and spend.currency_code = exchange_rates.currency_code
    where spend.spend_date < $as_of

)

select
    priced.campaign_id_marketing as campaign_id,  -- the ad platform's own identifier
    priced.clinic_id,  -- clinic advertised for
    priced.channel,  -- platform the ad ran on
    priced.spend_date as calendar_date,  -- local date the ad ran
    min(priced.campaign_name) as campaign_name,  -- display name of the campaign
    cast(sum(priced.spend_amount * priced.exchange_rate) as decimal(18, 4)) as spend_amount_rc,  -- money spent
    cast(sum(priced.impressions_count) as bigint) as impressions_count,  -- times the ad was shown
    cast(sum(priced.clicks_count) as bigint) as clicks_count  -- times it was clicked

from priced
group by
    priced.campaign_id_marketing,
    priced.clinic_id,
    priced.channel,
    priced.spend_date
