-- loading.standing_rows — one row per row of one place that stands for its key, or of those that do not.
-- grain: source_file_id, source_row_number
select
    ranked.source_file_id,  -- file
    ranked.source_row_number  -- row of the file

from _loading_ranked_rows as ranked
where
    ranked.place = $place
    and (ranked.standing = 1) = $stands
