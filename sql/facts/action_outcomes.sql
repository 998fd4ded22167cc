-- facts.action_outcomes — one row per eligible action, with what its customer did in the 7 days after and before.
-- grain: action_id
-- optional: facts.customer_events, facts.orders
with

actions as (

    select
        action_id,
        module_id,
        action_type,
        customer_id,
        clinic_id,
        arm_name,
        acted_at,
        acted_at + interval 7 day as window_end_at,
        calendar_date,
        opted_out_at
    from facts.ai_actions
    where
        is_eligible
        and customer_id is not null

),

outcomes as (

    select
        event_id as outcome_id,
        customer_id,
        event_type as outcome_type,
        occurred_at,
        0 as amount_rc
    from facts.customer_events
    union all
    select
        order_id as outcome_id,
        customer_id,
        'order' as outcome_type,
        ordered_at as occurred_at,
        order_amount_rc - refund_amount_rc as amount_rc
    from facts.orders

),

-- each outcome is claimed once per module: by the latest action within reach
reached as (

    select
        actions.action_id,
        outcomes.outcome_type,
        outcomes.amount_rc,
        row_number() over (
            partition by actions.module_id, outcomes.outcome_type, outcomes.outcome_id
            order by actions.acted_at desc, actions.action_id desc
        ) as reach_rank
    from actions
    inner join outcomes
        on
            actions.customer_id = outcomes.customer_id
            and actions.acted_at < outcomes.occurred_at
            and actions.window_end_at > outcomes.occurred_at

),

claimed as (

    select
        action_id,
        count(*) filter (where outcome_type = 'visit') as visits_count,
        count(*) filter (where outcome_type = 'consult') as consults_count,
        count(*) filter (where outcome_type = 'order') as orders_count,
        sum(amount_rc) filter (where outcome_type = 'order') as amount_rc
    from reached
    where reach_rank = 1
    group by action_id

),

earlier as (

    select
        actions.action_id,
        count(*) filter (where outcomes.occurred_at >= actions.acted_at - interval 7 day) as visits_7d_count,
        count(*) as visits_28d_count
    from actions
    inner join outcomes
        on
            actions.customer_id = outcomes.customer_id
            and outcomes.outcome_type = 'visit'
            and actions.acted_at - interval 28 day <= outcomes.occurred_at
            and actions.acted_at > outcomes.occurred_at
    group by actions.action_id

)

select
    actions.action_id,  -- the action
    actions.module_id,  -- module that acted
    actions.action_type,  -- invitation, script, …
    actions.customer_id,  -- customer it was about
    actions.clinic_id,  -- clinic it was done for
    actions.arm_name,  -- treated, or held_out at random
    actions.acted_at,  -- when it was decided, UTC
    actions.calendar_date,  -- local date it was decided
    actions.calendar_date + 8 <= $as_of as is_matured,  -- its 7 days and one day of delivery have passed
    coalesce(claimed.visits_count, 0) as visits_7d_count,  -- visits within 7 days, claimed by the latest action
    coalesce(claimed.consults_count, 0) as consults_7d_count,  -- consultations within 7 days, claimed likewise
    coalesce(claimed.orders_count, 0) as orders_7d_count,  -- orders within 7 days, claimed likewise
    coalesce(claimed.amount_rc, 0) as revenue_7d_amount_rc,  -- their amount less refunds, reporting currency
    coalesce(earlier.visits_7d_count, 0) as visits_7d_before_count,  -- placebo window: visits in the 7 days before
    coalesce(earlier.visits_28d_count, 0) as visits_28d_before_count,  -- covariate: visits in the 28 days before
    coalesce(actions.opted_out_at >= actions.acted_at and actions.opted_out_at < actions.window_end_at, false)
        as is_opted_out_7d  -- asked for no more within 7 days

from actions
left join claimed on actions.action_id = claimed.action_id
left join earlier on actions.action_id = earlier.action_id
