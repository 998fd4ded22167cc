-- metrics.module_usage_daily — one row per module, branch, team and day with the sums of its use.
-- grain: module_id, branch_id, team_id, calendar_date
with

usage as (

    select
        module_id,
        branch_id,
        team_id,
        calendar_date,
        requests_count,
        tokens_count,
        voice_minutes,
        active_users_count,
        licensed_users_count,
        cost_amount_rc
    from facts.module_usage

)

select
    usage.module_id,  -- module
    usage.branch_id,  -- branch that used it
    usage.team_id,  -- team that used it
    usage.calendar_date,  -- local day
    usage.requests_count,  -- times it was asked
    usage.tokens_count,  -- tokens read and written
    usage.voice_minutes,  -- minutes of speech processed
    usage.active_users_count,  -- people who used it
    usage.licensed_users_count,  -- people who could
    usage.cost_amount_rc  -- what the provider charged

from usage
