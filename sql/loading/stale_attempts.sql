-- loading.stale_attempts — one row per file whose last attempt was not loaded.
-- grain: file_id
select attempts.file_id  -- file

from quality.files as attempts
where
    attempts.file_id = $file
    and attempts.status not in ('loaded', 'replaced')
