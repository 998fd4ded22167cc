"""The index page of the archive: every edition, nothing fetched, names are text."""

import re
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath

import pytest

from roi_pipeline.domain.archives import EditionInputsKept, Headline, Manifest
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import LANGUAGES, Language, Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.reporting.archive_page import write_archive_page
from roi_pipeline.resources import shipped_folder

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}\u202e"


def _study(language: Language = "en", company: str = "Clinics") -> Study:
    return Study(
        id="clinic", folder=PurePosixPath("study"), company=Text({language: company}),
        headcount=5, currency="CNY", languages=(language,), timezone="UTC", cycle_kind="quarter",
        history=Window(date(2026, 1, 1), date(2027, 1, 1)), modules=(), contracts=(), metrics={},
        standards=(),
    )  # fmt: skip


def _headline(module_id: str, **changes) -> Headline:  # noqa: ANN003
    line = Headline(module_id, Decimal("0.5"), None, None, "given", "meets", "continue", "CNY",
                    Decimal(3), Decimal(2))  # fmt: skip
    return replace(line, **changes)


def _manifest(name: str, *headlines: Headline, **changes) -> Manifest:  # noqa: ANN003
    cycle, edition = name.split("/")
    status, number = edition.split("-")
    files = {f"reports/en/{line.module_id}.{kind}": "a" for line in headlines for kind in
             ("html", "xlsx")}  # fmt: skip
    manifest = Manifest(
        name=name, edition_id=f"clinic/{name}", study_id="clinic", cycle_key=cycle,
        status="final" if status == "final" else "restated", number=int(number),
        as_of=date(2026, 4, 15), seed=1, package_version="1",
        inputs=EditionInputsKept({}, ()), product={}, versions={}, headlines=headlines, files=files,
    )  # fmt: skip
    return replace(manifest, **changes)


class _Page(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags, self.links, self.text = list[str](), list[str](), ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_edition_stands_on_the_page_the_latest_first(tmp_path: Path) -> None:
    manifests = [
        _manifest("2026-Q1/final-1", _headline("push"), gaps=("effects/chat",)),
        _manifest("2026-Q1/restated-1", _headline("push"), previous="2026-Q1/final-1"),
        _manifest("2026-Q2/final-1", _headline("push"), previous="2026-Q1/restated-1"),
    ]
    page = _Page(write_archive_page(tmp_path, study=_study(), manifests=manifests))
    places = [page.text.index(f"{m.name}\n") for m in (manifests[2], manifests[1])]
    assert places == sorted(places)
    assert page.text.count("superseded by a later edition") == 1
    assert page.text.count("closed with missing data") == 1
    assert "compared with 2026-Q1/restated-1" in page.text
    assert "2026-Q1/restated-1/reports/en/push.html" in page.links
    assert "2026-Q1/final-1/manifest.json" in page.links
    assert not any("//" in link or link.startswith("/") for link in page.links)


def test_what_has_no_roi_or_rating_is_said_and_names_are_text(tmp_path: Path) -> None:
    line = _headline(HOSTILE, roi=None, rating_status="too_early", rating_grade=None)
    path = write_archive_page(
        tmp_path, study=_study(company=HOSTILE), manifests=[_manifest("2026-Q1/final-1", line)]
    )
    page = _Page(path)
    assert "script" not in page.tags
    assert "Too early to rate" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "\u202e" not in page.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_every_language_and_is_the_same_each_time(
    tmp_path: Path, language: Language
) -> None:
    texts = tomllib.loads((shipped_folder("report_templates") / "archive/texts.toml").read_text())
    assert all(set(words) == set(LANGUAGES) for words in texts.values())
    manifests = [_manifest("2026-Q1/final-1", _headline("portfolio"))]
    path = write_archive_page(tmp_path, study=_study(language), manifests=manifests)
    first = path.read_bytes()
    assert texts["title"][language] in first.decode()
    write_archive_page(tmp_path, study=_study(language), manifests=manifests)
    assert path.read_bytes() == first
    assert [item.name for item in tmp_path.iterdir()] == ["index.html"]


def test_an_empty_archive_says_so(tmp_path: Path) -> None:
    page = _Page(write_archive_page(tmp_path, study=_study(), manifests=[]))
    assert "No cycle has been closed yet." in page.text


def test_cycles_stand_side_by_side_with_the_change_between_them(tmp_path: Path) -> None:
    manifests = [
        _manifest("2026-Q1/final-1", _headline("push")),
        _manifest("2026-Q1/restated-1", _headline("push", roi=Decimal("0.4"))),
        _manifest(
            "2026-Q2/final-1", _headline("push", roi=Decimal("0.75")), previous="2026-Q1/restated-1"
        ),
    ]
    path = write_archive_page(tmp_path, study=_study(), manifests=manifests)
    grid = path.read_text("utf-8").partition('<table class="grid">')[2].partition("</table>")[0]
    texts = [part.strip() for part in re.sub(r"<[^>]+>", "|", grid).split("|") if part.strip()]
    assert texts == [
        "Module", "2026-Q2", "2026-Q1",
        "push", "75.0%", "▲ 35 points", "Meets the standard", "40.0%", "Meets the standard",
    ]  # fmt: skip
    assert "script" not in _Page(path).tags


def test_each_language_has_its_page_and_only_its_own_files(tmp_path: Path) -> None:
    study = replace(_study("zh-CN"), languages=("zh-CN", "en"))
    files = {f"reports/{each}/push.html": "a" for each in ("zh-CN", "en")}
    manifests = [_manifest("2026-Q1/final-1", _headline("push"), files=files)]
    first = _Page(write_archive_page(tmp_path, study=study, manifests=manifests))
    second = _Page(tmp_path / "index.en.html")
    assert "index.en.html" in first.links
    assert "index.html" in second.links
    assert "2026-Q1/final-1/reports/zh-CN/push.html" in first.links
    assert "2026-Q1/final-1/reports/en/push.html" not in first.links
    assert "2026-Q1/final-1/reports/en/push.html" in second.links
