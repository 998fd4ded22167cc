"""The static site: valid, self-contained, escaped, masked, and the same bytes every time."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import html5lib
import pytest
from staged_delivery import Warehouse, contract_of

from roi_pipeline import quality
from roi_pipeline.domain.contracts import Column, Contract, FileLocation, RowRule, TableRules
from roi_pipeline.domain.histories import QuarantinedRow, RuleRun, VolumeHistory
from roi_pipeline.domain.loads import FileLoad, Validation
from roi_pipeline.domain.texts import Language
from roi_pipeline.reporting.console.speech import console_voice

HOSTILE = "<script>alert('x')</script> {{ 7*7 }} {% raw %} \"quoted\" & 'more' \u202egnp.exe"
LANGUAGES: tuple[Language, ...] = ("zh-CN", "zh-TW", "en")

CALLS = contract_of(
    Column("call_id", "text", ("编号",), is_required=True, severity="stop"),
    Column("agent_id", "text", ("坐席",), pattern="A[0-9]+", tolerance=0.5,
           comment="坐席工号由 A 与数字组成"),
    Column("talk_seconds", "duration", ("时长",), minimum=Decimal(0), maximum=Decimal(7200)),
    key=("call_id",),
    rules=(RowRule("talk_is_even", "talk_seconds::int % 2 = 0", severity="note"),
           RowRule("this_cannot_run", "no_such_column > 0")),
    table_rules=TableRules(volume_ratio=(0.5, 2.0)),
)  # fmt: skip
BARE = Contract(
    "crm", "clinics", FileLocation("*.csv", "csv"), (Column("clinic_id", "text", ("门店",)),)
)


@pytest.fixture
def validations(warehouse: Warehouse) -> list[Validation]:
    warehouse.stage(
        CALLS,
        ("1", "A1", 60.0), ("2", HOSTILE, 9000.0), ("3", "13812345678", -1.0), ("4", "A2", 3.0),
        ("5", "A3", 8.0), ("6", "A4", 10.0),
    )  # fmt: skip
    calls = warehouse.validate(CALLS, history=VolumeHistory((5.0, 6.0, 7.0)))
    warehouse.stage(BARE, ("C01",))
    return [calls, warehouse.validate(BARE)]


FILES = [
    FileLoad("telephony__calls/may.csv", "telephony__calls", "exports/通话 5月.csv", "ab" * 32, 99,
             "loaded", 7, 4, 2, 1, encoding="GB18030"),
    FileLoad("telephony__calls/<b>.csv", "telephony__calls", "exports/<b>.csv", "cd" * 32, 9,
             "unreadable", error="truncated gzip <img src=x>"),
    FileLoad("crm__clinics/c.csv", "crm__clinics", "exports/c.csv", "ef" * 32, 9, "loaded",
             5, 3, 0, 1),
]  # fmt: skip
QUARANTINE = [
    QuarantinedRow("telephony__calls", "telephony__calls/may.csv", 2, "agent_id", HOSTILE,
                   "agent_id_matches_its_pattern"),
    QuarantinedRow("telephony__calls", "telephony__calls/may.csv", 9, "phone", "secret-name",
                   "not_a_phone", is_person=True),
]  # fmt: skip
HISTORY = [
    RuleRun("telephony__calls", "talk_seconds_is_within_its_range", f"2026-04-{day:02}", day % 3 > 0,
            "warn", 100, 0 if day % 3 else day)
    for day in range(1, 30)
]  # fmt: skip


def write(
    folder: Path, validations: list[Validation], language: Language = "en", *, step: int = 1
) -> Path:
    return quality.write_site(
        folder,
        study_name="美丽诊所 <Clinic>",
        cycle_key="2026-Q2",
        as_of=date(2026, 5, 1),
        validations=validations,
        file_loads=FILES[::step],
        quarantine_rows=QUARANTINE[::step],
        history=HISTORY[::step],
        speech=console_voice(language),
    )


def pages_of(index: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in index.parent.glob("*.html")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_valid_and_fetches_nothing(
    tmp_path: Path, validations: list[Validation], language: Language
) -> None:
    pages = pages_of(write(tmp_path / "site", validations, language))
    assert set(pages) == {"index.html", "telephony__calls.html", "crm__clinics.html"}
    for page in pages.values():
        html5lib.HTMLParser(strict=True).parse(page)
        assert "<script" not in page
        assert not re.search(r"(?:src|href|action|url\()\s*=?\s*[\"']?\s*(?:https?:)?//", page)
        assert f'<html lang="{language}">' in page
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        links = set(re.findall(r'href="([^"#]+)"', page))
        assert links <= set(pages)


def test_text_from_exports_stays_text(tmp_path: Path, validations: list[Validation]) -> None:
    pages = pages_of(write(tmp_path, validations))
    calls = pages["telephony__calls.html"]
    assert "&lt;script&gt;alert" in calls
    assert "{{ 7*7 }}" in calls
    assert "\u202e" not in calls
    assert "[U+202E]" in calls
    assert "&lt;img src=x&gt;" in calls
    assert "美丽诊所 &lt;Clinic&gt;" in calls


def test_what_could_identify_somebody_is_masked(
    tmp_path: Path, validations: list[Validation]
) -> None:
    calls = pages_of(write(tmp_path, validations))["telephony__calls.html"]
    assert "secret-name" not in calls
    assert "•••" in calls
    assert "13812345678" not in calls
    assert "138****5678" in calls


def test_the_source_page_says_everything_about_a_broken_rule(
    tmp_path: Path, validations: list[Validation]
) -> None:
    calls = pages_of(write(tmp_path, validations))["telephony__calls.html"]
    article = calls[calls.index('id="talk_seconds_is_within_its_range"') :].partition("</article>")[
        0
    ]
    for text in (
        "talk_seconds is within its range", "2 of 6 rows (33.33%) failed", "0 ≤ talk_seconds ≤ 7200",
        "9000.0", "-1.0", "telephony__calls/may.csv", "from exports.", '<svg class="spark"',
        "2026-04-29",
    ):  # fmt: skip
        assert text in article
    cannot = calls[calls.index('id="this_cannot_run"') :].partition("</article>")[0]
    assert "could not be evaluated" in cannot
    assert "no_such_column" in cannot


def test_rules_that_need_attention_come_first_by_severity(
    tmp_path: Path, validations: list[Validation]
) -> None:
    calls = pages_of(write(tmp_path, validations))["telephony__calls.html"]
    shown = re.findall(r'<article class="card rule (\w+)"', calls)
    assert shown == sorted(shown, key=["stop", "warn", "note", "ok"].index)
    assert shown[0] == "stop"


def test_the_index_shows_where_rows_went_and_what_does_not_balance(
    tmp_path: Path, validations: list[Validation]
) -> None:
    index = pages_of(write(tmp_path, validations))["index.html"]
    assert "rows read = loaded + quarantined + exact duplicates" in index
    assert "✓ reconciles" in index
    assert "1 rows unaccounted for" in index
    assert "A delivery was rejected or does not reconcile" in index


def test_rows_of_a_refused_file_are_accounted_for_as_refused(tmp_path: Path) -> None:
    refused = replace(FILES[0], status="refused", rows_loaded=0, rows_duplicate=0)
    index = quality.write_site(
        tmp_path, study_name="s", cycle_key="2026-Q2", as_of=date(2026, 5, 1), validations=[],
        file_loads=[refused], quarantine_rows=[], history=[], speech=console_voice("en"),
    )  # fmt: skip
    assert len(pages_of(index)) > 1
    for page in pages_of(index).values():
        assert "5 rows rejected, not loaded" in page
        assert "unaccounted" not in page


def test_a_source_without_rules_is_not_called_healthy(
    tmp_path: Path, validations: list[Validation]
) -> None:
    balanced = replace(FILES[2], rows_loaded=4)
    index = quality.write_site(
        tmp_path, study_name="s", cycle_key="2026-Q2", as_of=date(2026, 5, 1),
        validations=validations[1:], file_loads=[balanced], quarantine_rows=[], history=[],
        speech=console_voice("en"),
    )  # fmt: skip
    pages = pages_of(index)
    assert "no rules were run" in pages["crm__clinics.html"]
    assert "Every delivery was accepted, with notes" in pages["index.html"]
    assert "No issues" not in pages["crm__clinics.html"]


def test_an_export_nobody_checked_says_so(tmp_path: Path) -> None:
    index = quality.write_site(
        tmp_path, study_name="s", cycle_key="2026-Q2", as_of=date(2026, 5, 1), validations=[],
        file_loads=[replace(FILES[2], rows_loaded=4)], quarantine_rows=[], history=[],
        speech=console_voice("en"),
    )  # fmt: skip
    assert "Not checked" in index.read_text(encoding="utf-8")
    assert "No rules were run for this source" in pages_of(index)["crm__clinics.html"]


def test_a_run_without_any_source_still_has_a_page(tmp_path: Path) -> None:
    index = quality.write_site(
        tmp_path, study_name="s", cycle_key="2026-Q2", as_of=date(2026, 5, 1), validations=[],
        file_loads=[], quarantine_rows=[], history=[], speech=console_voice("zh-CN"),
    )  # fmt: skip
    html5lib.HTMLParser(strict=True).parse(index.read_text(encoding="utf-8"))


def test_the_order_of_the_inputs_does_not_change_a_byte(
    tmp_path: Path, validations: list[Validation]
) -> None:
    one = pages_of(write(tmp_path / "one", validations))
    two = pages_of(write(tmp_path / "two", validations[::-1], step=-1))
    assert one == two


def test_long_lists_are_cut_on_the_page_and_the_count_is_not(tmp_path: Path) -> None:
    rows = [
        QuarantinedRow("crm__clinics", "f", number, "a", "v" * 999, "too_long")
        for number in range(1234)
    ]
    index = quality.write_site(
        tmp_path, study_name="s", cycle_key="2026-Q2", as_of=date(2026, 5, 1), validations=[],
        file_loads=[], quarantine_rows=rows, history=[], speech=console_voice("en"),
    )  # fmt: skip
    page = pages_of(index)["crm__clinics.html"]
    assert "1,234 rows" in page
    assert "1,134 more are not shown" in page
    assert "v" * 201 not in page


def test_importing_the_room_loads_nothing_heavy() -> None:
    program = (
        "import sys; import roi_pipeline.quality;"
        "heavy = {'great_expectations', 'duckdb', 'sqlalchemy', 'jinja2', 'pandas', 'polars'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
