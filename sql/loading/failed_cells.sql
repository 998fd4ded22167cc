-- loading.failed_cells — one row per value of a staged row that is none of its type.
-- grain: source_file_id, source_row_number, column_name, rule_name
with

cells as (

    select
        source_file_id,
        source_row_number,
        unnest(failures) as failure
    from _failed_rows
    where failures is not null

)

select
    $table as table_name,  -- export
    cells.source_file_id,  -- file
    cells.source_row_number,  -- row of the file
    cells.failure['column'] as column_name,  -- column whose value failed; null for lines
    cells.failure['value'] as shown_value,  -- value as it may be shown
    cells.failure['rule'] as rule_name,  -- rule broken
    cells.failure['reason'] as reason,  -- reason recorded
    false as is_refused  -- not the delivery: the row alone

from cells
