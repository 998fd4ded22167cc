-- facts.action_windows — one row per eligible action and kind of outcome it may claim: its window, its maturity.
-- grain: action_id, outcome_type
with

actions as (

    select
        action_id,
        module_id,
        customer_id,
        arm_name,
        acted_at,
        calendar_date
    from facts.ai_actions
    where
        is_eligible
        and customer_id is not null

),

rules as (

    select
        module_id,
        module_bit,
        outcome_type,
        window_days,
        ingest_lag_days,
        credit_rule
    from facts.attribution_rules

),

kinds as (

    select distinct outcome_type
    from facts.outcomes

),

windows as (

    select
        actions.*,
        rules.module_bit,
        rules.outcome_type,
        rules.credit_rule,
        actions.acted_at - rules.window_days * interval 1 day as lookback_at,
        actions.acted_at + rules.window_days * interval 1 day as window_end_at,
        actions.calendar_date + (rules.window_days + rules.ingest_lag_days) <= $as_of as is_matured
    from actions
    inner join rules on actions.module_id = rules.module_id
    inner join kinds on rules.outcome_type = kinds.outcome_type

),

neighbours as (

    select
        *,
        max(window_end_at) over (
            partition by customer_id, outcome_type
            order by acted_at, action_id
            rows between unbounded preceding and 1 preceding
        ) as earlier_end_at,
        lead(acted_at) over (
            partition by customer_id, outcome_type
            order by acted_at, action_id
        ) as next_acted_at
    from windows

)

select
    neighbours.action_id,  -- the action
    neighbours.outcome_type,  -- visit, consult, order, …: what it may claim
    neighbours.module_id,  -- module that acted, or by lot did not
    neighbours.module_bit,  -- power of two that stands for the module in masks
    neighbours.customer_id,  -- customer it was about
    neighbours.arm_name,  -- treated, or held_out by lot
    neighbours.credit_rule,  -- last, first or any: which action claims an outcome within reach of several
    neighbours.calendar_date,  -- local date it was decided
    neighbours.lookback_at,  -- the placebo window reaches back to here, UTC
    neighbours.acted_at,  -- when it was decided, UTC
    neighbours.window_end_at,  -- outcomes before this moment count, UTC
    neighbours.is_matured,  -- its window and the days of delivery have passed
    coalesce(neighbours.earlier_end_at > neighbours.acted_at, false)
    or coalesce(neighbours.next_acted_at < neighbours.window_end_at, false) as is_overlapping  -- with another

from neighbours
