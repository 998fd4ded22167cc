-- store.rows_of_night — one row per export with files that were new or changed on one night.
-- grain: table_name
select
    files.table_name,  -- export
    cast(sum(files.rows_loaded) as bigint) as rows_loaded,  -- rows that went into the export
    cast(sum(files.rows_quarantined) as bigint) as rows_quarantined  -- rows kept out of it

from quality.files as files
where files.as_of = $as_of
group by files.table_name
