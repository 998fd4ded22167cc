"""The other examples on both engines: the same figures, tables, quarantine and accounting (`make soak`)."""

from pathlib import Path

import pytest
from test_spark import ENGINE, LACKING, figures, tables

from roi_pipeline.defs.run import evaluate_cycle
from roi_pipeline.engines.spark.session import stopped_afterwards
from roi_pipeline.examples import copy_example
from roi_pipeline.usecases.cycles import cycle_keys
from roi_pipeline.usecases.studies import study_in

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(bool(LACKING), reason=f"{LACKING} not installed: make spark"),
]
EXAMPLES = ("callcentre-sme", "callcentre-large", "manufacturer", "clinic")


def evaluated(folder: Path) -> str:
    """The last whole cycle of the study, computed; its key."""
    study = study_in(str(folder))
    day = study.history.end
    key = [each for each in cycle_keys(study) if study.cycle(each, as_of=day).window.end <= day][-1]
    outcome = evaluate_cycle(folder, key, as_of=day)
    assert not outcome.failed, outcome.failed
    return key


@pytest.mark.parametrize("example", EXAMPLES)
def test_both_engines_give_the_same(tmp_path: Path, example: str) -> None:
    here, there = tmp_path / "duckdb" / example, tmp_path / "spark" / example
    for folder in (here, there):
        copy_example(example, folder)
    with (there / "study.toml").open("a", encoding="utf-8") as study:
        study.write(ENGINE)
    key = evaluated(here)
    with stopped_afterwards():
        assert evaluated(there) == key
    assert figures(there, key) == figures(here, key)
    for schema in ("exports", "facts", "metrics"):
        own, other = tables(here, schema), tables(there, schema)
        assert len(own) > 5
        assert any(rows for _, rows in own.values())
        assert other == own
    for name in ("quarantine", "loaded_files"):
        assert tables(there, "quality")[name] == tables(here, "quality")[name]
