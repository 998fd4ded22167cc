"""One delivered file on its way from a source to the warehouse, and how it is to be read.

`sources` makes one per file (or query result); `engines` reads what `readable` points at. The rows
themselves never cross between the rooms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import NEWS, FileLoad

ReadableKind = Literal["csv", "jsonl", "parquet"]
HashPeople = Callable[[str, Sequence[str]], Sequence[str | None]]
"""Person type and distinct raw values → keyed hash of each, None for what is no such value."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file, sheet or query result of one export.

    Attributes:
        file_id: `<table>/<path relative to the study>`, stable between runs.
        sha256: fingerprint of the bytes as delivered; of the rows for a database.
        encoding: how the text was written, declared or detected.
        readable: UTF-8 text or Parquet holding the rows; None when the file cannot be read, or when
            its fingerprint is known and nothing had to be prepared.
        headers: the system's own headers in the order they stand in the file.
        skipped_lines: lines above the header line of a text file.
        is_typed: dates and numbers were values in the source, not text.
        has_nul_bytes: the text holds bytes of value 0, which no cell may.
        number_places: places of headers whose values were numbers in the source, not text.
        records: rows the file holds, counted without the reader that loads them; None where nothing
            was prepared.
        blanks: places of blank lines among the records of a delimited text, its header and the lines
            above that, counted from 1.
        findings: what preparing found beside errors.
        original: the file as delivered, with its size and time of change when it was fingerprinted;
            None for a database.
        error: why the file cannot be read; names the file, what was found and the remedy.
        may_pass_later: reading again may succeed without anybody doing anything.
    """

    file_id: str
    table: str
    path: str
    sha256: str = ""
    bytes: int = 0
    encoding: str = ""
    kind: ReadableKind = "csv"
    readable: PurePath | None = None
    headers: tuple[str, ...] = ()
    delimiter: str = ","
    skipped_lines: int = 0
    is_typed: bool = False
    has_nul_bytes: bool = False
    number_places: frozenset[int] = frozenset()
    records: int | None = None
    blanks: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    original: Path | None = None
    stamp: tuple[int, int] = (0, 0)
    error: str = ""
    may_pass_later: bool = False


@dataclass(frozen=True, slots=True)
class Staging:
    """A delivery as typed rows waiting for its validation, in `exports.<incoming_table>`.

    Attributes:
        files: every file of the contract; those with news are `loaded` or `replaced` provisionally.
        rows_read: rows of the new and changed files alone, as are the counts below.
        rows_staged: rows that wait; cast failures are already quarantined and exact duplicates dropped.
        findings: what reading found beside the rows: unreadable files, missing or unknown columns.
    """

    table: str
    incoming_table: str
    files: tuple[FileLoad, ...]
    rows_read: int = 0
    rows_staged: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    findings: tuple[Finding, ...] = ()

    @property
    def has_news(self) -> bool:
        """Whether a file is new or changed; without news there is nothing to validate or accept."""
        return any(file.status in NEWS for file in self.files)
