-- loading.known_fingerprints — one row per loaded file that was read by today's contract.
-- grain: file_id
select
    loaded.file_id,  -- file
    loaded.sha256  -- fingerprint of its bytes

from quality.loaded_files as loaded
where
    loaded.table_name = $table
    and loaded.reading_sha256 = $reading
