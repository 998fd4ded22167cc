-- store.schema_versions — one row per version the shape of the warehouse has had.
-- grain: version
select
    versions.version,  -- number of the migration that led to it
    versions.product  -- version of the product that wrote it

from quality.schema_versions as versions
