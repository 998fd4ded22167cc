-- store.volume_history — one row per run before a day, with the rows per day of an export's delivery.
-- grain: run_key
select
    results.run_key,  -- day of the run
    results.measure  -- rows per day

from quality.rule_results as results
where
    results.table_name = $table
    and results.rule = $rule
    and results.run_key < $before
    and results.measure is not null
