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
    clinic_id,  -- clinic they were sent for
    channel,  -- wecom, sms, miniapp, …
    selected_by,  -- rule, ai or human
    calendar_date,  -- local date they were sent
    count(*) as pushes_count,  -- messages sent
    count(*) filter (where is_delivered) as delivered_count,  -- messages delivered
    count(*) filter (where is_delivered and is_assessable) as assessable_count,  -- delivered at least 72 hours ago
    count(*) filter (where is_hit and is_assessable) as hits_count,  -- of these taken up within 72 hours
    count(*) filter (
        where is_unsubscribed and is_delivered and is_assessable
    ) as unsubscribed_count  -- of these followed by an opt-out

from pushes
group by
    clinic_id,
    channel,
    selected_by,
    calendar_date
