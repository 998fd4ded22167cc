"""The SQLAlchemy dialect through which Great Expectations talks to DuckDB.

SQLAlchemy loads this module when it meets `duckdb+roi://`; nothing else imports it. It repairs what
keeps `duckdb_engine` from serving GX: a rollback between query and fetch discards DuckDB's result;
reflection goes through pg_catalog and misses other schemas; and the user agent duckdb_engine adds
makes a second connection to an open file "a different configuration".
"""

from typing import Any
from urllib.parse import unquote

import duckdb_engine
import sqlalchemy as sa
from duckdb_engine import ConnectionWrapper
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.pool import StaticPool

COLUMNS_QUERY = """
select column_name, data_type
from duckdb_columns()
where database_name = current_database() and schema_name = ? and table_name = ?
order by column_index
"""
SQL_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "BIGINT": sa.BigInteger,
    "BOOLEAN": sa.Boolean,
    "DATE": sa.Date,
    "DOUBLE": sa.Float,
    "TIMESTAMP": sa.DateTime,
    "VARCHAR": sa.String,
}


class Dialect(duckdb_engine.Dialect):
    """DuckDB as GX needs it: one connection, no transactions, columns of any schema."""

    supports_statement_cache = False

    @classmethod
    def get_pool_class(cls, url: sa.URL) -> type[sa.Pool]:
        """One connection for all queries, so that temporary tables are seen by all of them."""
        del url
        return StaticPool

    def connect(self, *_: Any, **options: Any) -> Any:  # noqa: ANN401 - SQLAlchemy's signature
        """Connect to the percent-encoded path, adding nothing to the caller's configuration."""
        path, config = unquote(options["database"]), options.get("config") or {}
        duckdb = duckdb_engine.duckdb  # pyright: ignore[reportPrivateImportUsage]
        return ConnectionWrapper(duckdb.connect(path, config=dict(config)))

    def do_begin(self, connection: Any) -> None:  # noqa: ANN401
        """Leave DuckDB in autocommit."""

    def do_commit(self, dbapi_connection: Any) -> None:  # noqa: ANN401
        """Leave DuckDB in autocommit."""

    def do_rollback(self, connection: Any) -> None:  # noqa: ANN401
        """Keep the result that is still being fetched."""

    def get_columns(
        self,
        connection: sa.Connection,
        table_name: str,
        schema: str | None = None,
        **_: Any,  # noqa: ANN401
    ) -> list[Any]:
        """Columns of a table, from DuckDB's own catalogue."""
        found = connection.exec_driver_sql(COLUMNS_QUERY, (schema or "main", table_name)).fetchall()
        if not found:
            raise NoSuchTableError(table_name)
        return [
            {"name": name, "type": SQL_TYPES.get(kind, sa.types.NullType)(), "nullable": True,
             "default": None}
            for name, kind in found
        ]  # fmt: skip

    def get_pk_constraint(self, *_: Any, **__: Any) -> Any:  # noqa: ANN401
        """Export tables declare no primary key."""
        return {"constrained_columns": [], "name": None}
