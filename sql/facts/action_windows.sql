-- facts.action_windows — one row per eligible action, with the moments between which it claims outcomes.
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
        credit_rule,
        are_days_calendar
    from facts.attribution_rules

),

windows as (

    select
        actions.*,
        rules.module_bit,
        rules.credit_rule,
        case
            when rules.are_days_calendar then day_begins_at(actions.calendar_date - rules.window_days, $timezone)
            else actions.acted_at - rules.window_days * interval 1 day
        end as lookback_at,
        case
            when rules.are_days_calendar then day_begins_at(actions.calendar_date + rules.window_days + 1, $timezone)
            else actions.acted_at + rules.window_days * interval 1 day
        end as window_end_at,
        actions.calendar_date + (rules.window_days + rules.ingest_lag_days) <= $as_of as is_matured
    from actions
    inner join rules on actions.module_id = rules.module_id

),

-- of the same module, arm and maturity: whoever is not yet mature takes nothing from those who are
neighbours as (

    select
        *,
        lag(acted_at) over (
            partition by customer_id, module_bit, arm_name, is_matured
            order by acted_at, action_id
        ) as before_at,
        lead(acted_at) over (
            partition by customer_id, module_bit, arm_name, is_matured
            order by acted_at, action_id
        ) as after_at,
        lag(window_end_at) over (
            partition by customer_id, module_bit, arm_name, is_matured
            order by acted_at, action_id
        ) as before_end_at,
        lead(lookback_at) over (
            partition by customer_id, module_bit, arm_name, is_matured
            order by acted_at, action_id
        ) as after_lookback_at,
        lag(acted_at) over (partition by customer_id order by acted_at, action_id) as anyone_before_at,
        lead(acted_at) over (partition by customer_id order by acted_at, action_id) as anyone_after_at
    from windows

)

select
    neighbours.action_id,  -- the action
    neighbours.module_id,  -- module that acted, or withheld the action from its holdout
    neighbours.module_bit,  -- power of two that stands for the module in masks
    neighbours.customer_id,  -- customer it was about
    neighbours.arm_name,  -- treated, or held_out at random
    neighbours.calendar_date,  -- local date it was decided
    neighbours.acted_at,  -- when it was decided, UTC
    neighbours.window_end_at,  -- outcomes before this moment count, UTC
    case
        when neighbours.credit_rule = 'first'
            then coalesce(greatest(neighbours.acted_at, neighbours.before_end_at), neighbours.acted_at)
        else neighbours.acted_at
    end as claims_from_at,  -- it claims outcomes after acting and from this moment, UTC
    case
        when neighbours.credit_rule = 'last'
            then coalesce(least(neighbours.window_end_at, neighbours.after_at), neighbours.window_end_at)
        else neighbours.window_end_at
    end as claims_until_at,  -- up to this moment where the latest claims, and before its window ends, UTC
    case
        when neighbours.credit_rule = 'last'
            then coalesce(greatest(neighbours.lookback_at, neighbours.before_at), neighbours.lookback_at)
        else neighbours.lookback_at
    end as placebo_from_at,  -- the placebo window before the action, by the mirrored rule: from this moment, UTC
    case
        when neighbours.credit_rule = 'first'
            then coalesce(least(neighbours.acted_at, neighbours.after_lookback_at), neighbours.acted_at)
        else neighbours.acted_at
    end as placebo_until_at,  -- until before this moment, UTC
    neighbours.is_matured,  -- its window and the days of delivery have passed
    coalesce(neighbours.before_end_at < neighbours.acted_at, true) as is_stretch_start,  -- no window open before it
    coalesce(neighbours.after_at > neighbours.window_end_at, true) as is_stretch_end,  -- none opens before it closes
    coalesce(neighbours.anyone_before_at > neighbours.lookback_at, false)
    or coalesce(neighbours.anyone_after_at < neighbours.window_end_at, false) as is_overlapping  -- another is near

from neighbours
