-- store.baseline_locks — one row per module, metric and version of its locked baseline.
-- grain: module_id, metric_id, version
select
    locks.module_id,  -- module
    locks.metric_id,  -- metric
    locks.version,  -- 1, 2, …
    locks.payload  -- the whole value, as JSON

from effects.baseline_locks as locks
