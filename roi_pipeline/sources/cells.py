"""All cells of one file or frame as text, by the file's own headers: what `roi evaluate` looks at first.

What the cells mean is for the caller; how the rows are loaded into the warehouse is for `engines`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import polars as pl

from roi_pipeline.domain.contracts import Contract, FileKind, FileLocation
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.sources.delivering import deliver_export

KINDS: Mapping[str, FileKind] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".parquet": "parquet", ".dta": "stata",
}  # fmt: skip
PACKED = frozenset({".gz", ".bz2", ".zip"})


class ArrowStream(Protocol):
    """A frame of any library that hands its rows over as an Arrow stream."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows."""
        ...


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a file.

    Attributes:
        columns: every cell as text, None where there is none; columns by their headers.
        kind: how the file is written.
        delimiter: between the columns of a delimited text.
    """

    columns: pl.DataFrame
    kind: FileKind
    delimiter: str = ","


def kind_of(path: Path) -> FileKind:
    """How a file is written, by the end of its name.

    >>> kind_of(Path("prices.csv.bz2")), kind_of(Path("people.dta"))
    ('csv', 'stata')

    Raises:
        NeedsAHuman: the end of the name says nothing.
    """
    endings = [suffix.lower() for suffix in path.suffixes]
    plain = [suffix for suffix in endings if suffix not in PACKED]
    if not plain or plain[-1] not in KINDS:
        raise NeedsAHuman(
            f"{path.name}: how it is written cannot be seen from its name; expected one of "
            f"{', '.join(KINDS)}, packed or not. Rename the file"
        )
    return KINDS[plain[-1]]


def read_cells(path: Path, scratch: Path) -> Cells:
    """Every cell of a file as a run would read it.

    Raises:
        NeedsAHuman: the file cannot be read, or holds several tables.
    """
    kind = kind_of(path)
    contract = Contract("evaluated", "rows", FileLocation(path.name, kind), ())
    found = deliver_export(contract, folder=path.parent, scratch=scratch)
    broken = next((delivery.error for delivery in found if delivery.error), "")
    if broken:
        raise NeedsAHuman(broken)
    if len(found) != 1 or found[0].readable is None:
        raise NeedsAHuman(f"{path.name} holds {len(found)} tables; expected one. Split the file")
    delivery, readable = found[0], Path(found[0].readable)
    if delivery.kind == "csv":
        frame = pl.read_csv(
            readable, separator=delivery.delimiter, infer_schema=False, truncate_ragged_lines=True,
            has_header=False, skip_rows=1 + delivery.skipped_lines, encoding="utf8-lossy",
            new_columns=_numbered(len(delivery.headers)),
        )  # fmt: skip
    elif delivery.kind == "jsonl":
        frame = pl.read_ndjson(readable, infer_schema_length=None).select(delivery.headers)
    else:
        frame = pl.read_parquet(readable)
    headers = [header.strip() for header in delivery.headers]
    frame = frame.rename(dict(zip(frame.columns, headers, strict=False)))
    return Cells(_as_text(frame), kind, delivery.delimiter)


def write_frame_file(frame: object, path: Path) -> None:
    """A Polars, pandas or Arrow frame as a Parquet file; an index without a name is left out.

    Raises:
        NeedsAHuman: it is no frame.
    """
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    if not isinstance(frame, pl.DataFrame):
        if not hasattr(frame, "__arrow_c_stream__"):
            raise NeedsAHuman(
                f"expected a Polars, pandas or Arrow frame, found {type(frame).__name__}; "
                "for a file write evaluate_file(path, …)"
            )
        frame = pl.DataFrame(cast("Any", frame))
    kept = [name for name in frame.columns if not name.startswith("__index_level_")]
    frame.select(kept).write_parquet(path)


def _numbered(count: int) -> list[str]:
    return [f"c{number}" for number in range(count)]


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells as text, blanks around them removed; whole numbers stay whole, nothing is `NaN`."""
    made = list[pl.Expr]()
    for name, kind in frame.schema.items():
        cell = pl.col(name)
        if kind.is_float():
            cell = pl.when(cell.is_finite()).then(cell)
        text = cell.cast(pl.String).str.strip_chars()
        made.append(pl.when(text != "").then(text).alias(name))
    return frame.select(made)
