"""Reads the headers of Parquet files and the keys of JSON lines; the rows are left to the database."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from roi_pipeline.domain.errors import NeedsAHuman

SAMPLE_LINES = 1000
LONGEST_LINE = 1 << 22
DEEPEST = 4


def parquet_headers(path: Path, *, name: str) -> tuple[str, ...]:
    """Column names of a Parquet file.

    Raises:
        NeedsAHuman: it is none, or not a whole one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # a name may be broken too
        first = (str(error).splitlines() or [""])[0]
        raise NeedsAHuman(
            f"{name} is no whole Parquet file ({first}); have it delivered anew"
        ) from error


def number_places(path: Path) -> frozenset[int]:
    """Places of the columns of a Parquet file that hold numbers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = pq.read_schema(path).types
    return frozenset(
        place
        for place, kind in enumerate(kinds)
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind)
    )


def json_keys(path: Path) -> tuple[str, ...]:
    """Keys of the first objects, in order of appearance; a broken line is left to the loading.

    Keys inside objects stand as JSON pointers, such as `/customer/phone`.
    """
    keys: dict[str, None] = {}
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for line in islice(iter(lambda: file.readline(LONGEST_LINE), ""), SAMPLE_LINES):
            try:
                value = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(value, dict):
                keys.update(dict.fromkeys(value))
                keys.update(dict.fromkeys(_pointers(value, "", DEEPEST)))
    return tuple(keys)


def _pointers(value: dict[str, Any], above: str, depth: int) -> Iterator[str]:
    """Pointers to what stands inside the objects of an object (RFC 6901)."""
    for key, inner in value.items():
        pointer = f"{above}/{key.replace('~', '~0').replace('/', '~1')}"
        if above:
            yield pointer
        if isinstance(inner, dict) and depth:
            yield from _pointers(inner, pointer, depth - 1)
