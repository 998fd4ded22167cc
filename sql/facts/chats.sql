-- facts.chats — one row per inquiry on a chat channel, with who handled and who closed it.
-- grain: chat_id
with

inquiries as (

    select
        chat_id_chat,
        clinic_id,
        branch_id,
        team_id,
        customer_id_crm,
        channel,
        intent_type,
        handled_by,
        closed_by,
        agent_id,
        started_at,
        response_seconds,
        closed_at,
        reopened_at,
        is_resolved,
        local_date(started_at, $timezone) as started_date,
        local_date(closed_at, $timezone) as closed_date,
        local_date(reopened_at, $timezone) as reopened_date
    from exports.chat__inquiries

),

seen as (

    select
        *,
        case when closed_date < $as_of then closed_at end as seen_closed_at,
        case when reopened_date < $as_of then reopened_at end as seen_reopened_at,
        coalesce(closed_date, started_date) + 8 <= $as_of as is_assessable
    from inquiries
    where started_date < $as_of

),

judged as (

    select
        *,
        coalesce(seen_closed_at is not null and is_resolved, false) as was_resolved,
        coalesce(
            seen_reopened_at >= seen_closed_at and seen_reopened_at < seen_closed_at + interval 7 day, false
        ) as was_reopened_7d
    from seen

),

staff as (

    select
        staff_id,
        tenure_band
    from facts.staff

)

select
    judged.chat_id_chat as chat_id,  -- the chat platform's own identifier
    judged.clinic_id,  -- clinic that was asked
    judged.branch_id,  -- branch that was asked; null in a company without branches
    judged.team_id,  -- team in charge of the channel; null in a company without teams
    judged.customer_id_crm as customer_id,  -- customer who asked; null for a stranger
    judged.channel,  -- wecom, web, douyin, miniapp, …
    judged.intent_type,  -- what the customer wanted
    judged.handled_by,  -- ai, human or hybrid
    case when judged.seen_closed_at is not null then judged.closed_by end as closed_by,  -- ai, human or customer
    judged.agent_id,  -- staff number of the human involved; null when none was
    case
        when judged.agent_id is null then 'none'
        else coalesce(staff.tenure_band, 'unknown')
    end as tenure_band,  -- service of that human at the start of history, none when no human was involved
    judged.started_at,  -- first message of the customer, UTC
    judged.started_date as calendar_date,  -- local date of the first message
    judged.response_seconds,  -- seconds until the first answer; null when nobody answered
    case when judged.response_seconds is null then 0 else 1 end as answered_chats_count,  -- 1 when somebody answered
    judged.seen_closed_at as closed_at,  -- when the case was closed, UTC; null while open
    judged.seen_reopened_at as reopened_at,  -- when the customer came back, UTC
    judged.was_resolved as is_resolved,  -- closed as solved
    judged.is_assessable,  -- closed, or begun when never closed, at least 7 days and one day of delivery ago
    judged.was_reopened_7d as is_reopened_7d,  -- came back within 7 days of closing
    judged.was_resolved and not judged.was_reopened_7d as is_durably_resolved  -- solved, and stayed so for 7 days

from judged
left join staff on judged.agent_id = staff.staff_id
