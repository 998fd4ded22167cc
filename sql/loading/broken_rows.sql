-- loading.broken_rows — one row per staged row that breaks a rule, with the value as it may be shown.
-- grain: source_file_id, source_row_number
with

broken as (

    select
        shown.source_file_id,
        shown.source_row_number,
        min(shown.shown_value) as shown_value
    from _shown_rows as shown
    inner join _failing_rows as failing
        on
            shown.source_file_id = failing.source_file_id
            and shown.source_row_number = failing.source_row_number
    group by
        shown.source_file_id,
        shown.source_row_number

)

select
    broken.source_file_id,  -- file
    broken.source_row_number,  -- row of the file
    cast($broken_column as varchar) as column_name,  -- column the rule is about; null for rules about rows
    broken.shown_value,  -- value as it may be shown
    cast($rule as varchar) as rule_name  -- rule broken

from broken
