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
        calendar_date,
        acted_at,
        window_end_at,
        claims_from_at,
        claims_until_at,
        placebo_from_at,
        placebo_until_at
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
        outcomes.amount_rc
    from outcomes
    inner join windows
        on
            outcomes.customer_id = windows.customer_id
            and outcomes.occurred_at >= windows.placebo_from_at
            and outcomes.occurred_at <= windows.claims_until_at

)

select
    reached.occurred_at < reached.acted_at as is_placebo,  -- in the days before the action, where nothing should show
    reached.action_id,  -- the action that claims it
    reached.outcome_type,  -- visit, consult, order, …
    reached.outcome_id,  -- the outcome
    reached.module_id,  -- module of the action; modules and arms claim on their own
    reached.module_bit,  -- power of two that stands for the module in masks
    reached.customer_id,  -- customer
    reached.arm_name,  -- treated, or held_out at random
    reached.calendar_date,  -- local date of the action
    reached.acted_at,  -- when it was decided, UTC
    reached.occurred_at,  -- when the outcome occurred, UTC
    reached.amount_rc  -- of an order: its amount less refunds, reporting currency

from reached
where
    (
        reached.occurred_at > reached.acted_at
        and reached.occurred_at >= reached.claims_from_at
        and reached.occurred_at <= reached.claims_until_at
        and reached.occurred_at < reached.window_end_at
    )
    or (
        reached.occurred_at >= reached.placebo_from_at
        and reached.occurred_at < reached.placebo_until_at
    )
