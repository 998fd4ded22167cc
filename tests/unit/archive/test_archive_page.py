"""The index page of the archive: every edition, nothing fetched, names are text."""

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from archived import archive_study, headline_of, manifest_of

from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting.archive_page import write_archive_page
from roi_pipeline.reporting.scripts import without_script
from roi_pipeline.resources import shipped_folder

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}\u202e"


class _Page(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags, self.links, self.text = list[str](), list[str](), ""
        self.feed(without_script(path.read_text("utf-8"), "search"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_edition_stands_on_the_page_the_latest_first(tmp_path: Path) -> None:
    manifests = [
        manifest_of("2026-Q1/final-1", headline_of("push"), gaps=("effects/chat",)),
        manifest_of("2026-Q1/restated-1", headline_of("push"), previous="2026-Q1/final-1"),
        manifest_of("2026-Q2/final-1", headline_of("push"), previous="2026-Q1/restated-1"),
    ]
    page = _Page(write_archive_page(tmp_path, study=archive_study(), manifests=manifests))
    places = [page.text.index(f"{m.name}\n") for m in (manifests[2], manifests[1])]
    assert places == sorted(places)
    assert page.text.count("superseded by a later edition") == 1
    assert page.text.count("closed with missing data") == 1
    assert "compared with 2026-Q1/restated-1" in page.text
    assert "2026-Q1/restated-1/reports/en/push.html" in page.links
    assert "2026-Q1/final-1/manifest.json" in page.links
    assert not any("//" in link or link.startswith("/") for link in page.links)


def test_what_has_no_roi_or_rating_is_said_and_names_are_text(tmp_path: Path) -> None:
    line = headline_of(HOSTILE, roi=None, rating_status="too_early", rating_grade=None)
    path = write_archive_page(
        tmp_path,
        study=archive_study(company=HOSTILE),
        manifests=[manifest_of("2026-Q1/final-1", line)],
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
    manifests = [manifest_of("2026-Q1/final-1", headline_of("portfolio"))]
    path = write_archive_page(tmp_path, study=archive_study(language), manifests=manifests)
    first = path.read_bytes()
    assert texts["title"][language] in first.decode()
    write_archive_page(tmp_path, study=archive_study(language), manifests=manifests)
    assert path.read_bytes() == first
    assert [item.name for item in tmp_path.iterdir()] == ["index.html"]


def test_an_empty_archive_says_so(tmp_path: Path) -> None:
    page = _Page(write_archive_page(tmp_path, study=archive_study(), manifests=[]))
    assert "No cycle has been closed yet." in page.text


def test_cycles_stand_side_by_side_with_the_change_between_them(tmp_path: Path) -> None:
    manifests = [
        manifest_of("2026-Q1/final-1", headline_of("push")),
        manifest_of("2026-Q1/restated-1", headline_of("push", roi=Decimal("0.4"))),
        manifest_of(
            "2026-Q2/final-1",
            headline_of("push", roi=Decimal("0.75")),
            previous="2026-Q1/restated-1",
        ),
    ]
    path = write_archive_page(tmp_path, study=archive_study(), manifests=manifests)
    grid = path.read_text("utf-8").partition('<table class="grid">')[2].partition("</table>")[0]
    texts = [part.strip() for part in re.sub(r"<[^>]+>", "|", grid).split("|") if part.strip()]
    assert texts == [
        "Module", "2026-Q2", "2026-Q1",
        "push", "75.0%", "▲ 35 points", "Meets the standard", "40.0%", "Meets the standard",
    ]  # fmt: skip
    assert "script" not in _Page(path).tags


def test_each_language_has_its_page_and_only_its_own_files(tmp_path: Path) -> None:
    study = replace(archive_study("zh-CN"), languages=("zh-CN", "en"))
    files = {f"reports/{each}/push.html": "a" for each in ("zh-CN", "en")}
    manifests = [manifest_of("2026-Q1/final-1", headline_of("push"), files=files)]
    first = _Page(write_archive_page(tmp_path, study=study, manifests=manifests))
    second = _Page(tmp_path / "index.en.html")
    assert "index.en.html" in first.links
    assert "index.html" in second.links
    assert "2026-Q1/final-1/reports/zh-CN/push.html" in first.links
    assert "2026-Q1/final-1/reports/en/push.html" not in first.links
    assert "2026-Q1/final-1/reports/en/push.html" in second.links
