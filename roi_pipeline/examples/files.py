"""Writes the export files, each system in its own format, the same bytes for the same rows."""

import gzip
import io
import sqlite3
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl

Writer = Callable[[pl.DataFrame, Path], None]
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def delimited(encoding: str, delimiter: str = ",") -> Writer:
    """A text file; `.gz` and `.zip` at the end of the name compress it."""

    def write(frame: pl.DataFrame, path: Path) -> None:
        write_bytes(frame.write_csv(separator=delimiter).encode(encoding), path)

    return write


plain, with_bom, gb18030 = delimited("utf-8"), delimited("utf-8-sig"), delimited("gb18030")
semicolons, utf_16 = delimited("utf-8-sig", ";"), delimited("utf-16", "\t")


def json_lines(frame: pl.DataFrame, path: Path) -> None:
    """One JSON object a line."""
    write_bytes(frame.write_ndjson().encode(), path)


def write_bytes(content: bytes, path: Path) -> None:
    """The content, compressed as the name says, without a time stamp inside."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".gz":
            path.write_bytes(gzip.compress(content, compresslevel=6, mtime=0))
        case ".zip":
            memory = io.BytesIO()
            with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo(path.stem, FIXED_TIME), content)
            path.write_bytes(memory.getvalue())
        case _:
            path.write_bytes(content)


def parquet(frame: pl.DataFrame, path: Path) -> None:
    """A Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, compression="zstd")


def workbook(sheet: str, title: str, *, dates: tuple[str, ...] = ()) -> Writer:
    """A workbook as people send it: two sheets of prose first, a title row above the header.

    Cells of the columns in `dates` become real spreadsheet dates where they are dates at all; the
    others, and dates of other columns, are text. Nothing becomes a formula or a link.
    """

    def write(frame: pl.DataFrame, path: Path) -> None:
        import xlsxwriter

        path.parent.mkdir(parents=True, exist_ok=True)
        with xlsxwriter.Workbook(
            path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        ) as book:
            book.set_properties({"created": datetime(*FIXED_TIME)})  # noqa: DTZ001 - a fixed value
            as_date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
            for name, words in (("说明", "本表由 CRM 自动导出"), ("汇总", title)):
                book.add_worksheet(name).write_string(0, 0, words)
            page = book.add_worksheet(sheet)
            page.write_string(0, 0, title)
            for column, header in enumerate(frame.columns):
                page.write_string(1, column, header)
            for number, row in enumerate(frame.iter_rows(), 2):
                for column, value in enumerate(row):
                    moment = _moment(value) if frame.columns[column] in dates else None
                    if moment is not None:
                        page.write_datetime(number, column, moment, as_date)
                    elif value is not None:
                        page.write_string(number, column, value)

    return write


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def sqlite(table: str) -> Writer:
    """A table of a new SQLite database; every column is declared without a type."""

    def write(frame: pl.DataFrame, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        columns = ", ".join(f'"{name}"' for name in frame.columns)
        marks = ", ".join("?" for _ in frame.columns)
        connection = sqlite3.connect(path)
        try:
            with connection:
                connection.execute(f'create table "{table}" ({columns})')
                connection.executemany(
                    f'insert into "{table}" values ({marks})',  # noqa: S608 - our own names
                    frame.rows(),
                )
        finally:
            connection.close()

    return write
