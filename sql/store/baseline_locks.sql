-- store.baseline_locks — one row per module, metric and version of its locked baseline.
-- grain: module_id, metric_id, version
select
    kept.module_id,  -- module
    kept.metric_id,  -- metric
    kept.version,  -- 1, 2, …
    kept.payload  -- the whole value, as JSON

from effects.baseline_locks as kept
