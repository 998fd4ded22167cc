-- metrics.pushes_daily — one row per clinic, channel, chooser and day with the sums of its pushed messages.
-- grain: clinic_id, channel, selected_by, calendar_date
with

pushes as (

    select
        clinic_id,
        channel,
        selected_by,
        calendar_date,
        is_delivered,
        is_assessable,
        is_hit,
        is_unsubscribed
    from facts.pushes

)

select
    pushes.clinic_id,  -- clinic they were sent for
    pushes.channel,  -- wecom, sms, miniapp, …
    pushes.selected_by,  -- rule, ai or human
    pushes.calendar_date,  -- local date they were sent
    count(*) as pushes_count,  -- messages sent
    count(*) filter (where pushes.is_delivered) as delivered_count,  -- messages delivered
    count(*) filter (where pushes.is_delivered and pushes.is_assessable) as assessable_count,  -- delivered at least 72 hours ago
    count(*) filter (where pushes.is_hit and pushes.is_assessable) as hits_count,  -- of these opened, clicked or answered within 72 hours
    count(*) filter (where pushes.is_unsubscribed and pushes.is_delivered and pushes.is_assessable) as unsubscribed_count  -- of these followed by an opt-out

from pushes
group by
    pushes.clinic_id,
    pushes.channel,
    pushes.selected_by,
    pushes.calendar_date
