"""Editions from end to end on a tiny study: closed once, restated, verified, compared, mailed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from chat_server import Chat
from servers import Script, scripted_server
from tiny_study import deliver_late, write_tiny_study

from roi_pipeline.archive import Archive, file_sha256, folder_files
from roi_pipeline.defs.definitions import build_definitions
from roi_pipeline.defs.run import close_study, verify
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.reporting.console.editions import diff_lines
from roi_pipeline.resources import CHECKOUT
from roi_pipeline.usecases.diff import diff_editions
from roi_pipeline.usecases.histories import archive_of, read_kept
from roi_pipeline.usecases.send import send_edition, sending_status, write_edition_emails
from roi_pipeline.usecases.studies import study_in

CYCLE, FINAL, RESTATED = "2026-02", "2026-02/final-1", "2026-02/restated-1"


def _archive(folder: Path) -> Archive:
    return archive_of(StudyPaths(folder))


def _roi(*arguments: object, checkout: Path = CHECKOUT) -> subprocess.CompletedProcess[str]:
    """The command line in a new process, on the product in `checkout`."""
    return subprocess.run(
        [sys.executable, "-m", "roi_pipeline.cli", *map(str, arguments)],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    """A mail server on loopback that the environment names."""
    script = Script()
    with scripted_server(script) as port:
        monkeypatch.setenv("ROI_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("ROI_SMTP_PORT", str(port))
        monkeypatch.setenv("ROI_SMTP_SECURITY", "none")
        monkeypatch.setenv("ROI_SMTP_FROM", "roi@example.com")
        yield script


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Chat() as running:
        yield running


def test_closing_makes_every_report_and_a_manifest_that_names_every_input(closed: Path) -> None:
    manifest = _archive(closed).manifest(FINAL)
    assert manifest.status == "final"
    assert manifest.as_of.isoformat() == "2026-03-04"  # the end of February and three days
    assert set(manifest.files) >= {
        "reports/en/greeter.html", "reports/zh-CN/greeter.xlsx", "reports/en/portfolio.pdf",
        "reports/figures.json", "values.json",
    }  # fmt: skip
    exports = {export.path: export.sha256 for export in manifest.inputs.exports}
    assert exports == {
        path.relative_to(closed).as_posix(): file_sha256(path)
        for path in (closed / "exports").glob("*.csv")
    }
    assert manifest.inputs.config["study.toml"] == file_sha256(closed / "study.toml")
    assert [line.module_id for line in manifest.headlines] == ["greeter", "portfolio"]
    page = (closed / "out/editions/index.html").read_text("utf-8")
    assert 'href="2026-02/final-1/reports/en/greeter.html"' in page


def test_nothing_in_an_edition_can_be_written(closed: Path) -> None:
    folder = _archive(closed).path(FINAL)
    for path in [folder, *folder.rglob("*")]:
        assert path.stat().st_mode & 0o222 == 0, path


def test_everything_that_is_made_is_its_owner_s_alone(closed: Path) -> None:
    made = [closed / "out", *(closed / "out").rglob("*")]
    assert len(made) > 50
    assert {path.relative_to(closed) for path in made if path.stat().st_mode & 0o077} == set()


def test_closing_again_with_the_same_inputs_makes_nothing_new(closed: Path) -> None:
    before = folder_files(_archive(closed).folder)
    closing = close_study(closed, CYCLE)
    assert (closing.name, closing.is_new, closing.outcome.failed) == (FINAL, False, ())
    assert folder_files(_archive(closed).folder) == before


def test_a_cycle_that_has_not_matured_is_not_closed(tmp_path: Path) -> None:
    folder = write_tiny_study(tmp_path / "study")
    closing = close_study(folder, CYCLE, as_of=date(2026, 3, 3))
    assert closing.name is None
    assert any("2026-03-04 or later" in step.reason for step in closing.outcome.failed)
    assert _archive(folder).names() == ()
    with pytest.raises(NeedsAHuman, match="2026-05-04"):
        close_study(folder, "2026-04")


def test_a_late_file_makes_a_restated_edition_with_a_bridge_that_sums_and_is_mailed_once(
    closed: Path, mail_server: Script
) -> None:
    archive = _archive(closed)
    final = folder_files(archive.path(FINAL))
    deliver_late(closed)
    closing = close_study(closed, CYCLE)
    assert (closing.name, closing.is_new, closing.outcome.failed) == (RESTATED, True, ())
    assert folder_files(archive.path(FINAL)) == final

    then, now = read_kept(archive, FINAL).value("greeter"), read_kept(archive, RESTATED)
    previous = now.modules[0].previous
    assert then is not None
    assert previous is not None
    assert previous.edition_id == "tiny/2026-02/final-1"
    assert {step.cause for step in previous.bridge} == {"late_data"}
    moved = (now.modules[0].value.rated.returns.roi or 0) - (then.rated.returns.roi or 0)
    total = sum((step.roi_change for step in previous.bridge), Decimal(0))
    assert abs(moved - total) < Decimal("1e-6")
    assert abs(total) > Decimal("0.01")

    lines = list(diff_lines(diff_editions(archive, FINAL, RESTATED)))
    assert any("visits_2026-02_late.csv: not there" in line for line in lines)
    figure = next(line for line in lines if "greeter.metric.sale_rate.estimate" in line)
    assert figure.endswith("(late data)")

    assert len(mail_server.accepted) == 2
    close_study(closed, CYCLE)
    assert len(mail_server.accepted) == 2


def test_rules_prices_and_late_data_that_changed_together_are_told_apart(closed: Path) -> None:
    deliver_late(closed)
    sql = closed / "sql/metrics/visits_daily.sql"
    text = sql.read_text("utf-8").replace(
        "where visits.is_sale)", "where visits.is_sale and visits.visit_id not like '%-0')"
    )
    sql.write_text(text, "utf-8")
    config = closed / "study.toml"
    config.write_text(config.read_text("utf-8").replace('value = "30"', 'value = "33"'), "utf-8")
    assert close_study(closed, CYCLE).name == RESTATED
    archive = _archive(closed)
    kept, then = read_kept(archive, RESTATED), read_kept(archive, FINAL)
    previous = kept.modules[0].previous
    assert previous is not None
    steps = {step.cause: step.roi_change for step in previous.bridge}
    assert set(steps) == {"definition", "assumption", "late_data"}
    moved = (kept.modules[0].value.rated.returns.roi or 0) - (
        then.modules[0].value.rated.returns.roi or 0
    )
    assert abs(moved - sum(steps.values(), Decimal(0))) < Decimal("1e-6")
    # Prices come before measurement: a tenth of the benefits first published, over the same costs.
    published = then.modules[0].value.rated.returns
    assert abs(steps["assumption"] - published.benefits / published.costs / 10) < Decimal("1e-6")
    assert verify(closed, archive, RESTATED, threads=1).is_identical


def test_a_later_cycle_is_bridged_from_the_one_before_and_continues_its_trend(closed: Path) -> None:
    closing = close_study(closed, "2026-03")
    assert (closing.name, closing.outcome.failed) == ("2026-03/final-1", ())
    kept = read_kept(_archive(closed), "2026-03/final-1")
    previous = kept.modules[0].previous
    assert previous is not None
    assert previous.edition_id == "tiny/2026-02/final-1"
    assert {step.cause for step in previous.bridge} == {"new_data"}
    assert [key for key, _, _ in kept.modules[0].trend] == ["2026-02", "2026-03"]


def test_verify_in_a_new_process_with_other_threads_says_identical_after_the_originals_are_gone(
    closed: Path,
) -> None:
    shutil.rmtree(closed / "exports")
    (closed / "out/warehouse.duckdb").unlink()
    done = _roi("verify", closed, FINAL, "--threads", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("2026-02/final-1: identical (")
    assert "DEBUG" not in done.stderr
    assert "changed in the study folder since: export exports/visits_2026-02.csv" in done.stdout


def test_a_changed_byte_of_an_archived_export_or_of_the_config_is_named(closed: Path) -> None:
    manifest = _archive(closed).manifest(FINAL)
    export = next(item for item in manifest.inputs.exports if "2026-02" in item.path)
    _flip_last_byte(_archive(closed).store.path(export.object_sha256))
    done = _roi("verify", closed, CYCLE)
    assert done.returncode == 3
    assert f"broken: export exports/visits_2026-02.csv: {export.sha256[:12]}" in done.stdout
    _flip_last_byte(_archive(closed).store.path(export.object_sha256))
    _flip_last_byte(_archive(closed).store.path(manifest.inputs.config["modules/greeter.toml"]))
    done = _roi("verify", closed, CYCLE)
    assert done.returncode == 3
    assert "broken: config modules/greeter.toml" in done.stdout
    assert "exports/visits" not in done.stdout


def test_a_changed_byte_of_the_product_is_named_with_the_reports_it_changes(
    closed: Path, tmp_path: Path
) -> None:
    product = _copy_of_the_product(tmp_path / "product")
    sql, words = product / "sql/facts/calls.sql", product / "catalogue/languages/en.toml"
    sql.write_text(sql.read_text("utf-8") + "-- one more line\n", "utf-8")
    done = _roi("verify", closed, FINAL, checkout=product)
    assert "changed in the product: sql sql/facts/calls.sql" in done.stdout, done.stderr
    assert done.stdout.startswith("2026-02/final-1: identical")  # this study has no calls
    text = words.read_text("utf-8")
    words.write_text(text.replace('back = "All modules"', 'back = "Every module"'), "utf-8")
    done = _roi("verify", closed, FINAL, checkout=product)
    assert done.returncode == 3
    assert "changed in the product: catalogue catalogue/languages/en.toml" in done.stdout
    assert "differs: report reports/en/greeter.html" in done.stdout
    assert "reports/zh-CN/greeter.html" not in done.stdout


def test_a_dry_run_writes_one_email_a_reader_with_what_the_reader_asked_for(closed: Path) -> None:
    study = study_in(str(closed))
    paths = write_edition_emails(study, _archive(closed), FINAL, environment={})
    emails = {path.read_bytes() for path in paths}
    assert len(emails) == 2
    owner = next(text for text in emails if b"To: owner@example.com" in text)
    sales = next(text for text in emails if b"To: sales@example.com" in text)
    assert b'filename="portfolio.pdf"' in owner
    assert b'filename="greeter.xlsx"' in sales
    assert write_edition_emails(study, _archive(closed), FINAL, environment={}) == paths
    assert {path.read_bytes() for path in paths} == emails


def test_an_edition_is_mailed_once_to_each_reader_whoever_joins_later(
    closed: Path, mail_server: Script
) -> None:
    archive, study = _archive(closed), study_in(str(closed))
    mail_server.plan.append(("rcpt", "550 no such user"))
    sent = send_edition(study, archive, FINAL, environment=os.environ)
    assert [item.state for item in sent] == ["undeliverable", "accepted"]
    config = closed / "study.toml"
    text = config.read_text("utf-8").replace("owner@example.com", "chief@example.com")
    config.write_text(text, "utf-8")
    sent = send_edition(study_in(str(closed)), archive, FINAL, environment=os.environ)
    assert {item.address: item.state for item in sent} == {
        "owner@example.com": "undeliverable",
        "sales@example.com": "accepted",
        "chief@example.com": "accepted",
    }
    assert len(mail_server.accepted) == len(set(mail_server.message_ids())) == 2
    status = sending_status(study_in(str(closed)), archive, FINAL)
    assert sorted(item.state for item in status) == ["accepted", "accepted", "undeliverable"]


def test_an_edition_whose_emails_were_never_sent_is_mailed_by_the_next_closing(
    closed: Path, mail_server: Script
) -> None:
    mail_server.plan.append(("connect", "421 busy"))
    closing = close_study(closed, CYCLE)
    assert not closing.is_new
    assert {email.address: email.state for email in closing.emails} == {
        "owner@example.com": "accepted",
        "sales@example.com": "accepted",
    }
    assert len(mail_server.accepted) == 2


def test_the_weekly_look_for_late_data_asks_for_the_last_closed_cycle_as_of_its_own_day(
    closed: Path, tmp_path: Path
) -> None:
    monday = datetime(2026, 4, 13, 5, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    (request,) = _asked(closed, monday)
    assert request.partition_key == CYCLE
    assert request.tags["roi/as_of"] == "2026-03-04"  # the day it was closed, not the Monday
    assert request.tags["roi/edition"] == "final"
    assert _asked(write_tiny_study(tmp_path / "open"), monday) == []


def _asked(folder: Path, moment: datetime) -> list[dg.RunRequest]:
    repository = build_definitions(folder).get_repository_def()
    schedule = repository.get_schedule_def("restate_schedule")
    context = dg.build_schedule_context(scheduled_execution_time=moment, repository_def=repository)
    return list(schedule.evaluate_tick(context).run_requests or [])


def test_a_draft_is_not_mailed(closed: Path) -> None:
    done = _roi("send", closed, "--edition", "2026-02/draft-1", "--dry-run")
    assert done.returncode == 4
    assert "drafts are not mailed" in done.stderr


def _flip_last_byte(path: Path) -> None:
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def _copy_of_the_product(target: Path) -> Path:
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("roi_pipeline", "sql", "catalogue", "report_templates", "studies"):
        shutil.copytree(CHECKOUT / name, target / name, ignore=unwanted)
    return target


def test_an_edition_is_told_once_to_each_chat_channel_with_or_without_mail(
    closed: Path, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROI_CHANNELS", chat.address("owners"))
    archive, study = _archive(closed), study_in(str(closed))
    for _ in range(2):
        (sent,) = send_edition(study, archive, FINAL, environment=os.environ)
        assert (sent.state, sent.address.partition(":")[0]) == ("accepted", "json")
    (message,) = chat.taken
    assert message["title"].startswith("[Tiny Stores]")
    assert "ROI" in message["message"]
    deliver_late(closed)
    closing = close_study(closed, CYCLE)
    assert [(email.edition_id, email.state) for email in closing.emails] == [
        ("tiny/2026-02/restated-1", "accepted")
    ]
    assert len(chat.taken) == 2
