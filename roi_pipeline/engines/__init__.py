"""The only room with DuckDB and sqlglot: the warehouse, the SQL catalogue, loading, panels.

What a number means is decided in `sql/` and in the catalogue of metrics; what it implies is decided
in `stats` and `finance`. This room moves rows and sums.
"""
