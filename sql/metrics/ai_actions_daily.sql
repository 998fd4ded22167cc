-- metrics.ai_actions_daily — one row per module, kind of action, clinic and day with AI actions and their use by staff.
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
    module_id,  -- module that acted
    action_type,  -- invitation, script, …
    clinic_id,  -- clinic it was done for
    calendar_date,  -- local date
    count(*) filter (where arm_name = 'treated' and is_eligible) as actions_count,  -- actions carried out or suggested
    count(*) filter (where arm_name = 'held_out' and is_eligible) as held_out_count,  -- actions withheld in the holdout
    count(*) filter (where not is_eligible) as ineligible_count,  -- looked at but not qualified
    count(*) filter (where adoption_type is not null) as decided_count,  -- suggestions the staff decided about
    count(*) filter (where adoption_type in ('adopted', 'edited')) as used_count,  -- of these used, edited or not
    count(*) filter (where adoption_type = 'edited') as edited_count,  -- of these edited before use
    count(*) filter (where adoption_type = 'ignored') as ignored_count,  -- of these ignored
    count(*) filter (where opted_out_at is not null) as opted_out_count  -- after which the customer asked for no more

from actions
group by
    module_id,
    action_type,
    clinic_id,
    calendar_date
