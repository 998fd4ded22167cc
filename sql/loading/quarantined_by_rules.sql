-- loading.quarantined_by_rules — one row per row of a file and rule it broke, as quarantine keeps it.
-- grain: source_row_number, rule
select
    $table as table_name,  -- export
    broken.source_file_id,  -- file
    broken.source_row_number,  -- row of the file
    broken.column_name,  -- column the rule is about
    broken.value,  -- value as it may be shown
    broken.rule,  -- rule broken
    broken.rule as reason,  -- reason recorded
    $refused as is_refused  -- whether the whole delivery was rejected

from _broken_rows as broken
where broken.source_file_id = $file
