"""A letter holds only what Outlook, Gmail, QQ Mail and Apple Mail all show."""

import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import html5lib
import pytest
from report_clinic import HOSTILE, text

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.letters import Letter
from roi_pipeline.domain.study import Reader
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting import reader_attachments, render_edition, render_email
from roi_pipeline.reporting.mail import LARGEST_HTML, LONGEST_SUBJECT
from roi_pipeline.reporting.messages import Sentences

# What the support tables of the four clients have in common (caniemail.com): Outlook for Windows
# lays out with Word, Gmail drops style sheets, QQ Mail drops classes and everything that positions.
TAGS = {
    "html", "head", "meta", "title", "body", "div", "table", "tbody", "tr", "td", "p", "span",
    "strong", "br", "img",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "role", "class", "width", "height", "align", "bgcolor",
    "cellpadding", "cellspacing", "border", "style", "src", "alt", "http-equiv",
}  # fmt: skip
PROPERTIES = {
    "background-color", "border", "border-top", "color", "display", "font-family", "font-size",
    "font-weight", "height", "line-height", "margin", "max-width", "padding", "padding-top",
    "text-align", "vertical-align", "width",
}  # fmt: skip


class Elements(HTMLParser):
    """Every element of a letter."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


@pytest.fixture(scope="module", params=[(), ("content_push",), ("follow_up", "script_generation")])
def letter(request: pytest.FixtureRequest, edition: EditionInputs, sentences: Sentences) -> Letter:
    reader = Reader("owner@example.com", "zh-CN", request.param)
    return render_email(edition, reader, sentences=sentences)


def elements(letter: Letter) -> list[tuple[str, dict[str, str]]]:
    parser = Elements()
    parser.feed(letter.html)
    return parser.found


def test_only_tags_and_attributes_all_clients_know(letter: Letter) -> None:
    assert {tag for tag, _ in elements(letter)} <= TAGS
    assert {name for _, attributes in elements(letter) for name in attributes} <= ATTRIBUTES


def test_only_style_properties_all_clients_know(letter: Letter) -> None:
    styles = [attributes.get("style", "") for _, attributes in elements(letter)]
    used = {
        part.split(":")[0].strip() for style in styles for part in style.split(";") if ":" in part
    }
    assert used <= PROPERTIES
    assert "font-family" in used
    assert "<style" not in letter.html


def test_no_background_picture_no_script_no_address(letter: Letter) -> None:
    assert not re.search(r"https?:|javascript:|url\(|@media|<!--(?!\[if mso\])", letter.html)


def test_html_is_small_enough_for_gmail(letter: Letter) -> None:
    assert len(letter.html.encode()) < LARGEST_HTML


def test_html_is_valid(letter: Letter) -> None:
    parser = html5lib.HTMLParser()
    parser.parse(letter.html)
    assert [code for _, code, _ in parser.errors] == []


def test_every_picture_travels_along_and_has_a_text_and_a_width(letter: Letter) -> None:
    shown = [attributes for tag, attributes in elements(letter) if tag == "img"]
    ids = {item.content_id for item in letter.attachments if item.content_id}
    assert {image["src"].removeprefix("cid:") for image in shown} == ids
    assert all(image["alt"] and image["width"] for image in shown)
    assert all(item.content.startswith(b"\x89PNG") for item in letter.attachments)


def test_layout_tables_are_told_to_screen_readers(letter: Letter) -> None:
    tables = [attributes for tag, attributes in elements(letter) if tag == "table"]
    assert tables
    assert all(table.get("role") == "presentation" for table in tables)


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("zh-CN", "【悦颜医美连锁】内容推送决策 2026-Q1：优质，ROI 300%"),
        ("zh-TW", "【悅顏醫美連鎖】內容推送決策 2026-Q1：優質，ROI 300%"),
        ("en", "[Yueyan Aesthetic Clinics] Content push 2026-Q1: Excellent, ROI 300%"),
    ],
)
def test_the_subject_says_the_verdict(
    edition: EditionInputs, sentences: Sentences, language: Language, subject: str
) -> None:
    reader = Reader("owner@example.com", language, ("content_push",))
    assert render_email(edition, reader, sentences=sentences).subject == subject


def test_a_name_cannot_make_a_second_header(edition: EditionInputs, sentences: Sentences) -> None:
    name = f"Acme\r\nBcc: everybody@example.com\r\n{HOSTILE}"
    study = replace(edition.study, company=text(name, name, name))
    letter = render_email(
        replace(edition, study=study), Reader("a@example.com", "en"), sentences=sentences
    )
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject
    assert len(letter.subject) <= LONGEST_SUBJECT
    message = EmailMessage(policy=email.policy.SMTP)
    message["Subject"] = letter.subject
    assert message["Bcc"] is None
    assert "<script" not in letter.html
    assert "\u202e" not in letter.html + letter.text + letter.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_text_says_what_the_html_says(
    edition: EditionInputs, sentences: Sentences, language: Language
) -> None:
    letter = render_email(edition, Reader("a@example.com", language), sentences=sentences)
    for name in ("101%", "300%"):
        assert name in letter.text
        assert name in letter.html
    assert "<" not in letter.text.replace("<1%", "")
    assert letter.short_text.count("\n") <= 4


def test_the_same_edition_gives_the_same_letter(
    edition: EditionInputs, sentences: Sentences
) -> None:
    reader = Reader("a@example.com", "zh-CN")
    first, second = (render_email(edition, reader, sentences=sentences) for _ in range(2))
    assert first == second
    assert first.dated == edition.provenance.as_of
    assert first.edition_id == "clinic/2026-Q1/final-1"


def test_a_reader_gets_the_files_asked_for_and_no_others(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    files = render_edition(
        edition, tmp_path, formats=["md", "xlsx", "json"], languages=["en", "zh-CN"],
        sentences=sentences,
    )  # fmt: skip
    module_reader = Reader("a@example.com", "en", ("follow_up",), ("md", "xlsx", "json"))
    names = [item.name for item in reader_attachments(tmp_path, files, module_reader)]
    assert names == ["follow_up.md", "follow_up.xlsx"]
    owner = Reader("b@example.com", "zh-CN", (), ("md", "json"))
    attached = reader_attachments(tmp_path, files, owner)
    assert [item.name for item in attached] == ["portfolio.json", "portfolio.md"]
    letter = render_email(edition, owner, attachments=attached, sentences=sentences)
    assert attached[0] in letter.attachments
    assert "完整报告见附件" in letter.html
