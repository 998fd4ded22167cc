"""Turns one sheet of a workbook into Parquet of texts; formulas count as the values they show."""

import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from roi_pipeline.domain.contracts import FileLocation
from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.sources.archives import DAMAGE, Allowance

if TYPE_CHECKING:
    import fastexcel
    import polars as pl


def sheet_to_parquet(
    path: Path, target: Path, location: FileLocation, *, name: str
) -> tuple[str, ...]:
    """Write the sheet's rows below the header and return the headers; empty rows are no rows.

    Raises:
        NeedsAHuman: this is no workbook, the sheet is missing, or its header row is empty.
    """
    import fastexcel
    import polars as pl

    book = _opened(path, location, name=name)
    if not book.sheet_names:
        raise NeedsAHuman(f"{name} is a workbook without a sheet; have it delivered anew")
    if location.sheet is not None and location.sheet not in book.sheet_names:
        raise UnknownName(f"sheet of {name}", location.sheet, book.sheet_names)
    sheet = location.sheet if location.sheet is not None else book.sheet_names[0]
    try:
        cells = book.load_sheet(
            sheet, header_row=None, skip_rows=location.header_row - 1, dtypes="string"
        ).to_polars()
    except fastexcel.FastExcelError as error:
        raise NeedsAHuman(
            f"sheet {sheet!r} of {name} has no row {location.header_row} with headers; "
            "correct sheet or header_row in [location]"
        ) from error
    headers = _headers(cells)
    if not any(headers):
        raise NeedsAHuman(
            f"row {location.header_row} of sheet {sheet!r} of {name} is empty; "
            "correct sheet or header_row in [location]"
        )
    if location.decimal_mark == ",":
        cells = _numbers_with_comma(cells, _read_as_flags(book, sheet, location))
    rows = cells.slice(1).filter(~pl.all_horizontal(pl.all().is_null()))
    rows.rename(dict(zip(rows.columns, _numbered(rows.width), strict=True))).write_parquet(target)
    return headers


def sheet_texts(path: Path, titles: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Every row of the first sheet with one of these titles, each field as the text it shows.

    Raises:
        NeedsAHuman: this is no workbook.
        UnknownName: no sheet has such a title.
    """
    book = _opened(path, FileLocation(glob=path.name, kind="xlsx"), name=path.name)
    found = [name for name in book.sheet_names if name in titles]
    if not found:
        raise UnknownName(f"sheet of {path.name}", min(titles), book.sheet_names)
    cells = book.load_sheet(found[0], header_row=None, dtypes="string").to_polars()
    return tuple(tuple((field or "").strip() for field in row) for row in cells.rows())


def _opened(path: Path, location: FileLocation, *, name: str) -> "fastexcel.ExcelReader":
    import fastexcel

    _refuse_damaged(path, location, name=name)
    try:
        return fastexcel.read_excel(path)
    except (fastexcel.FastExcelError, ValueError, OSError) as error:
        raise NeedsAHuman(
            f"{name} is no workbook that can be opened ({(str(error).splitlines() or [''])[0]}); "
            "save it as .xlsx without a password"
        ) from error


def _refuse_damaged(path: Path, location: FileLocation, *, name: str) -> None:
    """Refuse a workbook that unpacks to more than the limits allow, or whose sheets are no XML.

    The reader takes broken XML for what it can make of it, and leaves out the rest without a word.
    """
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
            Allowance(location.limits, path.stat().st_size, name, unpacked).check()
            for part in parts.namelist():
                if part.startswith("xl/") and part.endswith((".xml", ".rels")):
                    with parts.open(part) as content:
                        expat.ParserCreate().ParseFile(content)
    except (expat.ExpatError, OSError, *DAMAGE) as error:
        if (
            isinstance(error, OSError) and error.errno is not None
        ):  # the disk's fault, not the file's
            raise
        raise NeedsAHuman(
            f"{name} is a damaged workbook ({error}); have it delivered anew"
        ) from error


def _read_as_flags(book, sheet: str, location: FileLocation) -> "pl.DataFrame":  # noqa: ANN001 - fastexcel's book
    """The same cells as truth values, which numbers have and texts have not."""
    return book.load_sheet(
        sheet, header_row=None, skip_rows=location.header_row - 1, dtypes="boolean"
    ).to_polars()


def _numbers_with_comma(cells: "pl.DataFrame", flags: "pl.DataFrame") -> "pl.DataFrame":
    """The cells as the export writes numbers in its texts, those that were numbers included."""
    import polars as pl

    return cells.with_columns(
        pl.when(flags[name].is_not_null())
        .then(pl.col(name).str.replace(".", ",", literal=True))
        .otherwise(pl.col(name))
        .alias(name)
        for name in cells.columns
    )


def _headers(cells: "pl.DataFrame") -> tuple[str, ...]:
    return tuple(value or "" for value in cells.row(0)) if cells.height else ()


def _numbered(count: int) -> list[str]:
    return [f"c{number}" for number in range(count)]
