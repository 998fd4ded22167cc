-- facts.dialled_calls — one row per outbound call the dialling system logged.
-- grain: call_id
with

calls as (

    select
        call_id_dialler,
        branch_id,
        team_id,
        agent_id,
        customer_phone,
        started_at,
        outcome_type,
        talk_seconds,
        wrap_up_seconds,
        is_intent,
        entry_check_type,
        script_check_type,
        recording_check_type,
        local_date(started_at, $timezone) as started_date
    from exports.dialler__calls

),

staff as (

    select
        staff_id,
        tenure_band
    from facts.staff

)

select
    calls.call_id_dialler as call_id,  -- the dialling system's own identifier
    calls.branch_id,  -- branch the agent works for
    calls.team_id,  -- team the agent works in
    calls.agent_id,  -- staff number of the agent
    coalesce(staff.tenure_band, 'unknown') as tenure_band,  -- service of the agent at the start of history
    calls.customer_phone,  -- keyed hash of the number dialled
    calls.started_at,  -- when dialling began, UTC
    calls.started_date as calendar_date,  -- local date dialling began
    calls.outcome_type = 'connected' as is_connected,  -- both parties spoke
    case when calls.outcome_type = 'connected' then coalesce(calls.talk_seconds, 0) else 0 end
        as talk_seconds,  -- seconds both parties were connected, 0 when nobody answered
    calls.wrap_up_seconds,  -- seconds of writing up afterwards; null when not measured
    calls.outcome_type = 'connected' and coalesce(calls.is_intent, false)
        as is_intent,  -- a connected customer showed interest
    calls.entry_check_type is not null as is_entry_checked,  -- the CRM entry was checked
    coalesce(calls.entry_check_type = 'wrong', false) as is_entry_wrong,  -- and found wrong
    calls.script_check_type is not null as is_script_checked,  -- quality control listened to it
    coalesce(calls.script_check_type = 'consistent', false)
        as is_script_consistent,  -- and found it in line with the script
    calls.recording_check_type is not null as is_recording_checked,  -- the recording was audited
    coalesce(calls.recording_check_type = 'compliant', false) as is_recording_compliant  -- and found in order

from calls
left join staff on calls.agent_id = staff.staff_id
where calls.started_date < $as_of
