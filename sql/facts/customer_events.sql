-- facts.customer_events — one row per visit, consultation, complaint or other thing a customer did.
-- grain: event_id
with

events as (

    select
        event_id_crm,
        customer_id_crm,
        clinic_id,
        event_type,
        channel,
        occurred_at
    from exports.crm__customer_events

)

select
    events.event_id_crm as event_id,  -- the CRM's own identifier
    events.customer_id_crm as customer_id,  -- customer who did it
    events.clinic_id,  -- clinic where it happened
    events.event_type,  -- visit, consult, complaint, …
    events.channel,  -- how the customer came
    events.occurred_at,  -- when it happened, UTC
    local_date(events.occurred_at, $timezone) as calendar_date  -- local date it happened

from events
where local_date(events.occurred_at, $timezone) < $as_of
