-- loading.moved_copies — one row per kept copy whose file is replaced and that another file holds as well.
-- grain: kept_file_id, kept_row_number
with

copies as (

    select
        duplicates.kept_file_id,
        duplicates.kept_row_number,
        duplicates.source_file_id,
        duplicates.source_row_number,
        row_number() over (
            partition by duplicates.kept_file_id, duplicates.kept_row_number
            order by duplicates.source_file_id, duplicates.source_row_number
        ) as place
    from quality.duplicates as duplicates
    left join _replaced_files as kept_in on duplicates.kept_file_id = kept_in.file_id
    left join _replaced_files as copied_in on duplicates.source_file_id = copied_in.file_id
    where
        duplicates.table_name = $table
        and kept_in.file_id is not null
        and copied_in.file_id is null

)

select
    copies.kept_file_id,  -- file that is replaced
    copies.kept_row_number,  -- row of it that was kept
    copies.source_file_id as new_file_id,  -- first other file with the same row
    copies.source_row_number as new_row_number  -- row there

from copies
where copies.place = 1
