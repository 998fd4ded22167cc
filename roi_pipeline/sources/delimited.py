"""Reads the header of a delimited text and finds its delimiter; the rows are left to the database.

Columns parted by runs of blanks, and texts without a header line, are written anew first, in a form
the database reads.
"""

import csv
import io
import shutil
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.errors import NeedsAHuman

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_LINES = 20
LONGEST_HEADER = 1 << 20
WHITESPACE = "whitespace"
TAB = "\t"


def columns_parted(source: Path, target: Path) -> None:
    """Write columns parted by runs of blanks with one tab between them; a line stays a line."""
    with (
        source.open(encoding="utf-8-sig", errors="replace", newline="") as lines,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file, delimiter=TAB, lineterminator="\n").writerows(
            line.split() for line in lines
        )


def header_added(
    source: Path, target: Path, contract: Contract, *, declared: str | None, name: str
) -> None:
    """Write the text below a header line that numbers its columns from 1.

    Raises:
        NeedsAHuman: there is no line to count columns of.
    """
    first, delimiter = read_headers(source, contract, declared=declared, header_row=1, name=name)
    numbers = (str(number) for number, _ in enumerate(first, 1))
    with (
        source.open(encoding="utf-8-sig", errors="replace", newline="") as text,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        file.write(delimiter.join(numbers) + "\n")
        shutil.copyfileobj(text, file)


def read_headers(
    path: Path, contract: Contract, *, declared: str | None, header_row: int, name: str
) -> tuple[tuple[str, ...], str]:
    """The headers of a UTF-8 text and the delimiter between them.

    Raises:
        NeedsAHuman: there is no header line, or it is longer than any header can be.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        for _ in range(header_row - 1):
            file.readline(LONGEST_HEADER)
        sample = "".join(islice(iter(lambda: file.readline(LONGEST_HEADER), ""), SAMPLE_LINES))
    if not sample.strip():
        raise NeedsAHuman(
            f"{name} has no header line {header_row}; deliver it anew, "
            "or correct header_row in [location]"
        )
    try:
        delimiter = declared or _likeliest_delimiter(sample, contract)
        headers = _first_record(sample, delimiter)
    except csv.Error as error:
        raise NeedsAHuman(
            f"the header line of {name} cannot be read ({error}); have it delivered anew"
        ) from error
    if len("".join(headers)) >= LONGEST_HEADER:
        raise NeedsAHuman(f"the header line of {name} is over 1 MB long; have it delivered anew")
    return headers, delimiter


def _first_record(sample: str, delimiter: str) -> tuple[str, ...]:
    limit = csv.field_size_limit(LONGEST_HEADER * 2)
    try:
        return tuple(next(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)))
    finally:
        csv.field_size_limit(limit)


def _likeliest_delimiter(sample: str, contract: Contract) -> str:
    """The delimiter that shows most of the contract's headers, then the one that stands most."""
    known = {header.strip().casefold() for column in contract.columns for header in column.headers}

    def score(delimiter: str) -> tuple[int, int]:
        headers = _first_record(sample, delimiter)
        return len(known & set(_folded(headers))), len(headers)

    return max(DELIMITERS, key=score)


def _folded(headers: Iterable[str]) -> Iterable[str]:
    return (header.strip().casefold() for header in headers)
