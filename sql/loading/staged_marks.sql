-- loading.staged_marks — one row per way the staged files of an export were read, of which there is one.
-- grain: reading_sha256, as_of
select distinct
    staged.reading_sha256,  -- fingerprint of contract and settings they were read by
    staged.as_of  -- day of the run

from quality._staged_files as staged
where staged.table_name = $table
