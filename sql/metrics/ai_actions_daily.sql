-- metrics.ai_actions_daily — one row per module, kind of action, clinic and day with what AI did and staff made of it.
-- grain: module_id, action_type, clinic_id, calendar_date
with

actions as (

    select
        module_id,
        action_type,
        clinic_id,
        calendar_date,
        arm_name,
        is_eligible,
        adoption_type,
        opted_out_at
    from facts.ai_actions

)

select
    actions.module_id,  -- module that acted
    actions.action_type,  -- invitation, script, …
    actions.clinic_id,  -- clinic it was done for
    actions.calendar_date,  -- local date
    count(*) filter (where actions.arm_name = 'treated' and actions.is_eligible) as actions_count,  -- actions carried out or suggested
    count(*) filter (where actions.arm_name = 'held_out' and actions.is_eligible) as held_out_count,  -- actions held back by lot
    count(*) filter (where not actions.is_eligible) as ineligible_count,  -- looked at but not qualified
    count(*) filter (where actions.adoption_type is not null) as decided_count,  -- suggestions the staff decided about
    count(*) filter (where actions.adoption_type in ('adopted', 'edited')) as used_count,  -- of these used, as they were or edited
    count(*) filter (where actions.adoption_type = 'edited') as edited_count,  -- of these edited before use
    count(*) filter (where actions.adoption_type = 'ignored') as ignored_count,  -- of these ignored
    count(*) filter (where actions.opted_out_at is not null) as opted_out_count  -- after which the customer asked for no more

from actions
group by
    actions.module_id,
    actions.action_type,
    actions.clinic_id,
    actions.calendar_date
