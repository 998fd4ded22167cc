-- loading.file_loads — one row per file of one part of the load log, of one export or of all.
-- grain: file_id
select
    loads.file_id,  -- file
    loads.table_name,  -- export
    loads.path,  -- path below the study
    loads.sha256,  -- fingerprint of its bytes
    loads.bytes,  -- size
    loads.status,  -- loaded, replaced, unchanged, refused, unreadable
    loads.rows_read,  -- rows and lines in it
    loads.rows_loaded,  -- of these loaded
    loads.rows_quarantined,  -- of these quarantined
    loads.rows_duplicate,  -- of these exact duplicates
    loads.rows_superseded,  -- loaded, and replaced by a later row of their key
    loads.encoding,  -- of its text
    loads.error  -- why it could not be read

from _load_log as loads
where
    cast($table as varchar) is null
    or loads.table_name = $table
