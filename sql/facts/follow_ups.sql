-- facts.follow_ups — one row per follow-up task, with how long it took.
-- grain: follow_up_id
with

tasks as (

    select
        follow_up_id_crm,
        customer_id_crm,
        clinic_id,
        seller_id,
        created_at,
        due_date,
        completed_at,
        result_type,
        local_date(created_at, $timezone) as created_date,
        local_date(completed_at, $timezone) as completed_date
    from exports.crm__follow_ups

),

seen as (

    select
        *,
        case when completed_date < $as_of then completed_at end as seen_completed_at,
        coalesce(completed_date < $as_of and completed_date <= due_date, false) as is_on_time,
        case when completed_date < $as_of then days_between(created_at, completed_at) end as days_to_done
    from tasks
    where created_date < $as_of

)

select
    seen.follow_up_id_crm as follow_up_id,  -- the CRM's own identifier
    seen.customer_id_crm as customer_id,  -- customer to be called back
    seen.clinic_id,  -- clinic the task belongs to
    seen.seller_id,  -- member of staff it was given to
    seen.created_at,  -- when it was created, UTC
    seen.created_date as calendar_date,  -- local date it was created
    seen.due_date,  -- day it should be done by
    seen.seen_completed_at as completed_at,  -- when it was done, UTC; null when not done by as-of
    seen.created_date + 22 <= $as_of as is_assessable,  -- 21 days and one day of delivery have passed
    least(coalesce(seen.days_to_done, 21.0), 21.0) as delay_days,  -- days until done; not done within 21 days: 21
    seen.seen_completed_at is not null as is_completed,  -- done by as-of
    seen.is_on_time,  -- done by its due date
    case when seen.completed_date < $as_of then seen.result_type end as result_type  -- its result; null while open

from seen
