-- facts.tasks — one row per task of the workflow system, with how long each step took.
-- grain: task_id
with

tasks as (

    select
        task_id_workflow,
        task_type,
        branch_id,
        team_id,
        department_name,
        done_by,
        created_at,
        handed_over_at,
        completed_at,
        work_hours,
        was_returned,
        local_date(created_at, $timezone) as created_date
    from exports.workflow__tasks

),

seen as (

    select
        *,
        case when local_date(handed_over_at, $timezone) < $as_of then handed_over_at end as seen_handed_over_at,
        case when local_date(completed_at, $timezone) < $as_of then completed_at end as seen_completed_at
    from tasks
    where created_date < $as_of

)

select
    seen.task_id_workflow as task_id,  -- the workflow system's own identifier
    seen.task_type,  -- hand_off, approval, lead_routing, report, proposal or other
    seen.branch_id,  -- branch it belongs to
    seen.team_id,  -- team it belongs to
    seen.department_name,  -- department that had to act
    coalesce(seen.done_by, 'human') as done_by,  -- ai, human or hybrid
    seen.created_at,  -- when it came up, UTC
    seen.created_date as calendar_date,  -- local date it came up
    seen.seen_handed_over_at as handed_over_at,  -- when the next person took it over, UTC; null until then
    seen.seen_completed_at as completed_at,  -- when it was done, UTC; null while open
    hours_between(seen.created_at, seen.seen_handed_over_at)
        as hand_over_hours,  -- hours until it was taken over; null until then
    hours_between(seen.created_at, seen.seen_completed_at)
        as completion_hours,  -- hours until it was done; null while open
    case when seen.seen_completed_at is not null then seen.work_hours end
        as work_hours,  -- hours people worked on it; null while open
    seen.seen_completed_at is not null and coalesce(seen.was_returned, false)
        as is_returned  -- done, but sent back because something was wrong

from seen
