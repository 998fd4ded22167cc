-- loading.columns_of — one row per column of a table, in its order.
-- grain: column_index
select
    listed.column_index,  -- place
    listed.column_name,  -- name
    listed.data_type  -- type as DuckDB names it

from duckdb_columns() as listed
where
    listed.schema_name = $schema
    and listed.table_name = $name
