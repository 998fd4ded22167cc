-- store.lifts — one row per module and outcome of a cycle, with what its actions added.
-- grain: module_id, outcome_type
select
    lifts.module_id,  -- module
    lifts.outcome_type,  -- kind of outcome its actions are for
    lifts.kind,  -- what the actions are compared with
    lifts.grade,  -- evidence grade of that comparison
    lifts.is_money_allowed,  -- the comparison would carry money
    lifts.actions,  -- actions counted
    lifts.gross_outcomes,  -- outcomes claimed
    lifts.change,  -- outcomes per action above the comparison
    lifts.change_lower,  -- lower end of its interval
    lifts.change_upper,  -- upper end of its interval
    lifts.incremental_outcomes,  -- change over all actions
    lifts.incremental_lower,  -- lower end of its interval
    lifts.incremental_upper,  -- upper end of its interval
    lifts.placebo,  -- the same in the placebo windows
    lifts.placebo_lower,  -- lower end of its interval
    lifts.placebo_upper,  -- upper end of its interval
    lifts.overlapping_actions,  -- actions whose window overlapped another's
    lifts.immature_actions,  -- actions too recent to count
    lifts.unmatched_actions,  -- actions nobody alike could be found for
    lifts.e_value  -- of a matched comparison

from effects.lifts as lifts
where lifts.cycle_key = $cycle_key
