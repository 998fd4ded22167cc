-- facts.leads — one row per lead, with its stage times.
-- grain: lead_id
with

leads as (

    select
        lead_id_crm,
        customer_id_crm,
        clinic_id,
        seller_id,
        channel,
        created_at,
        contacted_at,
        qualified_at,
        converted_at,
        local_date(created_at, $timezone) as created_date
    from exports.crm__leads

),

seen as (

    select
        *,
        created_at + interval 30 day as deadline_at,
        case when local_date(contacted_at, $timezone) < $as_of then contacted_at end as seen_contacted_at,
        case when local_date(qualified_at, $timezone) < $as_of then qualified_at end as seen_qualified_at,
        case when local_date(converted_at, $timezone) < $as_of then converted_at end as seen_converted_at
    from leads
    where created_date < $as_of

)

select
    seen.lead_id_crm as lead_id,  -- the CRM's own identifier
    seen.customer_id_crm as customer_id,  -- customer the lead became or belongs to
    seen.clinic_id,  -- clinic the lead was given to
    seen.seller_id,  -- seller it was routed to; null when not routed
    seen.channel,  -- where it came from
    seen.created_at,  -- when it came in, UTC
    seen.created_date as calendar_date,  -- local date it came in
    seen.seen_contacted_at as contacted_at,  -- first contact by a seller, UTC
    hours_between(seen.created_at, seen.seen_contacted_at) as contact_hours,  -- null when not contacted
    seen.seen_qualified_at as qualified_at,  -- when it became an intent customer, UTC
    seen.seen_converted_at as converted_at,  -- when it led to an order, UTC
    seen.created_date + 31 <= $as_of as is_assessable,  -- 30 days and one day of delivery have passed
    coalesce(seen.seen_qualified_at >= seen.created_at and seen.seen_qualified_at < seen.deadline_at, false)
        as is_qualified_30d,  -- intent shown within 30 days
    coalesce(seen.seen_converted_at >= seen.created_at and seen.seen_converted_at < seen.deadline_at, false)
        as is_converted_30d,  -- order within 30 days
    case
        when seen.seen_qualified_at >= seen.created_at then days_between(seen.created_at, seen.seen_qualified_at)
    end as qualified_days,  -- days until intent was shown; null when it was not, or before the lead came in
    case
        when seen.seen_converted_at >= seen.created_at then days_between(seen.created_at, seen.seen_converted_at)
    end as converted_days  -- days until the order; null likewise

from seen
