-- facts.chats — one row per inquiry on a chat channel, with who handled and who closed it.
-- grain: chat_id
with

inquiries as (

    select
        chat_id_chat,
        clinic_id,
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
        closed_date is not null and closed_date < $as_of as is_closed,
        reopened_date is not null and reopened_date < $as_of as is_reopened,
        coalesce(closed_date, started_date) + 8 <= $as_of as is_assessable
    from inquiries
    where started_date < $as_of

),

staff as (

    select
        staff_id,
        tenure_band
    from facts.staff

)

select
    seen.chat_id_chat as chat_id,  -- the chat platform's own identifier
    seen.clinic_id,  -- clinic that was asked
    seen.customer_id_crm as customer_id,  -- customer who asked; null for a stranger
    seen.channel,  -- wecom, web, douyin, miniapp, …
    seen.intent_type,  -- what the customer wanted
    seen.handled_by,  -- ai, human or hybrid
    case when seen.is_closed then seen.closed_by end as closed_by,  -- ai, human or customer; null while open
    seen.agent_id,  -- staff number of the human involved; null when none was
    case when seen.agent_id is null then 'none' else coalesce(staff.tenure_band, 'unknown') end as tenure_band,  -- service of that human, none when no human was involved
    seen.started_at,  -- first message of the customer, UTC
    seen.started_date as calendar_date,  -- local date of the first message
    seen.response_seconds,  -- seconds until the first answer; null when nobody answered
    case when seen.response_seconds is null then 0 else 1 end as answered_chats_count,  -- 1 when somebody answered: what quantiles count
    case when seen.is_closed then seen.closed_at end as closed_at,  -- when the case was closed, UTC
    case when seen.is_reopened then seen.reopened_at end as reopened_at,  -- when the customer came back, UTC
    coalesce(seen.is_closed and seen.is_resolved, false) as is_resolved,  -- closed as solved
    seen.is_assessable,  -- 7 days and one day of delivery have passed since it was closed, or begun when never closed
    coalesce(seen.is_reopened and seen.is_closed and seen.reopened_at < seen.closed_at + interval 7 day, false) as is_reopened_7d,  -- came back within 7 days of closing
    coalesce(seen.is_closed and seen.is_resolved, false)
    and not coalesce(seen.is_reopened and seen.reopened_at < seen.closed_at + interval 7 day, false) as is_durably_resolved  -- solved, and not reopened within 7 days

from seen
left join staff on seen.agent_id = staff.staff_id
