-- store.views — one row per view of a schema.
-- grain: name
select
    views.view_name as name,  -- view
    views.sql as definition  -- the statement that made it

from duckdb_views() as views
where views.schema_name = $schema and not views.internal
