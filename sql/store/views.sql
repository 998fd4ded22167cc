-- store.views — one row per view of a schema.
-- grain: view_name
select
    known.view_name,  -- view
    known.sql as view_statement  -- the statement that made it

from duckdb_views() as known
where known.schema_name = $schema and not known.internal
