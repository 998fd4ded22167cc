-- loading.own_path — one row in all, with the file of the database; null in memory.
select known.path  -- file

from duckdb_databases() as known
where known.database_name = current_database()
