-- store.step — one row per cycle of a step, with what its last result depends on.
-- grain: step, cycle_key
select
    steps.step,  -- step
    steps.cycle_key,  -- cycle; empty where the result is of no cycle
    steps.fingerprint,  -- hash of everything the result depends on
    steps.found  -- the result, as JSON, where it is stored nowhere else

from quality.steps as steps
where
    steps.step = $step
    and steps.cycle_key = $cycle_key
