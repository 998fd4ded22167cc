"""Writes a centre's tables in each system's own format, dirty rows strewn in, and counts them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
import polars as pl

from roi_pipeline.examples.clinic_dirt import HOSTILE_TEXTS, Dirt, soil
from roi_pipeline.examples.clinic_files import (
    write_delimited,
    write_json_lines,
    write_sqlite,
    write_workbook,
)
from roi_pipeline.examples.planted import DirtyRows

Writer = Callable[[pl.DataFrame, Path], None]
ISO = "%Y-%m-%d %H:%M:%S"
DIRTY_ROWS = 3
DIRT: Mapping[str, tuple[Dirt, ...]] = {
    "dialler__calls": (
        Dirt("missing key", {"通话流水号": None}, "call_id_dialler"),
        Dirt("bad date", {"拨打时间": ("2025/13/45 09:00:00", "昨天上午")}, "started_at"),
        Dirt("negative duration", {"通话结果": "接通", "通话秒数": "-90"}, "talk_seconds"),
        Dirt("unknown code", {"通话结果": "转人工", "通话秒数": "0"}, "outcome_type"),
        Dirt(
            "talk time on a call nobody answered",
            {"通话结果": "占线", "通话秒数": "35"},
            rule="only_connected_calls_have_talk_time",
        ),
    ),
    "service__complaints": (
        Dirt("missing key", {"投诉编号": None}, "complaint_id_service"),
        Dirt("bad date", {"受理时间": "2025-02-30 10:00:00"}, "received_at"),
        Dirt("hostile text", {"原因分类": HOSTILE_TEXTS}, "cause_type", found="loaded"),
    ),
    "service__ratings": (
        Dirt("out of range", {"score": "11"}, "score"),
        Dirt("unknown code", {"question": "CES"}, "question_type"),
        Dirt(
            "a score off the scale", {"score": "9"}, rule="a_satisfaction_score_is_between_1_and_5"
        ),
    ),
    "workflow__tasks": (
        Dirt("bad date", {"created_at": "昨天"}, "created_at"),
        Dirt("unknown code", {"task_type": "请假"}, "task_type"),
    ),
}


class Streams(Protocol):
    """Whatever the tables were drawn from: independent random numbers for each table."""

    def stream(self, table: int) -> np.random.Generator:
        """Random numbers of one table."""
        ...


World = TypeVar("World", bound=Streams)


@dataclass
class Exports(Generic[World]):
    """The folder being written, and the account of it."""

    folder: Path
    centre: World
    dirt: Mapping[str, tuple[Dirt, ...]]
    rows: dict[str, int] = field(default_factory=dict[str, int])
    dirty: list[DirtyRows] = field(default_factory=list[DirtyRows])

    def write(
        self, table: str, files: Mapping[str, pl.DataFrame], writer: Writer, *, form: str = ISO
    ) -> None:
        """Write the files of a table as texts, with the dirty rows known for it."""
        rng = self.centre.stream(1000 + sum(table.encode()))
        for number, (name, frame) in enumerate(files.items()):
            path, found = f"exports/{name}", list[DirtyRows]()
            written = texts(frame, form)
            if table in self.dirt:
                kinds = kinds_of_file(self.dirt[table], number, len(files))
                written, found = soil(
                    rng, written, table=table, path=path, kinds=kinds, rows=DIRTY_ROWS
                )
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            writer(written, target)
            self.rows[path] = written.height
            self.dirty.extend(found)


def kinds_of_file(kinds: Sequence[Dirt], number: int, n_files: int) -> list[Dirt]:
    """The kinds a file gets: all in a single file, every fourth month in monthly ones."""
    return [dirt for place, dirt in enumerate(kinds) if n_files < 4 or (number + place) % 4 == 0]


def by_month(frame: pl.DataFrame, column: str, name: str) -> dict[str, pl.DataFrame]:
    """`calls_2025-01.csv` → its rows; `name` holds `{}` for the month."""
    month = frame.with_columns(pl.col(column).dt.strftime("%Y-%m").alias("_month"))
    parts = month.partition_by("_month", as_dict=True, include_key=False)
    return {name.format(key[0]): parts[key] for key in sorted(parts)}


def texts(frame: pl.DataFrame, form: str) -> pl.DataFrame:
    """Every value as the system writes it."""
    shape = form.split(" ", maxsplit=1)[0]
    written = {
        name: pl.col(name).dt.strftime(shape if kind == pl.Date else form)
        for name, kind in frame.schema.items()
        if kind.is_temporal()
    }
    return frame.with_columns(**written).with_columns(pl.all().cast(pl.String).replace({"": None}))


def gb18030(frame: pl.DataFrame, path: Path) -> None:
    """CSV as Chinese office software writes it."""
    write_delimited(frame, path, encoding="gb18030")


def with_bom(frame: pl.DataFrame, path: Path) -> None:
    """CSV in UTF-8 with a byte-order mark."""
    write_delimited(frame, path, encoding="utf-8-sig")


def plain(frame: pl.DataFrame, path: Path) -> None:
    """CSV in UTF-8."""
    write_delimited(frame, path, encoding="utf-8")


def semicolons(frame: pl.DataFrame, path: Path) -> None:
    """CSV in UTF-8 with semicolons."""
    write_delimited(frame, path, encoding="utf-8-sig", delimiter=";")


def json_lines(frame: pl.DataFrame, path: Path) -> None:
    """One JSON object a line."""
    write_json_lines(frame, path)


def workbook(sheet: str, title: str) -> Writer:
    """A workbook with a title row above the header."""

    def write(frame: pl.DataFrame, path: Path) -> None:
        write_workbook(frame, path, sheet=sheet, title=title)

    return write


def sqlite(table: str) -> Writer:
    """One table of a SQLite database."""

    def write(frame: pl.DataFrame, path: Path) -> None:
        write_sqlite(frame, path, table=table)

    return write
