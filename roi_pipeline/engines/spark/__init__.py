"""Spark as the engine of facts and metrics: the same files of `sql/`, translated and run there.

Exports come in through the loader as ever, and are copied to Parquet (`lake`); what is asked of the
tables afterwards reads the results through DuckDB. `constructs` decides what may be translated,
`dialect` translates, `session` starts and stops Spark, `building` makes one table.
"""
