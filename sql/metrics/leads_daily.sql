-- metrics.leads_daily — one row per clinic, channel and day with the sums of the leads that came in.
-- grain: clinic_id, channel, calendar_date
with

leads as (

    select
        clinic_id,
        channel,
        calendar_date,
        contact_hours,
        is_assessable,
        is_qualified_30d,
        is_converted_30d
    from facts.leads

)

select
    clinic_id,  -- clinic the leads were given to
    channel,  -- where they came from
    calendar_date,  -- local date they came in
    count(*) as leads_count,  -- leads
    count(*) filter (where contact_hours is not null) as contacted_leads_count,  -- leads a seller contacted
    coalesce(sum(contact_hours), 0.0) as contact_hours,  -- Σ hours until first contact
    count(*) filter (where is_assessable) as assessable_leads_count,  -- leads at least 30 days old
    count(*) filter (where is_assessable and is_qualified_30d) as qualified_30d_count,  -- of these with intent shown
    count(*) filter (where is_assessable and is_converted_30d) as converted_30d_count  -- of these with an order

from leads
group by
    clinic_id,
    channel,
    calendar_date
