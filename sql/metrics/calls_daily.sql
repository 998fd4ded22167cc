-- metrics.calls_daily — one row per place, agent, direction and day with the sums of its calls.
-- grain: clinic_id, branch_id, team_id, agent_id, tenure_band, direction_type, calendar_date
with

calls as (

    select
        clinic_id,
        branch_id,
        team_id,
        agent_id,
        tenure_band,
        direction_type,
        calendar_date,
        is_connected,
        wait_seconds,
        talk_seconds,
        is_script_checked,
        is_script_consistent
    from facts.calls

)

select
    clinic_id,  -- clinic the calls were made for
    branch_id,  -- branch of the agent
    team_id,  -- team of the agent
    agent_id,  -- staff number of the agent
    tenure_band,  -- service of the agent at the start of history
    direction_type,  -- outbound or inbound
    calendar_date,  -- local date dialling began
    count(*) as calls_count,  -- calls
    count(*) filter (where is_connected) as connected_calls_count,  -- calls in which both parties spoke
    count(*) filter (where wait_seconds is not null) as timed_calls_count,  -- calls with a known wait
    count(*) filter (where wait_seconds <= 20 and is_connected) as answered_20s_count,  -- connected within 20 seconds
    coalesce(sum(wait_seconds), 0.0) as wait_seconds,  -- Σ seconds until answered or given up
    coalesce(sum(talk_seconds), 0.0) as talk_seconds,  -- Σ seconds both parties were connected
    count(*) filter (where is_script_checked) as script_checked_count,  -- calls quality control listened to
    count(*) filter (where is_script_consistent) as script_consistent_count  -- of these in line with the script

from calls
group by
    clinic_id,
    branch_id,
    team_id,
    agent_id,
    tenure_band,
    direction_type,
    calendar_date
