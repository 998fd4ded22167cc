-- facts.action_windows — one row per eligible action, with the window in which it may claim outcomes.
-- grain: action_id
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

    select distinct
        module_id,
        module_bit,
        window_days,
        ingest_lag_days,
        credit_rule
    from facts.attribution_rules

),

neighbours as (

    select
        *,
        lag(acted_at) over (partition by customer_id order by acted_at, action_id) as earlier_acted_at,
        lead(acted_at) over (partition by customer_id order by acted_at, action_id) as later_acted_at
    from actions

),

windows as (

    select
        neighbours.*,
        rules.module_bit,
        rules.credit_rule,
        neighbours.acted_at - rules.window_days * interval 1 day as lookback_at,
        neighbours.acted_at + rules.window_days * interval 1 day as window_end_at,
        neighbours.calendar_date + (rules.window_days + rules.ingest_lag_days) <= $as_of as is_matured
    from neighbours
    inner join rules on neighbours.module_id = rules.module_id

)

select
    windows.action_id,  -- the action
    windows.module_id,  -- module that acted, or by lot did not
    windows.module_bit,  -- power of two that stands for the module in masks
    windows.customer_id,  -- customer it was about
    windows.arm_name,  -- treated, or held_out by lot
    windows.credit_rule,  -- last, first or any: which action claims an outcome within reach of several
    windows.calendar_date,  -- local date it was decided
    windows.lookback_at,  -- the placebo window reaches back to here, UTC
    windows.acted_at,  -- when it was decided, UTC
    windows.window_end_at,  -- outcomes before this moment count, UTC
    windows.is_matured,  -- its window and the days of delivery have passed
    coalesce(windows.earlier_acted_at > windows.lookback_at, false)
    or coalesce(windows.later_acted_at < windows.window_end_at, false) as is_overlapping  -- another is near

from windows
