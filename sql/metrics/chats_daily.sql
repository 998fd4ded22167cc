-- metrics.chats_daily — one row per clinic, channel, handler, tenure band and day with the sums of its inquiries.
-- grain: clinic_id, channel, handled_by, tenure_band, calendar_date
with

chats as (

    select
        clinic_id,
        channel,
        handled_by,
        tenure_band,
        calendar_date,
        response_seconds,
        closed_by,
        is_assessable,
        is_resolved,
        is_reopened_7d,
        is_durably_resolved
    from facts.chats

)

select
    chats.clinic_id,  -- clinic that was asked
    chats.channel,  -- wecom, web, douyin, miniapp, …
    chats.handled_by,  -- ai, human or hybrid
    chats.tenure_band,  -- service of the human involved, none when no human was
    chats.calendar_date,  -- local date of the first message
    count(*) as chats_count,  -- inquiries
    count(*) filter (where chats.response_seconds is not null) as answered_chats_count,  -- inquiries somebody answered
    coalesce(sum(chats.response_seconds), 0.0) as response_seconds,  -- Σ seconds until the first answer
    count(*) filter (where chats.handled_by = 'ai') as ai_chats_count,  -- handled by the AI alone
    count(*) filter (where chats.handled_by in ('ai', 'hybrid')) as ai_touched_chats_count,  -- the AI took part
    count(*) filter (where chats.handled_by = 'hybrid') as handed_over_chats_count,  -- begun by the AI, taken over by a human
    count(*) filter (where chats.is_assessable) as assessable_chats_count,  -- old enough to know whether they were reopened
    count(*) filter (where chats.is_assessable and chats.is_resolved) as assessable_resolved_count,  -- of these closed as solved
    count(*) filter (where chats.is_assessable and chats.is_reopened_7d) as reopened_7d_count,  -- of these reopened within 7 days
    count(*) filter (where chats.is_assessable and chats.is_durably_resolved) as durably_resolved_count,  -- of these solved and not reopened within 7 days
    count(*) filter (where chats.is_assessable and chats.closed_by = 'ai') as ai_closed_count,  -- of these closed by the AI
    count(*) filter (where chats.is_assessable and chats.closed_by = 'ai' and chats.is_durably_resolved) as ai_durably_resolved_count  -- closed by the AI, solved and not reopened within 7 days

from chats
group by
    chats.clinic_id,
    chats.channel,
    chats.handled_by,
    chats.tenure_band,
    chats.calendar_date
