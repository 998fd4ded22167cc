-- store.refused_values — one row per file, rule and column of rejected deliveries, with the rows that broke it.
-- grain: source_file_id, rule, column_name
select
    quarantine.source_file_id,  -- the file
    quarantine.rule,  -- name of the rule
    coalesce(quarantine.column_name, '') as column_name,  -- column it is about, empty for the whole row
    count(distinct quarantine.source_row_number) as rows_count,  -- rows that broke it
    list_slice(list_sort(list_distinct(list(quarantine.value))), 1, 3) as sample_values  -- three of the values

from quality.quarantine as quarantine
where
    quarantine.table_name = $table
    and quarantine.is_refused
group by
    quarantine.source_file_id,
    quarantine.rule,
    coalesce(quarantine.column_name, '')
