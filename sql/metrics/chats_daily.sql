-- metrics.chats_daily — one row per place, channel, handler, tenure band and day with the sums of its inquiries.
-- grain: clinic_id, branch_id, team_id, channel, handled_by, tenure_band, calendar_date
with

chats as (

    select
        clinic_id,
        branch_id,
        team_id,
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
    clinic_id,  -- clinic that was asked
    branch_id,  -- branch that was asked
    team_id,  -- team in charge of the channel
    channel,  -- wecom, web, douyin, miniapp, …
    handled_by,  -- ai, human or hybrid
    tenure_band,  -- service of the human involved, none when no human was
    calendar_date,  -- local date of the first message
    count(*) as chats_count,  -- inquiries
    count(*) filter (where response_seconds is not null) as answered_chats_count,  -- inquiries somebody answered
    coalesce(sum(response_seconds), 0.0) as response_seconds,  -- Σ seconds until the first answer
    count(*) filter (where handled_by = 'ai') as ai_chats_count,  -- handled by the AI alone
    count(*) filter (where handled_by in ('ai', 'hybrid')) as ai_touched_chats_count,  -- the AI took part
    count(*) filter (where handled_by = 'hybrid') as handed_over_chats_count,  -- begun by the AI, taken over by a human
    count(*) filter (where is_assessable) as assessable_chats_count,  -- matured: the reopening window has ended
    count(*) filter (where is_assessable and is_resolved) as assessable_resolved_count,  -- of these closed as solved
    count(*) filter (where is_assessable and is_reopened_7d) as reopened_7d_count,  -- of these reopened within 7 days
    count(*) filter (where is_assessable and is_durably_resolved) as durably_resolved_count,  -- solved for good
    count(*) filter (where is_assessable and closed_by = 'ai') as ai_closed_count,  -- of these closed by the AI
    count(*) filter (
        where is_assessable and closed_by = 'ai' and is_durably_resolved
    ) as ai_durably_resolved_count  -- closed by the AI and solved for good

from chats
group by
    clinic_id,
    branch_id,
    team_id,
    channel,
    handled_by,
    tenure_band,
    calendar_date
