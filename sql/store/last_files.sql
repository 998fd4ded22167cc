-- store.last_files — one row per export: its newest file by the day of the run that read it.
-- grain: table_name
with

files as (

    select
        table_name,
        path,
        status,
        as_of,
        row_number() over (partition by table_name order by as_of desc, path desc) as rank
    from quality.files

)

select
    files.table_name,  -- export
    files.path,  -- the file
    files.status,  -- what the loader made of it
    files.as_of  -- day of the run

from files
where files.rank = 1
