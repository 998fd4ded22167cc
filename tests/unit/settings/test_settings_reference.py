"""docs/study.md is complete and its example is a study that loads."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from roi_pipeline.settings import read_catalogue, read_study
from roi_pipeline.settings.entries.contract import ContractEntry, DatabaseLocationEntry
from roi_pipeline.settings.entries.metric import MetricEntry
from roi_pipeline.settings.entries.module import ModuleEntry
from roi_pipeline.settings.entries.planned import PlannedEntry
from roi_pipeline.settings.entries.standard import StandardEntry
from roi_pipeline.settings.entries.study import StudyEntry

REFERENCE = Path(__file__).parents[3] / "docs" / "study.md"
FILES = {
    "study.toml": StudyEntry,
    "sources/": ContractEntry,
    "modules/": ModuleEntry,
    "planned/": PlannedEntry,
    "metrics/": MetricEntry,
    "standards/": StandardEntry,
}
CONNECT_RATE = """
id = "connect_rate"
table = "metrics.calls_daily"
numerator = "connected_calls_count"
denominator = "calls_count"
direction = "up"
unit = "rate"
version = 1
owner = "telesales"
name = { en = "Connect rate" }
sentence = { en = "connected calls ÷ calls dialled" }
"""


def _sections() -> dict[str, str]:
    text = REFERENCE.read_text(encoding="utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return {part.split("\n", 1)[0]: part for part in parts}


def _entries(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield kind
    for field in kind.model_fields.values():
        for inner in _entries_in(field.annotation):
            yield from _entries(inner)


def _entries_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _entries_in(inner)


@pytest.mark.parametrize("beginning", FILES)
def test_every_key_of_every_file_is_in_the_reference(beginning: str) -> None:
    section = next(text for title, text in _sections().items() if title.startswith(beginning))
    if beginning == "planned/":
        section += next(text for title, text in _sections().items() if title.startswith("modules/"))
    if beginning in ("modules/", "planned/"):
        section += next(text for title, text in _sections().items() if title == "study.toml")
    kinds = {FILES[beginning], *_entries(FILES[beginning])}
    missing = {
        f"{kind.__name__}.{key}"
        for kind in kinds
        for key in kind.model_fields
        if f"`{key}`" not in section and key not in {"start", "end"}
    }
    assert missing == set()


@pytest.mark.parametrize("beginning", FILES)
def test_the_reference_marks_exactly_the_required_keys(beginning: str) -> None:
    section = next(text for title, text in _sections().items() if title.startswith(beginning))
    rows = re.findall(r"^\| (.+?) \|", section.split("\n### ", 1)[0], flags=re.MULTILINE)
    marked = {key for row in rows for key in re.findall(r"\*\*`(\w+)`\*\*", row)}
    fields = FILES[beginning].model_fields
    assert marked == {name for name, field in fields.items() if field.is_required()}


def test_the_reference_names_no_column_the_database_location_lacks() -> None:
    section = next(text for title, text in _sections().items() if title.startswith("sources/"))
    part = section.split("### `[location]` — a database", 1)[1].split("###", 1)[0]
    assert set(re.findall(r"\*\*`(\w+)`\*\*", part)) == set(DatabaseLocationEntry.model_fields)


def _write_example(folder: Path) -> int:
    text = REFERENCE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml title=(\S+)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    for name, content in blocks:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return len(blocks)


def test_the_example_uses_a_metric_that_ships_with_the_product() -> None:
    assert "connect_rate" in read_catalogue()


def test_the_example_of_the_reference_loads(tmp_path: Path, catalogue: Path) -> None:
    (catalogue / "metrics/connect_rate.toml").write_text(CONNECT_RATE, encoding="utf-8")
    folder = tmp_path / "example"
    assert _write_example(folder) == 5
    study = read_study(folder, environment={"ROI_PEOPLE_KEY": "x"}, catalogue=catalogue)
    assert [module.id for module in study.modules] == ["smart_dialling"]
    assert [contract.table for contract in study.contracts] == ["telephony__calls"]
    assert [standard.id for standard in study.standards] == ["own", "default"]
    assert "long_talk_rate" in study.metrics
