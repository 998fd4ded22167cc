"""Hostile text in every field of the exports and of the study appears as text, wherever it is shown."""

import csv
import email
import email.policy
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tiny_study import STORES, write_tiny_study

from roi_pipeline.defs.run import close_study
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.reporting.scripts import without_script
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.send import write_edition_emails
from roi_pipeline.usecases.studies import study_in

CYCLE = "2026-02"
MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TEMPLATE = "{{ 7*191 }}{% for x in y %}{# c #}${7*191}"
BIDI = "\u202egnp.exe\u2066\u200b"
FORMULA = '=HYPERLINK("https://example.com/",1)'
LONG = "W" * 180 + "超" * 80
HOSTILE = f"{MARKUP}{TEMPLATE}{BIDI}😀`|*_[x](javascript:alert(3))\\n{LONG}"
EVALUATED = "1337"  # what 7*191 would become
# Characters that act unseen: none may reach a page or an e-mail.
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
STARTS = ("=", "+", "-", "@")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny study with every name, note and unit replaced; one spreadsheet formula of each kind."""
    folder = write_tiny_study(tmp_path_factory.mktemp("hostile") / "study")
    study_toml, module = folder / "study.toml", folder / "modules/greeter.toml"
    _replace(study_toml, {'"Tiny Stores"': HOSTILE, '"小店"': HOSTILE, '"price list"': FORMULA,
                          '"finance"': f"@SUM(1){HOSTILE}"})  # fmt: skip
    _replace(module, {'"Greeter"': f"={HOSTILE}", '"迎宾助手"': HOSTILE, '"迎賓助手"': HOSTILE,
                      '"Shop floor"': HOSTILE, '"门店"': HOSTILE, '"门市"': HOSTILE,
                      '"Licence"': f"+1{HOSTILE}", '"许可费"': HOSTILE, '"contract 1"': f"{FORMULA}{HOSTILE}",
                      '"Extra sales"': f"-1{HOSTILE}", '"新增成交"': HOSTILE,
                      'owner = "sales"': HOSTILE})  # fmt: skip
    _replace(folder / "metrics/sale_rate.toml", {
        '"Sale rate"': f"@{HOSTILE}", '"成交率"': HOSTILE, '"sales ÷ visits"': HOSTILE,
        '"成交数 ÷ 到店数"': HOSTILE,
    })  # fmt: skip
    stores = {store: f"{STARTS[n % 4]}{store}{HOSTILE}" for n, store in enumerate(STORES)}
    text = module.read_text("utf-8")
    for store, hostile in stores.items():
        text = text.replace(f"{store} = 2026", f"{_toml(hostile)} = 2026")
    module.write_text(text, "utf-8")
    for path in sorted((folder / "exports").glob("*.csv")):
        _rewrite(path, stores)
    closing = close_study(folder, CYCLE)
    assert (closing.name, closing.outcome.failed) == (f"{CYCLE}/final-1", ())
    return folder


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _replace(path: Path, texts: dict[str, str]) -> None:
    content = path.read_text("utf-8")
    for old, new in texts.items():
        key, equals, _ = old.rpartition("= ")
        content = content.replace(old, f"{key}{equals}{_toml(new)}")
    path.write_text(content, "utf-8")


def _rewrite(path: Path, stores: dict[str, str]) -> None:
    """The export with hostile stores and visits, and a column nobody declared."""
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*head, HOSTILE])
        for visit, store, *rest in rows:
            writer.writerow([f"={visit}{MARKUP}{BIDI}", stores[store], *rest, FORMULA])


class Page(HTMLParser):
    """Elements, attributes that could act, and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.acting: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.acting += [
            f"{tag} {name}={value}"
            for name, value in attrs
            if name.startswith("on") or (value or "").lower().lstrip().startswith("javascript:")
        ]

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(html: str) -> Page:
    page = Page()
    page.feed(html)
    return page


def _reports(study: Path, kind: str) -> Iterator[Path]:
    yield from sorted(
        (archive_of(StudyPaths(study)).path(f"{CYCLE}/final-1") / "reports").rglob(f"*.{kind}")
    )


def test_every_page_shows_it_as_text(study: Path) -> None:
    """Reports, the list of editions and the validation site."""
    pages = [*_reports(study, "html"), study / "out/editions/index.html"]
    pages += sorted((study / "out/validation").rglob("*.html"))
    assert len(pages) >= 6
    for path in pages:
        html = without_script(without_script(path.read_text("utf-8"), "sort"), "search")
        page = _page(html)
        assert not page.tags & {"script", "img", "iframe", "object", "embed"}, path
        assert page.acting == [], path
        assert EVALUATED not in html, path
        assert not UNSEEN.search(html), path
    for path in _reports(study, "html"):
        text = _page(path.read_text("utf-8")).text
        assert MARKUP in text
        assert TEMPLATE in text
        assert "[U+202E]gnp.exe" in text


def test_markdown_shows_it_as_text(study: Path) -> None:
    paths = list(_reports(study, "md"))
    assert paths
    for path in paths:
        text = path.read_text("utf-8")
        assert "<script" not in text
        assert "<img" not in text
        assert not re.search(r"(?<!\\)\]\(javascript:", text), path
        assert EVALUATED not in text
        assert not UNSEEN.search(text)
        assert "&lt;script&gt;alert(1)" in text


def test_no_field_of_a_workbook_is_a_formula_of_theirs(study: Path) -> None:
    paths = list(_reports(study, "xlsx"))
    assert paths
    for path in paths:
        book = openpyxl.load_workbook(path)
        cells = [cell for sheet in book for row in sheet.rows for cell in row if cell.value]
        formulas = [str(cell.value) for cell in cells if cell.data_type == "f"]
        assert formulas
        assert not any(re.search("HYPERLINK|alert|https", formula) for formula in formulas)
        texts = [str(cell.value) for cell in cells if cell.data_type == "s"]
        assert any(text.startswith("+1<script>") for text in texts) or "zh" in str(path)
        assert any(text.startswith("=HYPERLINK") for text in texts)
        assert not any(cell.hyperlink for cell in cells)


def test_figures_hold_it_unchanged(study: Path) -> None:
    (path,) = _reports(study, "json")
    figures: dict[str, Any] = json.loads(path.read_text("utf-8"))
    assert figures["study"]["company"]["en"] == HOSTILE
    assert HOSTILE in figures["modules"][0]["module"]["name"]["en"]


def test_emails_show_it_as_text_and_have_one_line_for_each_header(study: Path) -> None:
    archive = archive_of(StudyPaths(study))
    paths = write_edition_emails(study_in(str(study)), archive, f"{CYCLE}/final-1", environment={})
    assert len(paths) == 2
    for path in paths:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        assert set(message.keys()) <= {
            "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
            "Auto-Submitted", "X-Edition",
        }  # fmt: skip
        html, plain = (message.get_body((kind,)) for kind in ("html", "plain"))
        assert html is not None
        assert plain is not None
        page = _page(html.get_content())
        assert "script" not in page.tags
        assert page.acting == []
        for text in (html.get_content(), plain.get_content(), message["Subject"]):
            assert not UNSEEN.search(text)
            assert EVALUATED not in text
