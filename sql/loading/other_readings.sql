-- loading.other_readings — one row per loaded file that was read by another contract than today's.
-- grain: file_id
select loaded.file_id  -- file

from quality.loaded_files as loaded
where
    loaded.table_name = $table
    and loaded.reading_sha256 <> $reading
