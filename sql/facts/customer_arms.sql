-- facts.customer_arms — one row per module and customer it randomised, with the arm and the first day.
-- grain: module_id, customer_id
with

actions as (

    select
        module_id,
        customer_id,
        arm_name,
        calendar_date
    from facts.ai_actions
    where
        customer_id is not null
        and is_eligible

)

select
    actions.module_id,  -- module
    actions.customer_id,  -- customer
    case when min(actions.arm_name) = max(actions.arm_name) then min(actions.arm_name) else 'both' end
        as arm_name,  -- treated, held_out, or both when the draw was not kept
    min(actions.calendar_date) as assigned_date  -- local date of the first action, carried out or withheld

from actions
group by
    actions.module_id,
    actions.customer_id
