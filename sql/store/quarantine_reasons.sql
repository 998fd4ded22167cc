-- store.quarantine_reasons — one row per rule and column, with the rows of an export quarantined for it.
-- grain: rule, column_name
select
    quarantine.rule,  -- name of the rule
    coalesce(quarantine.column_name, '') as column_name,  -- column it is about, empty for the whole row
    count(*) as rows_count  -- rows quarantined

from quality.quarantine as quarantine
where quarantine.table_name = $table
group by
    quarantine.rule,
    coalesce(quarantine.column_name, '')
