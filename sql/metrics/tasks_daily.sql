-- metrics.tasks_daily — one row per branch, team, department and day with the sums of the tasks that came up.
-- grain: branch_id, team_id, department_name, calendar_date
with

tasks as (

    select
        branch_id,
        team_id,
        department_name,
        calendar_date,
        task_type,
        done_by,
        hand_over_hours,
        completion_hours,
        work_hours,
        is_returned
    from facts.tasks

)

select
    tasks.branch_id,  -- branch the tasks belong to
    tasks.team_id,  -- team the tasks belong to
    tasks.department_name,  -- department that had to act
    tasks.calendar_date,  -- local date they came up
    count(*) as tasks_count,  -- tasks
    count(*) filter (where tasks.task_type = 'hand_off' and tasks.hand_over_hours is not null)
        as hand_offs_count,  -- hand-offs taken over
    coalesce(sum(tasks.hand_over_hours) filter (where tasks.task_type = 'hand_off'), 0.0)
        as hand_off_hours,  -- Σ hours until they were taken over
    count(*) filter (where tasks.task_type = 'approval' and tasks.completion_hours is not null)
        as approvals_count,  -- approvals decided
    coalesce(sum(tasks.completion_hours) filter (where tasks.task_type = 'approval'), 0.0)
        as approval_hours,  -- Σ hours until they were decided
    count(*) filter (where tasks.task_type = 'lead_routing' and tasks.hand_over_hours is not null)
        as routed_leads_count,  -- leads a person took over
    coalesce(sum(tasks.hand_over_hours) filter (where tasks.task_type = 'lead_routing'), 0.0)
        as lead_routing_hours,  -- Σ hours until they were taken over
    count(*) filter (where tasks.task_type = 'report' and tasks.completion_hours is not null)
        as reports_count,  -- reports finished
    coalesce(sum(tasks.completion_hours) filter (where tasks.task_type = 'report'), 0.0)
        as report_hours,  -- Σ hours from question to report
    count(*) filter (where tasks.task_type = 'proposal' and tasks.completion_hours is not null)
        as proposals_count,  -- proposals finished
    coalesce(sum(tasks.completion_hours) filter (where tasks.task_type = 'proposal'), 0.0)
        as proposal_hours,  -- Σ hours from question to proposal
    count(*) filter (where tasks.completion_hours is not null) as completed_tasks_count,  -- tasks done
    count(*) filter (where tasks.completion_hours is not null and tasks.done_by = 'ai')
        as automated_tasks_count,  -- of these done by AI alone
    count(*) filter (where tasks.is_returned)
        as returned_tasks_count,  -- of these sent back because something was wrong
    count(*) filter (where tasks.work_hours is not null) as timed_tasks_count,  -- of these with recorded work
    coalesce(sum(tasks.work_hours), 0.0) as work_hours  -- Σ hours people worked on them

from tasks
group by
    tasks.branch_id,
    tasks.team_id,
    tasks.department_name,
    tasks.calendar_date
