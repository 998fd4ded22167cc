-- loading.stale_attempts — one row per given file whose last attempt was not loaded.
-- grain: file_id
select attempts.file_id  -- file

from quality.files as attempts
where
    list_contains($files, attempts.file_id)
    and attempts.status not in ('loaded', 'replaced')
