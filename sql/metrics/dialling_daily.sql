-- metrics.dialling_daily — one row per agent and day with the sums of the calls dialled.
-- grain: branch_id, team_id, agent_id, tenure_band, calendar_date
with

calls as (

    select
        branch_id,
        team_id,
        agent_id,
        tenure_band,
        calendar_date,
        is_connected,
        talk_seconds,
        wrap_up_seconds,
        is_intent,
        is_entry_checked,
        is_entry_wrong,
        is_script_checked,
        is_script_consistent,
        is_recording_checked,
        is_recording_compliant
    from facts.dialled_calls

)

select
    calls.branch_id,  -- branch the agent works for
    calls.team_id,  -- team the agent works in
    calls.agent_id,  -- staff number of the agent
    calls.tenure_band,  -- service of the agent at the start of history
    calls.calendar_date,  -- local date dialling began
    1 as agent_days_count,  -- the agent dialled on this day
    count(*) as calls_count,  -- calls dialled
    count(*) filter (where calls.is_connected) as connected_calls_count,  -- calls in which both parties spoke
    coalesce(sum(calls.talk_seconds), 0.0) as talk_seconds,  -- Σ seconds both parties were connected
    count(*) filter (where calls.wrap_up_seconds is not null)
        as written_up_calls_count,  -- calls with a measured write-up
    coalesce(sum(calls.wrap_up_seconds), 0.0) as wrap_up_seconds,  -- Σ seconds of writing up
    count(*) filter (where calls.is_intent)
        as intent_customers_count,  -- connected calls after which the customer showed interest
    count(*) filter (where calls.is_entry_checked) as checked_entries_count,  -- CRM entries checked
    count(*) filter (where calls.is_entry_wrong) as wrong_entries_count,  -- of these wrong
    count(*) filter (where calls.is_script_checked) as script_checked_count,  -- calls quality control listened to
    count(*) filter (where calls.is_script_consistent) as script_consistent_count,  -- of these in line with the script
    count(*) filter (where calls.is_recording_checked) as audited_recordings_count,  -- recordings audited
    count(*) filter (where calls.is_recording_compliant) as compliant_recordings_count  -- of these in order

from calls
group by
    calls.branch_id,
    calls.team_id,
    calls.agent_id,
    calls.tenure_band,
    calls.calendar_date
