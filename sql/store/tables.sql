-- store.tables — one row per table of a schema.
-- grain: table_name
select known.table_name  -- name without the schema

from information_schema.tables as known
where known.table_schema = $schema
