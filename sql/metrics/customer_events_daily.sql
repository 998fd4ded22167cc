-- metrics.customer_events_daily — one row per clinic, channel and day with the sums of what customers did.
-- grain: clinic_id, channel, calendar_date
with

events as (

    select
        clinic_id,
        channel,
        calendar_date,
        event_type,
        customer_id
    from facts.customer_events

)

select
    clinic_id,  -- clinic where it happened
    channel,  -- how the customers came
    calendar_date,  -- local date
    count(*) filter (where event_type = 'visit') as visits_count,  -- visits to the clinic
    count(distinct customer_id) filter (where event_type = 'visit') as visitors_count,  -- different customers who came
    count(*) filter (where event_type = 'consult') as consults_count,  -- consultations
    count(*) filter (where event_type = 'complaint') as complaints_count  -- complaints

from events
group by
    clinic_id,
    channel,
    calendar_date
