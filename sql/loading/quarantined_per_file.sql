-- loading.quarantined_per_file — one row per loaded file with quarantined rows.
-- grain: source_file_id
select
    kept.source_file_id,  -- file
    count(distinct kept.source_row_number) as rows_count  -- rows quarantined, each once

from quality.quarantine as kept
where
    kept.table_name = $table
    and not kept.is_refused
group by kept.source_file_id
