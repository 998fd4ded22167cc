-- facts.action_credits — one row per matured action and outcome it claims, after it or in the placebo days before.
-- grain: is_placebo, action_id, outcome_type, outcome_id
with

windows as (

    select
        action_id,
        module_id,
        module_bit,
        customer_id,
        arm_name,
        credit_rule,
        calendar_date,
        lookback_at,
        acted_at,
        window_end_at
    from facts.action_windows
    where is_matured

),

outcomes as (

    select
        outcome_type,
        outcome_id,
        customer_id,
        occurred_at,
        amount_rc
    from facts.outcomes

),

reached as (

    select
        windows.*,
        outcomes.outcome_type,
        outcomes.outcome_id,
        outcomes.occurred_at,
        outcomes.amount_rc,
        outcomes.occurred_at < windows.acted_at as is_placebo
    from windows
    inner join outcomes
        on
            windows.customer_id = outcomes.customer_id
            and windows.lookback_at <= outcomes.occurred_at
            and windows.window_end_at > outcomes.occurred_at
            and windows.acted_at <> outcomes.occurred_at

),

-- the placebo window mirrors the rule: what the latest action claims after, the next one claims before
directed as (

    select
        *,
        (credit_rule = 'first') <> is_placebo as is_earliest_first
    from reached

),

ranked as (

    select
        *,
        row_number() over (
            partition by module_id, arm_name, outcome_type, outcome_id, is_placebo
            order by
                case when is_earliest_first then acted_at end asc,
                case when is_earliest_first then action_id end asc,
                acted_at desc,
                action_id desc
        ) as reach_rank
    from directed

)

select
    ranked.is_placebo,  -- claimed in the days before the action, where nothing should show
    ranked.action_id,  -- the action that claims it
    ranked.outcome_type,  -- visit, consult, order, …
    ranked.outcome_id,  -- the outcome
    ranked.module_id,  -- module of the action; modules and arms claim on their own
    ranked.module_bit,  -- power of two that stands for the module in masks
    ranked.customer_id,  -- customer
    ranked.arm_name,  -- treated, or held_out by lot
    ranked.calendar_date,  -- local date of the action
    ranked.acted_at,  -- when it was decided, UTC
    ranked.occurred_at,  -- when the outcome occurred, UTC
    ranked.amount_rc  -- of an order: its amount less refunds, reporting currency

from ranked
where
    ranked.reach_rank = 1
    or ranked.credit_rule = 'any'
