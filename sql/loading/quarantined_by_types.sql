-- loading.quarantined_by_types — one row per staged failure of a file, as quarantine keeps it.
-- grain: source_row_number, column_name, rule
select
    staged.table_name,  -- export
    staged.source_file_id,  -- file
    staged.source_row_number,  -- row of the file
    staged.column_name,  -- column whose value failed; null for lines
    staged.value,  -- value as it may be shown
    staged.rule,  -- rule broken
    staged.reason,  -- reason recorded
    $refused as is_refused  -- whether the whole delivery was rejected

from quality._staged_quarantine as staged
where staged.source_file_id = $file
