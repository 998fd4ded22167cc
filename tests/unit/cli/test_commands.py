"""The command line without a run: what each command answers, with which status, in which language."""

import signal
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_study import write_tiny_study

from roi_pipeline.cli import commands
from roi_pipeline.cli.app import NOTHING, OK, PARTLY, PROBLEMS

USAGE = 2


def roi(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    given = {"ROI_LANGUAGE": "en", "ROI_SMTP_HOST": "", **(env or {})}
    return CliRunner(env=given).invoke(commands, [str(each) for each in arguments])


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_tiny_study(tmp_path / "tiny")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", ".", "--as-of", "31.3.2026"], "'31.3.2026' is not a date; write it as 2026-03-31"),
        (["plan", ".", "--module", "m", "--weeks", "2,soon"], "'2,soon' is not a list of positive numbers"),
        (["plan", ".", "--module", "m", "--shares", "5,-1"], "'5,-1' is not a list of positive numbers"),
        (["check", "/nowhere"], "'/nowhere' does not exist"),
        (["init", "x", "--source", "crm", "--example", "clinic"], "give --example or --source"),
        (["decide", ".", "m", "sell", "--by", "x", "--on", "2026-01-01", "--because", "y"], "'sell' is not one of"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_says_how_it_is_written(arguments: Sequence[str], says: str) -> None:
    found = roi(*arguments)
    assert found.exit_code == USAGE
    assert says in found.stderr


def test_a_skeleton_is_written_file_by_file_with_what_to_do_next(tmp_path: Path) -> None:
    found = roi("init", tmp_path / "own", "--source", "crm")
    assert found.exit_code == OK
    assert tomllib.loads((tmp_path / "own/study.toml").read_text("utf-8"))
    written = [path for path in (tmp_path / "own").rglob("*.toml") if str(path) in found.stdout]
    assert len(written) >= 2
    assert f"roi check {tmp_path / 'own'}" in found.stdout


def test_a_metric_is_added_to_a_study_and_the_study_stays_sound(study: Path) -> None:
    found = roi("init", study, "--metric", "visits_per_store", "--table", "pos__visits")
    assert found.exit_code == OK
    assert str(study / "metrics/visits_per_store.toml") in found.stdout
    assert f"roi check {study}" in found.stdout


def test_a_sound_study_has_no_problems_and_a_broken_one_lists_them(study: Path) -> None:
    found = roi("check", study)
    assert found.exit_code == OK, found.output
    assert str(study) in found.stdout
    module = study / "modules/greeter.toml"
    module.write_text(module.read_text("utf-8").replace("sale_rate", "sales_rate"), "utf-8")
    found = roi("check", study)
    assert found.exit_code == PROBLEMS
    assert "modules/greeter.toml" in found.stderr
    assert "Did you mean 'sale_rate'?" in found.stderr


def test_exports_that_do_not_fit_are_problems_too(study: Path) -> None:
    module = study / "modules/greeter.toml"
    text = module.read_text("utf-8")
    module.write_text(text.replace("S4 = 2026-02-01", "S44 = 2026-02-01"), "utf-8")
    found = roi("check", study)
    assert found.exit_code == PROBLEMS
    assert "rollout.go_live.S44" in found.stderr


def test_the_glossary_is_printed_or_written(tmp_path: Path) -> None:
    printed, page = roi("glossary"), tmp_path / "glossary.md"
    written = roi("--language", "zh-CN", "glossary", "--write", page)
    assert (printed.exit_code, written.exit_code) == (OK, OK)
    assert page.read_text("utf-8") == printed.stdout.removesuffix("\n")
    assert str(page) in written.stdout


def test_the_catalogue_of_a_study_has_its_own_metrics(study: Path) -> None:
    found = roi("catalogue", study)
    assert found.exit_code == OK
    assert "sale_rate" in found.stdout
    assert "sale_rate" not in roi("catalogue").stdout


def test_a_decision_is_said_as_it_was_recorded(study: Path) -> None:
    found = roi(
        "decide", study, "greeter", "stop", "--by", "Ms Chen", "--on", "2026-04-20",
        "--because", "the rent",
    )  # fmt: skip
    assert found.exit_code == OK
    assert "Ms Chen" in found.stdout
    decided = tomllib.loads((study / "modules/greeter.toml").read_text("utf-8"))["decision"]
    assert [(each["action"], each["on"]) for each in decided] == [("stop", date(2026, 4, 20))]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["verify", "2026-02/final-1"], "no edition called '2026-02/final-1'"),
        (["diff", "2026-02", "2026-03"], "no edition called '2026-02'"),
        (["send", "--edition", "2026-02/draft"], "drafts are not mailed"),
        (["send", "--edition", "2026-02", "--status"], "no edition called '2026-02'"),
        (["night", "--all", "--as-of", "2026-04-15"], "found no */study.toml"),
        (["explain", "2026-02"], "warehouse.duckdb is not there"),
        (["plan-capacity"], "run"),
        (["restore"], "is no backup"),
    ],
)  # fmt: skip
def test_what_was_never_made_is_named_and_nothing_is_written(
    study: Path, tmp_path: Path, arguments: Sequence[str], says: str
) -> None:
    name, *more = arguments
    if name == "restore":
        found = roi("restore", study / "study.toml", tmp_path / "elsewhere")
    else:
        found = roi(name, study, *more)
    assert found.exit_code == NOTHING, found.output
    assert found.stderr.startswith("roi: ")
    assert says in found.stderr
    assert found.stdout == ""
    assert not list((study / "out").glob("editions/*"))


def test_a_study_that_was_never_run_has_no_alerts_and_nobody_to_tell(study: Path) -> None:
    quiet = roi("alerts", study)
    assert (quiet.exit_code, quiet.stdout.count("\n")) == (OK, 1)
    test = roi("alerts", study, "--test")
    assert (test.exit_code, test.stdout) == (PARTLY, "")
    assert "[operations.alerts]" in test.stderr


def test_a_backup_is_restored_as_it_was_and_never_over_a_study(study: Path, tmp_path: Path) -> None:
    file, folder = tmp_path / "tiny.backup", tmp_path / "again"
    made = roi("backup", study, "--to", file)
    assert (made.exit_code, str(file) in made.stdout) == (OK, True)
    found = roi("restore", file, folder)
    assert (found.exit_code, str(folder) in found.stdout) == (OK, True)
    assert (folder / "study.toml").read_bytes() == (study / "study.toml").read_bytes()
    assert roi("restore", file, study).exit_code == NOTHING


def test_a_study_of_this_version_needs_no_upgrade(study: Path) -> None:
    found = roi("upgrade", study)
    assert found.exit_code == OK, found.output
    assert not list(study.rglob("*.backup"))


def test_the_ui_is_this_study_on_this_machine_only(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the process would become is looked at, because it would not come back."""
    become: list[list[str]] = []
    monkeypatch.setattr("os.execv", lambda _, arguments: become.append(arguments))
    for name in ("DAGSTER_HOME", "ROI_STUDY", "DAGSTER_DISABLE_TELEMETRY"):
        monkeypatch.setenv(name, "")
    found = CliRunner().invoke(commands, ["ui", str(study), "--port", "3111"])
    assert found.exit_code == OK, found.output
    (arguments,) = become
    assert arguments[:2] == ["dagster", "dev"]
    assert arguments[-4:] == ["-h", "127.0.0.1", "-p", "3111"]


STOPPED = """
import os, signal, sys, threading, time
from roi_pipeline.cli.stopping import stoppable

def farewell():
    print("stopped", flush=True)

with stoppable(farewell, grace_seconds=float(sys.argv[3])):
    threading.Timer(0.1, os.kill, (os.getpid(), signal.Signals[sys.argv[1]])).start()
    while True:
        try:
            time.sleep(30)
        except KeyboardInterrupt:
            if sys.argv[2] == "ends":
                raise
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("how", ["ends", "goes on"])
def test_a_signal_ends_a_command_at_once_or_after_the_grace(name: str, how: str) -> None:
    """One that hears it says so; one that does not is ended without a word."""
    command = [sys.executable, "-c", STOPPED, name, how, "30" if how == "ends" else "0.3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 128 + signal.Signals[name]
    assert done.stdout == ("stopped\n" if how == "ends" else "")
