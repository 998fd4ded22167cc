"""What a generator planted: the true effects and the dirty rows, so that tests can look for them.

Written beside the exports as `planted_truth.json`; nothing in the product reads it.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

FILE_NAME = "planted_truth.json"
Found = Literal["quarantined", "duplicate", "superseded", "unknown_reference", "loaded"]


@dataclass(frozen=True, slots=True)
class PlantedEffect:
    """The true change of one metric by one module.

    Attributes:
        absolute: change in the metric's own unit; a rate as a fraction.
        relative: change against what it would have been; None where that is nothing.
        without: level of the treated units without the module.
        with_module: level with it.
    """

    module_id: str
    metric_id: str
    absolute: float
    relative: float | None
    without: float
    with_module: float


@dataclass(frozen=True, slots=True)
class DirtyRows:
    """A known number of rows of one kind in one file.

    Attributes:
        table: export table, `telephony__calls`.
        path: file relative to the study folder; for a database the path of the file it lies in.
        kind: what is wrong with the rows, in words.
        found: what must become of them: quarantined, dropped as exact duplicate, superseded by a
            later delivery of the key, counted as an unknown reference, or loaded as they are.
        column: the column whose rule they break; empty for rules over several columns.
        rule: name of the row rule they break; empty for rules of one column.
    """

    table: str
    path: str
    kind: str
    found: Found
    rows: int
    column: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PlantedTruth:
    """Everything that was planted in one generated study.

    Attributes:
        rows: file relative to the study folder → rows in it, dirty ones included.
    """

    study: str
    seed: int
    scale: float
    effects: tuple[PlantedEffect, ...]
    dirty: tuple[DirtyRows, ...]
    rows: dict[str, int]

    def effect(self, module_id: str, metric_id: str) -> PlantedEffect:
        """The planted effect of a module on a metric."""
        return next(
            effect
            for effect in self.effects
            if (effect.module_id, effect.metric_id) == (module_id, metric_id)
        )

    def count(self, table: str, found: Found) -> int:
        """Dirty rows of one table with one fate."""
        return sum(d.rows for d in self.dirty if (d.table, d.found) == (table, found))

    def write(self, folder: Path) -> None:
        """Write the truth as JSON into the study folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")


def read_planted_truth(folder: Path) -> PlantedTruth:
    """The truth written beside a generated study's exports."""
    found = json.loads((folder / FILE_NAME).read_text("utf-8"))
    return PlantedTruth(
        study=found["study"],
        seed=found["seed"],
        scale=found["scale"],
        effects=tuple(PlantedEffect(**effect) for effect in found["effects"]),
        dirty=tuple(DirtyRows(**rows) for rows in found["dirty"]),
        rows=found["rows"],
    )
