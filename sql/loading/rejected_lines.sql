-- loading.rejected_lines — one row per fault of a line that was not taken for a row, the gravest of a line first.
-- grain: line_number, is_number, column_place
select
    rejects.line as line_number,  -- line of the file
    rejects.error_type = 'CAST' as is_number,  -- whether only a number in it was not understood
    coalesce(rejects.column_idx, -1) as column_place,  -- place of the column, -1 for the whole line
    cast(rejects.error_type as varchar) as error_type,  -- fault as DuckDB names it
    rejects.csv_line,  -- the line
    rejects.error_message  -- DuckDB's message

from _roi_rejects as rejects
