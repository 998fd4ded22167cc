-- loading.quarantined_rows — one row per quarantined row and reason, of one export or of all.
-- grain: table_name, place
with

numbered as (

    select
        table_name,
        source_file_id,
        source_row_number,
        column_name,
        value,
        reason,
        row_number() over (
            partition by table_name
            order by source_file_id, source_row_number, rule
        ) as place
    from quality.quarantine
    where
        cast($table as varchar) is null
        or table_name = $table

)

select
    numbered.table_name,  -- export
    numbered.place,  -- number among the rows of the export
    numbered.source_file_id,  -- file
    numbered.source_row_number,  -- row of the file
    numbered.column_name,  -- column
    numbered.value,  -- value as it may be shown
    numbered.reason  -- why

from numbered
where
    cast($most as integer) is null
    or numbered.place <= $most
