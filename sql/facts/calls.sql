-- facts.calls — one row per call the switch logged, with the customer behind the number.
-- grain: call_id
with

calls as (

    select
        call_id_telephony,
        clinic_id,
        branch_id,
        team_id,
        agent_id,
        customer_phone,
        direction_type,
        started_at,
        outcome_type,
        wait_seconds,
        talk_seconds,
        script_check_type,
        local_date(started_at, $timezone) as started_date,
        coalesce(outcome_type = 'connected', false) as is_connected,
        coalesce(script_check_type in ('consistent', 'deviating'), false) as is_script_checked,
        coalesce(script_check_type = 'consistent', false) as is_script_consistent
    from exports.telephony__calls

),

customers as (

    select
        customer_phone,
        min(customer_id) as customer_id
    from facts.customers
    where customer_phone is not null
    group by customer_phone

),

staff as (

    select
        staff_id,
        tenure_band
    from facts.staff

)

select
    calls.call_id_telephony as call_id,  -- the switch's own identifier
    calls.clinic_id,  -- clinic the call was made for
    calls.branch_id,  -- branch of the agent; null in a company without branches
    calls.team_id,  -- team of the agent; null in a company without teams
    calls.agent_id,  -- staff number of the agent
    coalesce(staff.tenure_band, 'unknown') as tenure_band,  -- service of the agent at the start of history
    customers.customer_id,  -- customer with this number, the first when several share it; null when unknown
    calls.direction_type,  -- outbound or inbound
    calls.started_at,  -- when dialling began, UTC
    calls.started_date as calendar_date,  -- local date dialling began
    calls.is_connected,  -- both parties spoke
    calls.wait_seconds,  -- seconds until answered or given up
    case when calls.is_connected then calls.talk_seconds else 0 end as talk_seconds,  -- 0 when nobody answered
    calls.is_script_checked,  -- quality control listened to it
    calls.is_script_consistent  -- and found the talk in line with the script

from calls
left join customers on calls.customer_phone = customers.customer_phone
left join staff on calls.agent_id = staff.staff_id
where calls.started_date < $as_of
