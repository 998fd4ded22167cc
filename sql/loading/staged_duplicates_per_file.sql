-- loading.staged_duplicates_per_file — one row per staged file with exact duplicates.
-- grain: source_file_id
select
    copies.source_file_id,  -- file
    count(*) as rows_count  -- rows that repeat another

from quality._staged_duplicates as copies
where copies.table_name = $table
group by copies.source_file_id
