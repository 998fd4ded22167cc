-- store.step_fingerprints — one row per step whose result is of no cycle, with what it depends on.
-- grain: step
select
    steps.step,  -- step
    steps.fingerprint  -- hash of everything the result depends on

from quality.steps as steps
where steps.cycle_key = ''
