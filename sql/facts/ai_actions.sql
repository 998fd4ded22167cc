-- facts.ai_actions — one row per action an AI module carried out, suggested, or withheld from its holdout.
-- grain: action_id
with

actions as (

    select
        action_id_ai_platform,
        module_id,
        action_type,
        customer_id_crm,
        clinic_id,
        staff_id,
        channel,
        acted_at,
        adoption_type,
        is_held_out,
        is_eligible,
        opted_out_at,
        local_date(acted_at, $timezone) as acted_date,
        local_date(opted_out_at, $timezone) as opted_out_date,
        case when coalesce(is_held_out, false) then 'held_out' else 'treated' end as arm_name
    from exports.ai_platform__actions

)

select
    actions.action_id_ai_platform as action_id,  -- the AI platform's own identifier
    actions.module_id,  -- module that acted, as the study calls it
    actions.action_type,  -- invitation, script, reply, push, follow_up, …
    actions.customer_id_crm as customer_id,  -- customer it was about
    actions.clinic_id,  -- clinic it was done for
    actions.staff_id,  -- member of staff it was suggested to; null when sent directly
    actions.channel,  -- channel it was sent on
    actions.acted_at,  -- when it was decided, UTC; for a held-out customer when it would have been sent
    actions.acted_date as calendar_date,  -- local date it was decided
    actions.arm_name,  -- treated, or held_out at random
    coalesce(actions.is_eligible, true) as is_eligible,  -- the customer qualified for it
    actions.adoption_type,  -- adopted, edited or ignored by the staff; null when nobody had to decide
    case when actions.opted_out_date < $as_of then actions.opted_out_at end as opted_out_at  -- asked for no more, UTC

from actions
where actions.acted_date < $as_of
