-- store.rule_runs — one row per run, export and rule: the last runs of each export up to a day.
-- grain: run_key, table_name, rule
select
    results.table_name,  -- export
    results.rule,  -- name of the rule
    results.run_key,  -- day of the run
    results.passed,  -- whether it held
    results.severity,  -- note, warn or stop
    results.n_checked,  -- rows asked
    results.n_unexpected,  -- rows that break it
    results.was_evaluated  -- whether it could be asked at all

from quality.rule_results as results
where results.run_key <= $until
qualify dense_rank() over (partition by results.table_name order by results.run_key desc) <= $most
