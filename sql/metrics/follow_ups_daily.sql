-- metrics.follow_ups_daily — one row per clinic and day with the sums of the follow-up tasks created.
-- grain: clinic_id, calendar_date
with

tasks as (

    select
        clinic_id,
        calendar_date,
        delay_days,
        is_assessable,
        is_completed,
        is_on_time,
        result_type
    from facts.follow_ups

)

select
    clinic_id,  -- clinic the tasks belong to
    calendar_date,  -- local date they were created
    count(*) as tasks_count,  -- tasks created
    count(*) filter (where is_assessable) as assessable_tasks_count,  -- of these at least 21 days old
    coalesce(sum(delay_days) filter (where is_assessable), 0.0) as delay_days,  -- Σ days of these, at most 21 each
    count(*) filter (where is_assessable and is_completed) as completed_tasks_count,  -- of these done
    count(*) filter (where is_assessable and is_on_time) as on_time_tasks_count,  -- of these done by their due date
    count(*) filter (
        where is_assessable and result_type in ('reached', 'praise', 'complaint')
    ) as reached_tasks_count,  -- of these in which the customer was spoken to
    count(*) filter (where is_assessable and result_type = 'praise') as praised_tasks_count  -- of these with praise

from tasks
group by
    clinic_id,
    calendar_date
