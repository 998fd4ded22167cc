"""Everything a study's folder holds, as bytes to search: files, what is packed in them, databases."""

import gzip
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(where, bytes) of every file below a folder, databases and packed files opened as well."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content, name = path.read_bytes(), path.relative_to(folder).as_posix()
        yield name, content
        if content[8:12] == b"DUCK":
            yield from _duckdb(path, name)
        elif content.startswith(b"SQLite format 3"):
            yield from _sqlite(path, name)
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                yield from (
                    (f"{name}/{member}", packed.read(member)) for member in packed.namelist()
                )
        elif content.startswith(b"\x1f\x8b"):
            yield name, gzip.decompress(content)
        elif content.startswith(b"PAR1"):
            yield name, pl.read_parquet(path).write_ndjson().encode()


def _duckdb(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(path, read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(f'select * from "{schema}"."{table}"').fetchall()
            yield f"{name}/{schema}.{table}", repr(rows).encode()


def _sqlite(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        tables = connection.execute(
            "select name from sqlite_master where type = 'table'"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f'select * from "{table}"').fetchall()
            yield f"{name}/{table}", repr(rows).encode()


def places(folder: Path, wanted: dict[str, str]) -> dict[str, list[str]]:
    """Label of what was planted → where it was found; what was found nowhere is left out."""
    found: dict[str, list[str]] = {}
    for name, content in contents(folder):
        for label, value in wanted.items():
            if value.encode() in content:
                found.setdefault(label, []).append(name)
    return found
