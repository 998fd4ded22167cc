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
        is_converted_30d,
        qualified_days,
        converted_days,
        calendar_date + 15 <= $as_of as is_assessable_14d,
        calendar_date + 61 <= $as_of as is_assessable_60d,
        calendar_date + 91 <= $as_of as is_assessable_90d
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
    count(*) filter (where is_assessable and is_converted_30d) as converted_30d_count,  -- of these with an order
    count(*) filter (where is_assessable_14d) as assessable_14d_leads_count,  -- leads at least 14 days old
    count(*) filter (where is_assessable_14d and qualified_days < 14)
        as qualified_14d_count,  -- of these with intent shown within 14 days
    count(*) filter (where is_assessable_14d and converted_days < 14)
        as converted_14d_count,  -- of these with an order within 14 days
    count(*) filter (where is_assessable_60d) as assessable_60d_leads_count,  -- leads at least 60 days old
    count(*) filter (where is_assessable_60d and qualified_days < 60)
        as qualified_60d_count,  -- of these with intent shown within 60 days
    count(*) filter (where is_assessable_60d and converted_days < 60)
        as converted_60d_count,  -- of these with an order within 60 days
    count(*) filter (where is_assessable_90d) as assessable_90d_leads_count,  -- leads at least 90 days old
    count(*) filter (where is_assessable_90d and qualified_days < 90)
        as qualified_90d_count,  -- of these with intent shown within 90 days
    count(*) filter (where is_assessable_90d and converted_days < 90)
        as converted_90d_count  -- of these with an order within 90 days

from leads
group by
    clinic_id,
    channel,
    calendar_date
