-- loading.moved_quarantine — one row per reason why a kept copy was quarantined, for the copy that takes its place.
-- grain: source_file_id, source_row_number, column_name, rule
select
    kept.table_name,  -- export
    moved.new_file_id as source_file_id,  -- file of the next copy
    moved.new_row_number as source_row_number,  -- row there
    kept.column_name,  -- column that broke the rule
    kept.value,  -- value as it may be shown
    kept.rule,  -- rule broken
    kept.reason,  -- reason recorded
    kept.is_refused  -- whether the whole delivery was rejected

from quality.quarantine as kept
inner join _loading_moved_copies as moved
    on
        kept.source_file_id = moved.kept_file_id
        and kept.source_row_number = moved.kept_row_number
where
    kept.table_name = $table
    and not kept.is_refused
