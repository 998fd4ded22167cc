-- checks.a_customer_stays_in_one_arm — one row per module and customer seen in both arms of a holdout.
-- grain: module_id, customer_id
-- severity: warn
with

actions as (

    select
        module_id,
        customer_id,
        arm_name
    from facts.ai_actions
    where customer_id is not null

)

select
    actions.module_id,  -- the module
    actions.customer_id,  -- the customer
    'the customer was both invited and held out' as reason  -- why the row is listed

from actions
group by
    actions.module_id,
    actions.customer_id
having count(distinct actions.arm_name) > 1
