-- store.tables — one row per table of a schema.
-- grain: table_name
select tables.table_name  -- name without the schema

from information_schema.tables as tables
where tables.table_schema = $schema
