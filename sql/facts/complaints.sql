-- facts.complaints — one row per complaint, whatever channel it came by.
-- grain: complaint_id
with

complaints as (

    select
        complaint_id_service,
        branch_id,
        team_id,
        shop_id,
        customer_id_crm,
        channel,
        cause_type,
        received_at,
        resolved_at,
        local_date(received_at, $timezone) as received_date
    from exports.service__complaints

),

seen as (

    select
        *,
        case when local_date(resolved_at, $timezone) < $as_of then resolved_at end as seen_resolved_at
    from complaints
    where received_date < $as_of

)

select
    seen.complaint_id_service as complaint_id,  -- the service system's own identifier
    seen.branch_id,  -- branch complained about
    seen.team_id,  -- team complained about
    seen.shop_id,  -- shop complained about
    seen.customer_id_crm as customer_id,  -- customer who complained; null for a stranger
    seen.channel,  -- how it came
    seen.cause_type,  -- cause it was classified under; null when not classified
    seen.received_at,  -- when it came, UTC
    seen.received_date as calendar_date,  -- local date it came
    seen.seen_resolved_at as resolved_at,  -- when it was settled, UTC; null while open
    hours_between(seen.received_at, seen.seen_resolved_at)
        as resolution_hours  -- hours until it was settled; null while open

from seen
