-- facts.brand_mentions — one row per public mention of the brand.
-- grain: mention_id
with

mentions as (

    select
        mention_id_social,
        product_line_id,
        channel,
        sentiment_type,
        is_crisis,
        published_at,
        handled_at,
        local_date(published_at, $timezone) as published_date
    from exports.social__mentions

),

seen as (

    select
        *,
        case when local_date(handled_at, $timezone) < $as_of then handled_at end as seen_handled_at
    from mentions
    where published_date < $as_of

)

select
    seen.mention_id_social as mention_id,  -- the listening system's own identifier
    seen.product_line_id,  -- product line it is about
    seen.channel,  -- platform
    seen.sentiment_type,  -- positive, neutral or negative
    coalesce(seen.is_crisis, false) as is_crisis,  -- declared a crisis by the brand team
    seen.published_at,  -- when it was published, UTC
    seen.published_date as calendar_date,  -- local date it was published
    seen.seen_handled_at as handled_at,  -- when the company answered or settled it, UTC; null until then
    hours_between(seen.published_at, seen.seen_handled_at) as handling_hours  -- hours until then

from seen
