"""The first rows of a delivery, for trying a contract on them without reading the whole of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from roi_pipeline.domain.deliveries import Delivery

HEAD_ROWS = 1000
LONGEST_HEAD = 10_000
QUOTE = b'"'


def head_of(delivery: Delivery, scratch: Path, *, rows: int = HEAD_ROWS) -> Delivery:
    """The delivery with a copy of its first rows in the place of all of them."""
    if delivery.readable is None:
        return delivery
    head = scratch / f"{delivery.sha256[:16]}_{abs(hash(delivery.file_id))}"
    if delivery.kind == "parquet":
        _write_parquet_head(Path(delivery.readable), head, rows)
    else:
        wanted = rows + delivery.skipped_lines + 1
        with Path(delivery.readable).open("rb") as source, head.open("wb") as target:
            target.writelines(_first_records(source, wanted))
    size = head.stat().st_size
    return replace(delivery, readable=head, bytes=size, records=None, original=None)


def _first_records(source: IO[bytes], wanted: int) -> Iterator[bytes]:
    """Lines up to the wanted one, and on to the end of a record that spans several."""
    is_open = False
    for number, line in enumerate(source, 1):
        yield line
        is_open ^= line.count(QUOTE) % 2 == 1
        if number >= LONGEST_HEAD or (number >= wanted and not is_open):
            return


def _write_parquet_head(source: Path, target: Path, rows: int) -> None:
    import polars as pl

    pl.scan_parquet(source).head(rows).collect().write_parquet(target)
