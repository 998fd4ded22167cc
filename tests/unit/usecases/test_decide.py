"""A decision is recorded whole or not at all, and read back as it was given."""

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner

from roi_pipeline.cli import commands
from roi_pipeline.domain.advice import DecisionTaken
from roi_pipeline.domain.errors import StudyHasProblems, UnknownName
from roi_pipeline.settings import read_study
from roi_pipeline.usecases.decide import as_toml, record_decision

STUDY = Path(__file__).parents[3] / "studies" / "callcentre-startup"
DAY = date(2026, 4, 20)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    copytree(STUDY, folder, ignore=lambda _, names: [n for n in names if n in ("exports", "out")])
    return folder


def test_a_decision_is_read_back_as_it_was_given(study: Path) -> None:
    words = 'Ms "Chen", COO', "租金太高\nno second chance"
    path, taken = record_decision(
        study, "smart_dialling", "stop", by=words[0], on=DAY, because=words[1], environment={}
    )
    module = read_study(study, environment={}).module("smart_dialling")
    assert path == study / "modules" / "smart_dialling.toml"
    assert module.decisions == (taken,) == (DecisionTaken("stop", words[0], DAY, words[1]),)
    record_decision(
        study, "smart_dialling", "continue", by="x", on=DAY, because="y", environment={}
    )
    again = read_study(study, environment={}).module("smart_dialling")
    assert [each.action for each in again.decisions] == ["stop", "continue"]
    assert replace(again, decisions=()) == replace(module, decisions=())


@pytest.mark.parametrize(("by", "module"), [(" ", "smart_dialling"), ("x", "smart_dialing")])
def test_what_makes_a_problem_leaves_the_file_as_it_was(study: Path, by: str, module: str) -> None:
    path = study / "modules" / "smart_dialling.toml"
    before = path.read_bytes()
    with pytest.raises((StudyHasProblems, UnknownName)):
        record_decision(study, module, "stop", by=by, on=DAY, because="y", environment={})
    assert path.read_bytes() == before
    assert list(path.parent.glob(".*")) == []


def test_the_file_holds_what_had_been_advised() -> None:
    taken = DecisionTaken("continue", "a", DAY, "b", "2026-Q1", "stop")
    assert tomllib.loads(as_toml(taken))["decision"] == [
        {"action": "continue", "by": "a", "on": DAY, "because": "b",
         "cycle": "2026-Q1", "advised": "stop"},
    ]  # fmt: skip


def test_the_command_says_where_it_is_recorded(study: Path) -> None:
    given = ["decide", str(study), "smart_dialling", "stop", "--by", "COO", "--on", "2026-04-20"]
    result = CliRunner().invoke(commands, ["--language", "zh-CN", *given, "--because", "亏损"])
    assert result.exit_code == 0, result.output
    assert "停止投入" in result.output
    assert "COO" in result.output
    wrong = CliRunner().invoke(commands, [*given[:3], "sell", *given[4:], "--because", "x"])
    assert wrong.exit_code == 2


def test_a_character_that_toml_forbids_is_escaped() -> None:
    taken = DecisionTaken("stop", "CEO\x7f", DAY, 'too "dear"\x7f\n')
    (read,) = tomllib.loads(as_toml(taken))["decision"]
    assert (read["by"], read["because"]) == (taken.by, taken.because)
