-- metrics.attributed_actions_daily — one row per kind of action, customer, clinic, arm and day, by each module's rule.
-- grain: module_id, action_type, customer_id, clinic_id, arm_name, calendar_date
with

actions as (

    select
        action_id,
        module_id,
        action_type,
        customer_id,
        clinic_id,
        arm_name,
        calendar_date,
        visits_28d_before_count
    from facts.action_outcomes

),

windows as (

    select action_id
    from facts.action_windows
    where is_matured

),

credits as (

    select
        action_id,
        is_placebo,
        outcome_type,
        amount_rc
    from facts.action_credits

),

claimed as (

    select
        action_id,
        count(*) filter (where not is_placebo and outcome_type = 'visit') as visits_count,
        count(*) filter (where not is_placebo and outcome_type = 'consult') as consults_count,
        count(*) filter (where not is_placebo and outcome_type = 'order') as orders_count,
        count(*) filter (where is_placebo and outcome_type = 'visit') as placebo_visits_count,
        sum(amount_rc) filter (where not is_placebo and outcome_type = 'order') as amount_rc
    from credits
    group by action_id

)

select
    actions.module_id,  -- module that acted
    actions.action_type,  -- invitation, script, …
    actions.customer_id,  -- customer it was about, or in the randomised holdout
    actions.clinic_id,  -- clinic it was done for
    actions.arm_name,  -- treated or held_out
    actions.calendar_date,  -- local date of the decision
    count(*) as actions_count,  -- decisions whose window is over
    count(*) filter (where claimed.visits_count > 0) as visited_count,  -- of these with a visit they claim
    count(*) filter (where claimed.consults_count > 0) as consulted_count,  -- of these with a consultation they claim
    count(*) filter (where claimed.orders_count > 0) as ordered_count,  -- of these with an order they claim
    coalesce(sum(claimed.amount_rc), 0) as revenue_amount_rc,  -- Σ amount less refunds of these orders
    count(*) filter (where claimed.placebo_visits_count > 0)
        as visited_before_count,  -- placebo: with a visit in as many days before
    cast(sum(actions.visits_28d_before_count) as bigint)
        as visits_28d_before_count  -- covariate: Σ visits 28 days before

from actions
inner join windows on actions.action_id = windows.action_id
left join claimed on actions.action_id = claimed.action_id
group by
    actions.module_id,
    actions.action_type,
    actions.customer_id,
    actions.clinic_id,
    actions.arm_name,
    actions.calendar_date
