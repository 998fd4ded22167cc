-- facts.pushes — one row per message pushed to a customer, and whether the customer took it up.
-- grain: push_id
with

pushes as (

    select
        push_id_marketing,
        customer_id_crm,
        clinic_id,
        channel,
        interest_name,
        selected_by,
        sent_at,
        delivered_at,
        interacted_at,
        unsubscribed_at,
        local_date(sent_at, $timezone) as sent_date
    from exports.marketing__pushes

)

select
    pushes.push_id_marketing as push_id,  -- the marketing system's own identifier
    pushes.customer_id_crm as customer_id,  -- customer it was sent to
    pushes.clinic_id,  -- clinic it was sent for
    pushes.channel,  -- wecom, sms, miniapp, …
    pushes.interest_name,  -- interest tag it was chosen for
    pushes.selected_by,  -- rule, ai or human
    pushes.sent_at,  -- when it was sent, UTC
    pushes.sent_date as calendar_date,  -- local date it was sent
    pushes.delivered_at is not null as is_delivered,  -- the channel confirmed delivery
    pushes.sent_date + 4 <= $as_of as is_assessable,  -- 72 hours and one day of delivery have passed
    coalesce(
        pushes.delivered_at is not null
        and pushes.interacted_at < pushes.sent_at + interval 72 hour
        and local_date(pushes.interacted_at, $timezone) < $as_of,
        false
    ) as is_hit,  -- opened, clicked or answered within 72 hours
    coalesce(
        pushes.unsubscribed_at < pushes.sent_at + interval 72 hour
        and local_date(pushes.unsubscribed_at, $timezone) < $as_of,
        false
    ) as is_unsubscribed  -- asked for no more within 72 hours

from pushes
where pushes.sent_date < $as_of
