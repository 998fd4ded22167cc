"""Runs the studies of `tests/studies` through the main job, with the real files as their exports.

The files are copied into a temporary study folder; what is asked of a result is read from the JSON
report, as anybody outside would.
"""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DATA = Path(os.environ.get("ROI_DATA", Path(__file__).parents[3] / "shared" / "data"))
STUDIES = Path(__file__).parents[1] / "studies"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the public data sets are not in {DATA}; set ROI_DATA"
)
Json = dict[str, Any]


@dataclass(frozen=True)
class Report:
    """The JSON report of one cycle."""

    figures: Json

    def module(self, module_id: str) -> Json:
        """Everything about one module."""
        return next(m for m in self.figures["modules"] if m["module"]["id"] == module_id)

    def outcome(self, module_id: str, metric_id: str) -> Json:
        """The effect on a metric, or why there is none."""
        return self.module(module_id)["effects"]["outcomes"][metric_id]

    def benefit(self, module_id: str, line_id: str) -> Json:
        """A money line of the rated statement."""
        lines = self.module(module_id)["value"]["rated"]["benefits"]
        return next(line for line in lines if line["id"] == line_id)

    def rows(self, file: str) -> tuple[int, int]:
        """Rows read from an export file, and rows loaded."""
        (load,) = (f for f in self.figures["provenance"]["files"] if f["path"].endswith(file))
        return load["rows_read"], load["rows_loaded"]


def study_with(name: str, files: Iterable[str], folder: Path) -> Path:
    """A copy of a test study with files of the data sets as its exports."""
    study = folder / name
    shutil.copytree(STUDIES / name, study)
    (study / "exports").mkdir()
    for file in files:
        shutil.copyfile(DATA / file, study / "exports" / Path(file).name)
    return study


def report_of(study: Path, cycle: str) -> Report:
    """Run one cycle and read its report; everything has to have run."""
    from roi_pipeline.defs.run import evaluate_cycle
    from roi_pipeline.usecases.check import check_study
    from roi_pipeline.usecases.studies import last_known_day, study_in

    check_study(study)
    outcome = evaluate_cycle(study, cycle, as_of=last_known_day(study_in(str(study))))
    assert not outcome.failed, [(step.asset, step.reason) for step in outcome.failed]
    return read_report(study, cycle)


def read_report(study: Path, cycle: str) -> Report:
    """The report as it stands on disk."""
    path = study / "out" / "reports" / cycle / "figures.json"
    return Report(json.loads(path.read_text("utf-8")))
