"""Stata files and bzip2: read with every digit, and a broken one is told from a good one."""

import bz2
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from roi_pipeline.domain.contracts import Column, Contract, FileLocation
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.sources.delivering import deliver_export
from roi_pipeline.sources.stata import stata_to_parquet


def deliver(tmp_path: Path, name: str, content: bytes, kind: str):
    folder = tmp_path / "study"
    (folder / "exports").mkdir(parents=True)
    (folder / "exports" / name).write_bytes(content)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    location = FileLocation("exports/*", kind)  # type: ignore[arg-type]
    contract = Contract("shop", "sales", location, (Column("a", "text", ("a",)),))
    (delivery,) = deliver_export(contract, folder=folder, scratch=scratch)
    return delivery


def stata(tmp_path: Path, frame: pd.DataFrame) -> Path:
    path = tmp_path / "survey.dta"
    frame.to_stata(path, write_index=False)
    return path


def test_a_stata_file_keeps_digits_labels_whole_numbers_and_gaps(tmp_path) -> None:
    frame = pd.DataFrame(
        {
            "earned": pd.Series([9930.0459, 0.1], dtype="float32"),
            "age": pd.Series([37, None], dtype="Int64"),
            "answer": pd.Categorical(["yes", "no"]),
            "day": pd.to_datetime(["1978-03-01", "1978-03-02"]),
        }
    )
    target = tmp_path / "out.parquet"
    names = stata_to_parquet(stata(tmp_path, frame), target, name="survey.dta")
    rows = pl.read_parquet(target)
    assert names == ("earned", "age", "answer", "day")
    assert rows.columns == ["c0", "c1", "c2", "c3"]
    assert rows["c0"].to_list() == pytest.approx([9930.0459, 0.1], rel=1e-7)
    assert rows["c0"].dtype == pl.Float64
    assert rows["c1"].to_list() == [37, None]
    assert rows["c1"].dtype.is_integer()
    assert rows["c2"].to_list() == ["yes", "no"]
    assert [day.date().isoformat() for day in rows["c3"]] == ["1978-03-01", "1978-03-02"]


@pytest.mark.parametrize("content", [b"", b"no Stata file at all " * 40], ids=["empty", "text"])
def test_what_is_no_stata_file_is_refused(tmp_path, content) -> None:
    path = tmp_path / "survey.dta"
    path.write_bytes(content)
    with pytest.raises(NeedsAHuman, match=r"survey\.dta is no whole Stata file"):
        stata_to_parquet(path, tmp_path / "out.parquet", name="survey.dta")


def test_a_stata_file_cut_short_is_refused(tmp_path) -> None:
    whole = stata(tmp_path, pd.DataFrame({"a": range(5000)})).read_bytes()
    delivery = deliver(tmp_path, "survey.dta", whole[: len(whole) // 2], "stata")
    assert "no whole Stata file" in delivery.error


def test_a_stata_file_is_delivered_as_typed_parquet(tmp_path) -> None:
    whole = stata(tmp_path, pd.DataFrame({"a": [1, 2]})).read_bytes()
    delivery = deliver(tmp_path, "survey.dta", whole, "stata")
    assert (delivery.kind, delivery.headers, delivery.error) == ("parquet", ("a",), "")


def test_bzip2_is_unpacked_and_fingerprinted_as_delivered(tmp_path) -> None:
    packed = bz2.compress(b"a\n1\n2\n")
    delivery = deliver(tmp_path, "sales.csv.bz2", packed, "csv")
    assert delivery.readable is not None
    assert delivery.readable.read_bytes() == b"a\n1\n2\n"
    assert delivery.bytes == len(packed)


def test_bzip2_that_ends_too_early_is_tried_again(tmp_path) -> None:
    packed = bz2.compress(bytes(range(256)) * 400)
    delivery = deliver(tmp_path, "sales.csv.bz2", packed[: len(packed) // 2], "csv")
    assert "ends too early" in delivery.error
    assert delivery.may_pass_later


def test_damaged_bzip2_is_not_tried_again(tmp_path) -> None:
    packed = bytearray(bz2.compress(b"a\n1\n2\n" * 500))
    packed[20:30] = b"\0" * 10
    delivery = deliver(tmp_path, "sales.csv.bz2", bytes(packed), "csv")
    assert "damaged bzip2" in delivery.error
    assert not delivery.may_pass_later
