-- facts.service_cases — one row per service case of the web shops, with who handled it.
-- grain: case_id
with

cases as (

    select
        case_id_helpdesk,
        shop_id,
        product_line_id,
        customer_id_crm,
        channel,
        topic_type,
        handled_by,
        opened_at,
        answered_at,
        closed_at,
        reopened_at,
        work_hours,
        was_corrected,
        local_date(opened_at, $timezone) as opened_date
    from exports.helpdesk__cases

),

seen as (

    select
        *,
        case when local_date(answered_at, $timezone) < $as_of then answered_at end as seen_answered_at,
        case when local_date(closed_at, $timezone) < $as_of then closed_at end as seen_closed_at,
        case when local_date(reopened_at, $timezone) < $as_of then reopened_at end as seen_reopened_at
    from cases
    where opened_date < $as_of

)

select
    seen.case_id_helpdesk as case_id,  -- the helpdesk's own identifier
    seen.shop_id,  -- shop that was asked
    seen.product_line_id,  -- product line it is about
    seen.customer_id_crm as customer_id,  -- customer who asked; null for a stranger
    seen.channel,  -- chat, e-mail, LINE, …
    seen.topic_type,  -- order tracking, product question, return, …
    seen.handled_by,  -- ai, human or hybrid
    seen.opened_at,  -- when the customer asked, UTC
    seen.opened_date as calendar_date,  -- local date the customer asked
    hours_between(seen.opened_at, seen.seen_answered_at)
        as answer_hours,  -- hours until the first answer; null until then
    hours_between(seen.opened_at, seen.seen_closed_at) as closing_hours,  -- hours until it was closed; null while open
    seen.work_hours,  -- hours people worked on it; null when not recorded
    coalesce(seen.was_corrected, false) as is_corrected,  -- a wrong answer had to be corrected
    coalesce(local_date(seen.seen_closed_at, $timezone) + 8 <= $as_of, false)
        as is_assessable,  -- closed 7 days and one day of delivery ago
    coalesce(
        seen.seen_reopened_at >= seen.seen_closed_at
        and seen.seen_reopened_at < seen.seen_closed_at + interval 7 day, false
    )
        as is_reopened_7d  -- came back within 7 days of closing

from seen
