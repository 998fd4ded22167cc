-- store.kept_tables — one row per table or view of some schemas.
-- grain: table_schema, table_name
select
    known.table_schema,  -- layer
    known.table_name  -- name without the schema

from information_schema.tables as known
where list_contains($schemas, known.table_schema)
