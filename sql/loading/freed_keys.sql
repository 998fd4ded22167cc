-- loading.freed_keys — one row per key of rows about to be removed: a superseded row may return for it.
-- grain: row_key
select active.row_key  -- key of a row whose file is replaced

from _active_rows as active
where
    active.has_key
    and active.source_file_id in (select replaced.file_id from _replaced_files as replaced)
group by active.row_key
