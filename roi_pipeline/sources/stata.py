"""Turns a Stata file into Parquet with numbered columns; labelled values become their labels."""

import struct
from pathlib import Path

from roi_pipeline.domain.errors import NeedsAHuman


def stata_to_parquet(path: Path, target: Path, *, name: str) -> tuple[str, ...]:
    """Write the rows of a `.dta` file, read whole, and return the names of its variables.

    Missing values are none, and whole numbers beside them stay whole.

    Raises:
        NeedsAHuman: it is none, or not a whole one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pandas.io.stata import StataReader

    try:
        with StataReader(path) as reader:
            frame = reader.read()
    except (ValueError, KeyError, IndexError, EOFError, struct.error) as error:
        first = (str(error).splitlines() or [""])[0]
        raise NeedsAHuman(
            f"{name} is no whole Stata file ({first}); have it delivered anew"
        ) from error
    headers = tuple(str(column) for column in frame.columns)
    frame = frame.convert_dtypes(convert_string=False)
    frame.columns = [f"c{number}" for number in range(len(headers))]
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table.cast(pa.schema([_wide(field) for field in table.schema])), target)
    return headers


def _wide(field):  # noqa: ANN001, ANN202 - an Arrow field
    """Floats of four bytes written as text would lose digits; labels are texts."""
    import pyarrow as pa

    if pa.types.is_float32(field.type):
        return field.with_type(pa.float64())
    if pa.types.is_dictionary(field.type):
        return field.with_type(pa.string())
    return field
