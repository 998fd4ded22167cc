"""The load log: what was delivered, what is loaded, what was quarantined and why.

`quality.files` holds the last attempt of each file, `quality.loaded_files` the state whose rows
stand in the exports, so a refused or unreadable delivery never hides the good one before it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import STORED_TYPES, Contract
from roi_pipeline.domain.loads import FileLoad
from roi_pipeline.domain.study import Study
from roi_pipeline.engines.queries import insert_values, keep_view, read_rows
from roi_pipeline.engines.sql_expressions import all_rows

if TYPE_CHECKING:
    import duckdb

# Raise it when the meaning of a contract changes, so that every file is read anew.
READING_VERSION = 1
LOAD_COLUMNS = tuple(field.name for field in fields(FileLoad))
FILE_COLUMNS = """
    file_id varchar, table_name varchar, path varchar, sha256 varchar, bytes bigint, status varchar,
    rows_read bigint, rows_loaded bigint, rows_quarantined bigint, rows_duplicate bigint,
    rows_superseded bigint, encoding varchar, error varchar, reading_sha256 varchar, as_of date
"""
QUARANTINE_COLUMNS = """
    table_name varchar, source_file_id varchar, source_row_number bigint, column_name varchar,
    value varchar, rule varchar, reason varchar, is_refused boolean
"""
DUPLICATE_COLUMNS = """
    table_name varchar, source_file_id varchar, source_row_number bigint,
    kept_file_id varchar, kept_row_number bigint
"""
# Digests of keys that several rows claim, so that acceptance need not look for them again.
REPEATED_COLUMNS = "table_name varchar, digest ubigint"
BOOKS = {
    "files": FILE_COLUMNS,
    "loaded_files": FILE_COLUMNS,
    "_staged_files": FILE_COLUMNS,
    "quarantine": QUARANTINE_COLUMNS,
    "_staged_quarantine": QUARANTINE_COLUMNS,
    "duplicates": DUPLICATE_COLUMNS,
    "_staged_duplicates": DUPLICATE_COLUMNS,
    "_staged_repeated": REPEATED_COLUMNS,
}


def literal(text: str) -> str:
    """The text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def open_books(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create the schemas and tables of the load log where they are missing."""
    for schema in ("exports", "quality"):
        connection.execute(f"create schema if not exists {schema}")
    for name, columns in BOOKS.items():
        connection.execute(f"create table if not exists quality.{name} ({columns})")


def export_table(contract: Contract) -> str:
    """Where accepted rows stand."""
    return f"exports.{quoted(contract.table)}"


def incoming_table(contract: Contract) -> str:
    """Where rows wait for their validation."""
    return f"exports.{quoted(incoming_name(contract))}"


def incoming_name(contract: Contract) -> str:
    """Name of the incoming table without its schema."""
    return f"_incoming__{contract.table}"


def superseded_table(contract: Contract) -> str:
    """Where rows stand that a later delivery of their key replaced."""
    return f"exports.{quoted(f'_superseded__{contract.table}')}"


def column_list(contract: Contract, prefix: str = "") -> str:
    """The contract's own columns as SQL."""
    return ", ".join(f"{prefix}{quoted(column.name)}" for column in contract.columns)


def table_columns(contract: Contract) -> str:
    """Column definitions of an export table."""
    own = ", ".join(f"{quoted(c.name)} {STORED_TYPES[c.type]}" for c in contract.columns)
    return f"{own}, source_file_id varchar, source_row_number bigint"


def reading_fingerprint(contract: Contract, study: Study) -> str:
    """Changes whenever the same bytes would become other rows."""
    bare = replace(contract, owner="", comment="", file="")
    key = hashlib.blake2b(b"reading", key=hashlib.sha256(study.people_key.encode()).digest())
    parts = (str(READING_VERSION), repr(bare), study.timezone, study.country, key.hexdigest())
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def known_fingerprints(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, *, study: Study
) -> dict[str, str]:
    """File id → fingerprint of the files that are loaded and need not be read again."""
    open_books(connection)
    reading = reading_fingerprint(contract, study)
    return dict(
        read_rows(connection, "loading.known_fingerprints", table=contract.table, reading=reading)
    )


def loads_of_earlier_readings(
    connection: "duckdb.DuckDBPyConnection", contract: Contract, *, study: Study
) -> tuple[FileLoad, ...]:
    """Loaded files whose rows were read by another contract than this one."""
    open_books(connection)
    reading = reading_fingerprint(contract, study)
    rows = read_rows(connection, "loading.other_readings", table=contract.table, reading=reading)
    ids = {row[0] for row in rows}
    loads = read_loads(connection, "loaded_files", table=contract.table)
    return tuple(load for load in loads if load.file_id in ids)


def read_loads(
    connection: "duckdb.DuckDBPyConnection", book: str, *, table: str | None = None
) -> tuple[FileLoad, ...]:
    """The file records of one book, in the order of their ids."""
    keep_view(connection, "_load_log", all_rows(f"quality.{book}"))
    rows = read_rows(connection, "loading.file_loads", table=table)
    return tuple(FileLoad(*row) for row in rows)


def write_loads(
    connection: "duckdb.DuckDBPyConnection",
    book: str,
    loads: Iterable[FileLoad],
    *,
    reading: str,
    as_of: date | None,
) -> None:
    """Replace the records of these files in one book."""
    loads = list(loads)
    if not loads:
        return
    connection.execute(
        f"delete from quality.{book} where list_contains($ids, file_id)",
        {"ids": [load.file_id for load in loads]},
    ).fetchall()
    rows = [[*(getattr(load, name) for name in LOAD_COLUMNS), reading, as_of] for load in loads]
    columns = ["table_name" if name == "table" else name for name in LOAD_COLUMNS]
    columns += ["reading_sha256", "as_of"]
    insert_values(connection, f"quality.{book}", rows, columns=columns)


def read_file_loads(
    connection: "duckdb.DuckDBPyConnection", *, table: str | None = None
) -> tuple[FileLoad, ...]:
    """Result of every file, or of every file of one export, at its last attempt, in the order of their ids."""
    open_books(connection)
    return read_loads(connection, "files", table=table)
