"""Headers of Parquet files whose bytes were damaged on the way."""

from pathlib import Path

import polars as pl
import pytest

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.sources.tables import parquet_headers


def test_a_column_name_that_is_no_text_is_a_broken_file(tmp_path: Path) -> None:
    """Found by the 10,000 mutations: one flipped bit ended the whole export in a traceback."""
    path = tmp_path / "a.parquet"
    pl.DataFrame({"né": [1]}).write_parquet(path)
    healthy = path.read_bytes()
    path.write_bytes(healthy.replace("né".encode(), b"n\xe1a"))
    with pytest.raises(NeedsAHuman, match=r"a\.parquet is no whole Parquet file .* delivered anew"):
        parquet_headers(path, name="a.parquet")
    path.write_bytes(healthy)
    assert parquet_headers(path, name="a.parquet") == ("né",)
