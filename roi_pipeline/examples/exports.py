"""The exports of an example company: each table in its system's format, dirty rows strewn in, counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from roi_pipeline.examples.dirt import Dirt, kinds_of_file, soil
from roi_pipeline.examples.engine import Seeded
from roi_pipeline.examples.files import Writer
from roi_pipeline.examples.planted import DirtyRows, PlantedEffect, PlantedTruth

ISO = "%Y-%m-%d %H:%M:%S"
DIRTY_ROWS = 3


@dataclass
class Exports:
    """The folder being written, and the account of it."""

    folder: Path
    world: Seeded
    dirt: Mapping[str, tuple[Dirt, ...]]
    dirty_rows: int = DIRTY_ROWS
    rows: dict[str, int] = field(default_factory=dict[str, int])
    dirty: list[DirtyRows] = field(default_factory=list[DirtyRows])

    def write(self, table: str, files: Mapping[str, pl.DataFrame], writer: Writer) -> None:
        """Write the files of a table with the dirty rows known for it."""
        rng = self.world.stream(1000 + sum(table.encode()))
        for number, (name, frame) in enumerate(files.items()):
            path, written, found = f"exports/{name}", frame, list[DirtyRows]()
            if table in self.dirt:
                kinds = kinds_of_file(self.dirt[table], number, len(files))
                written, found = soil(
                    rng, frame, table=table, path=path, kinds=kinds, rows=self.dirty_rows
                )
            self.write_clean(name, written, writer)
            self.dirty.extend(found)

    def write_texts(
        self, table: str, files: Mapping[str, pl.DataFrame], writer: Writer, *, form: str = ISO
    ) -> None:
        """The same with every value as a text."""
        self.write(table, {name: texts(frame, form) for name, frame in files.items()}, writer)

    def write_clean(self, name: str, frame: pl.DataFrame, writer: Writer) -> None:
        """Write one file as it is."""
        path = f"exports/{name}"
        writer(frame, self.folder / path)
        self.rows[path] = frame.height

    def note_superseded(self, table: str, name: str, rows: int) -> None:
        """Record rows of a file that a later file delivers again."""
        if rows:
            path = f"exports/{name}"
            self.dirty.append(DirtyRows(table, path, "delivered again", "superseded", rows))

    def truth(
        self, study: str, effects: tuple[PlantedEffect, ...], *, seed: int, scale: float
    ) -> PlantedTruth:
        """Write what was planted beside the exports."""
        truth = PlantedTruth(study, seed, scale, effects, tuple(self.dirty), self.rows)
        truth.write(self.folder)
        return truth


def by_month(frame: pl.DataFrame, column: str, name: str) -> dict[str, pl.DataFrame]:
    """`calls_2025-01.csv` → its rows; `name` holds `{}` for the month."""
    month = frame.with_columns(pl.col(column).dt.strftime("%Y-%m").alias("_month"))
    parts = month.partition_by("_month", as_dict=True, include_key=False)
    return {name.format(key[0]): parts[key] for key in sorted(parts)}


def times_as_texts(frame: pl.DataFrame, form: str) -> pl.DataFrame:
    """Times written as the system writes them; of days only the first part of the form."""
    shape = form.split(" ", maxsplit=1)[0]
    written = {
        name: pl.col(name).dt.strftime(shape if kind == pl.Date else form)
        for name, kind in frame.schema.items()
        if kind.is_temporal()
    }
    return frame.with_columns(**written)


def texts(frame: pl.DataFrame, form: str) -> pl.DataFrame:
    """Every value as the system writes it."""
    return times_as_texts(frame, form).with_columns(pl.all().cast(pl.String).replace({"": None}))
