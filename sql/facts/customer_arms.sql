-- facts.customer_arms — one row per module, customer it randomised, and arm the customer was seen in.
-- grain: module_id, customer_id, arm_name
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

),

arms as (

    select
        module_id,
        customer_id,
        arm_name,
        min(calendar_date) as seen_from_date
    from actions
    group by
        module_id,
        customer_id,
        arm_name

)

select
    arms.module_id,  -- module
    arms.customer_id,  -- customer
    arms.arm_name,  -- treated or held_out; a second one when the assignment was not kept
    arms.seen_from_date,  -- local date of the first action in this arm, carried out or withheld
    min(arms.seen_from_date) over (partition by arms.module_id, arms.customer_id)
        as assigned_date,  -- local date of the first action in any arm
    row_number() over (
        partition by arms.module_id, arms.customer_id
        order by arms.seen_from_date, arms.arm_name
    ) = 1 as is_assigned  -- whether this is the arm of the first action

from arms
