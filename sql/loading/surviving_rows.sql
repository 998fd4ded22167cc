-- loading.surviving_rows — one row per loaded row that stays when the replaced files' rows are gone, in its new place.
-- grain: source_file_id, source_row_number
select
    coalesce(moved.new_file_id, kept.source_file_id) as source_file_id,  -- file it then stands for
    coalesce(moved.new_row_number, kept.source_row_number) as source_row_number,  -- row of that file
    kept.digest,  -- of its key, or of the row where there is none
    kept.content  -- its values

from _kept_rows as kept
left join _loading_moved_copies as moved
    on
        kept.source_file_id = moved.kept_file_id
        and kept.source_row_number = moved.kept_row_number
where
    moved.new_file_id is not null
    or kept.source_file_id not in (select replaced.file_id from _replaced_files as replaced)
