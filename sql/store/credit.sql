-- store.credit — one row per outcome and module of a cycle, with how shared outcomes were credited.
-- grain: outcome_type, module_id
select
    credit.outcome_type,  -- kind of outcome
    credit.module_id,  -- module
    credit.touched,  -- outcomes inside its windows
    credit.credited,  -- its share
    credit.incremental,  -- its share above the base rate
    credit.observed,  -- outcomes inside at least one window
    credit.untouched,  -- outcomes of customers held out
    credit.base_rate,  -- outcomes per customer window without any module
    credit.is_equal_split  -- too few data, so shared equally

from effects.credit as credit
where credit.cycle_key = $cycle_key
