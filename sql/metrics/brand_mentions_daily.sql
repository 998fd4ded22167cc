-- metrics.brand_mentions_daily — one row per product line, channel and day with the sums of public mentions.
-- grain: product_line_id, channel, calendar_date
with

mentions as (

    select
        product_line_id,
        channel,
        calendar_date,
        sentiment_type,
        is_crisis,
        handling_hours
    from facts.brand_mentions

)

select
    mentions.product_line_id,  -- product line mentioned
    mentions.channel,  -- platform
    mentions.calendar_date,  -- local date of publication
    1 as mention_days_count,  -- a day on which the line was mentioned on the platform
    count(*) as mentions_count,  -- mentions
    count(*) filter (where mentions.sentiment_type = 'positive') as positive_mentions_count,  -- positive ones
    count(*) filter (where mentions.sentiment_type = 'negative') as negative_mentions_count,  -- negative ones
    count(*) filter (where mentions.sentiment_type = 'negative' and mentions.handling_hours is not null)
        as handled_negative_count,  -- negative ones the company answered
    count(*) filter (where mentions.is_crisis and mentions.handling_hours is not null)
        as handled_crises_count,  -- crises that were settled
    coalesce(sum(mentions.handling_hours) filter (where mentions.is_crisis), 0.0)
        as crisis_hours  -- Σ hours until they were settled

from mentions
group by
    mentions.product_line_id,
    mentions.channel,
    mentions.calendar_date
