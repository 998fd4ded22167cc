"""What a run says of what went wrong: the cause first, each thing once, where to read on."""

from datetime import date
from pathlib import Path

import click
import pytest

from roi_pipeline.cli.app import commands
from roi_pipeline.cli.bar import progress_bar
from roi_pipeline.cli.failures import MOST_FILES, MOST_REFUSALS, report_emails, report_failures
from roi_pipeline.defs.one_writer import DeadRun
from roi_pipeline.defs.run import RunOutcome
from roi_pipeline.domain.contracts import Column
from roi_pipeline.domain.feeds import Feed
from roi_pipeline.engines.writer_lock import Holder
from roi_pipeline.usecases.exports import READABLE
from roi_pipeline.usecases.rebuild import StepOutcome
from roi_pipeline.usecases.refusals import KeptOut, Refusal, Rejected, UnreadFile
from roi_pipeline.usecases.send import Sent

DAY = date(2026, 4, 15)
Captured = pytest.CaptureFixture[str]


def said(outcome: RunOutcome, captured: Captured) -> list[str]:
    with click.Context(commands, info_name="roi"):
        report_failures(outcome)
    out, err = captured.readouterr()
    assert out == ""
    return err.splitlines()


def outcome(*steps: StepOutcome, **more) -> RunOutcome:  # noqa: ANN003
    return RunOutcome("2026-02", DAY, steps, **{"failed_checks": (), **more})


def test_a_run_without_faults_says_nothing(capsys: Captured) -> None:
    arrived = Feed("pos__visits", "day", 0, DAY, DAY, "arrived", 3, 3, None, (), DAY)
    assert said(outcome(StepOutcome("facts/visits", "done"), feeds=(arrived,)), capsys) == []


def test_a_failed_step_its_cause_and_what_it_kept_from_running(capsys: Captured) -> None:
    lines = said(
        outcome(
            StepOutcome("facts/visits", "failed", "column store is gone"),
            StepOutcome("metrics/visits_daily", "skipped"),
            StepOutcome("effects/greeter", "skipped"),
        ),
        capsys,
    )
    assert lines == [
        "failed: facts/visits: column store is gone",
        "not run, because something they depend on failed: metrics/visits_daily, effects/greeter",
    ]


def test_a_check_that_stopped_a_step_is_said_instead_of_the_step(capsys: Captured) -> None:
    lines = said(
        outcome(
            StepOutcome("exports/pos__visits", "failed", "a check failed"),
            failed_checks=(
                ("exports/pos__visits", "visit_id_is_unique", True),
                ("exports/pos__visits", "enough_rows_arrived", False),
            ),
        ),
        capsys,
    )
    assert lines == [
        "stop: exports/pos__visits: failed: visit_id_is_unique",
        "warning: exports/pos__visits: failed: enough_rows_arrived",
    ]


def test_files_nobody_can_read_are_named_up_to_five_and_then_counted(capsys: Captured) -> None:
    files = tuple(
        UnreadFile("pos__visits", f"{n}.csv", f"{n}.csv: no text", has_earlier_rows=n == 0)
        for n in range(MOST_FILES + 2)
    )
    page = Path("out/validation/index.html")
    checks = (("exports/pos__visits", READABLE, True),)
    lines = said(outcome(failed_checks=checks, kept_out=KeptOut((), files, page)), capsys)
    assert len(lines) == MOST_FILES + 2
    assert "0.csv: no text" in lines[0]
    assert "none of its rows are in the figures" not in lines[0]
    assert all("none of its rows are in the figures" in line for line in lines[1:MOST_FILES])
    assert lines[-2] == "not read: 2 more files of exports/pos__visits could not be read"
    assert lines[-1] == f"everything that was found: {page}"


def test_a_rejected_delivery_is_said_by_column_form_and_sample(capsys: Captured) -> None:
    day = Column("visit_date", "date", ("day",), formats=("%d.%m.%Y",))
    refusals = (
        Refusal("a.csv", "visit_date_is_date", day, 12, 40, ("2026-02-31", "soon")),
        *(Refusal("a.csv", f"rule_{n}", None, 1, 40, ()) for n in range(MOST_REFUSALS)),
    )
    kept_out = KeptOut((Rejected("pos__visits", refusals, Path("x")),))
    lines = said(outcome(kept_out=kept_out), capsys)
    assert len(lines) == MOST_REFUSALS + 1
    assert "a.csv: column visit_date: 12 of 40 rows" in lines[0]
    assert "%d.%m.%Y" in lines[0]
    assert lines[0].endswith("2026-02-31, soon")
    assert "rule_0" in lines[1]
    assert lines[-1].strip() == "exports/pos__visits is left as it was"


def test_a_source_that_is_late_is_named(capsys: Captured) -> None:
    late = Feed("pos__visits", "day", 1, DAY, date(2026, 4, 1), "missing", 9, 3, None, (), DAY)
    (line,) = said(outcome(feeds=(late,), without_figures=()), capsys)
    assert "pos__visits" in line
    assert "1 Apr 2026" in line


def test_modules_without_figures_leave_nothing_to_add(capsys: Captured) -> None:
    (line,) = said(outcome(without_figures=("greeter", "caller")), capsys)
    assert line.startswith("2026-02 has no figures of greeter, caller")


def test_all_e_mails_were_sent_only_if_each_was_accepted(capsys: Captured) -> None:
    accepted = Sent("e", "a@example.com", "accepted", "250 ok")
    with click.Context(commands, info_name="roi"):
        assert report_emails([accepted])
        assert not report_emails([Sent("e", "b@example.com", "waiting", "451 later"), accepted])
    assert "451 later" in capsys.readouterr().out


def test_the_bar_counts_steps_and_names_what_it_waits_for(capsys: Captured) -> None:
    with click.Context(commands, info_name="roi"), progress_bar("2026-02") as bar:
        bar.expect(4)
        bar.report("facts/visits", "start")
        assert bar.progress.tasks[0].description == "facts/visits"
        bar.report("facts/visits", "done")
        bar.report("facts/[visits]", "failed")
        bar.report("facts/visits", "retry")
        assert (bar.progress.tasks[0].completed, bar.progress.tasks[0].total) == (2, 4)
        bar.waiting(Holder(4711, "roi run", None), 12.4)
        assert "process 4711 (roi run)" in bar.progress.tasks[0].description
        bar.ended(DeadRun("0123456789", "evaluate", "2026-01"))
        bar.ended(DeadRun("abcdefghij", "watch", ""))
    shown = capsys.readouterr().err
    assert "facts/[visits]" in shown
    assert "01234567" in shown
    assert "abcdefgh" in shown
    assert "2026-01" in shown
