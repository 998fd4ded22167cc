"""An e-mail holds only what Outlook, Gmail, QQ Mail and Apple Mail all show."""

from dataclasses import replace
from email import policy
from email.message import EmailMessage
from pathlib import Path

import html5lib
import pytest
from mail_rules import LARGEST_HTML, RULES, elements, faults
from report_clinic import HOSTILE, text

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.study import Reader
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting import mail, reader_attachments, render_edition, render_email
from roi_pipeline.reporting.mail import LONGEST_SUBJECT
from roi_pipeline.reporting.messages import Sentences


@pytest.fixture(scope="module", params=[(), ("content_push",), ("follow_up", "script_generation")])
def email(request: pytest.FixtureRequest, edition: EditionInputs, sentences: Sentences) -> Email:
    reader = Reader("owner@example.com", "zh-CN", request.param)
    return render_email(edition, reader, sentences=sentences)


def test_a_email_holds_only_what_all_four_clients_show(email: Email) -> None:
    assert faults(email.html) == []


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<style>td { color: red }</style>", "<style>"),
        ('<div class="card">x</div>', "<div class>"),
        ('<span style="padding:1px">x</span>', "padding: 1px: not on this element"),
        ('<p style="border:1px solid red">x</p>', "border: 1px solid red: not on this"),
        ('<td style="border:9px solid red">x</td>', "wider than 8 pixels"),
        ('<p style="margin:-4px 0">x</p>', "a value not all know"),
        ('<div style="display:none">x</div>', "without mso-hide"),
        ('<div style="display:flex">x</div>', "only ['none']"),
        ('<img src="cid:a" alt="a" style="max-width:590px">', "without the attribute width"),
        ('<img src="https://example.com/a.png" alt="a">', "src=https://example.com/a.png"),
        ('<td style="background-image:url(cid:a)">x</td>', "no client is known"),
        ('<td style="position:absolute">x</td>', "no client is known"),
        ("<!-- note --><p>x</p>", "comment"),
        ("<p>" + "x" * LARGEST_HTML + "</p>", "bytes"),
    ],
)  # fmt: skip
def test_what_a_client_does_not_show_is_found(html: str, fault: str) -> None:
    assert any(fault in found for found in faults(html)), faults(html)


def test_every_rule_names_a_public_source() -> None:
    rules = [RULES["size"], RULES["elements"], RULES["attributes"], RULES["addresses"]]
    for rule in (*rules, *RULES["properties"].values()):
        name = rule["source"].partition(":")[0]
        assert RULES["sources"][name].startswith("https://")


def test_html_stays_below_the_size_the_product_promises() -> None:
    assert mail.LARGEST_HTML == LARGEST_HTML


def test_html_is_valid(email: Email) -> None:
    parser = html5lib.HTMLParser()
    parser.parse(email.html)
    assert [code for _, code, _ in parser.errors] == []


def test_every_picture_travels_along_and_has_a_text_and_a_width(email: Email) -> None:
    shown = [attributes for tag, attributes in elements(email.html) if tag == "img"]
    ids = {item.content_id for item in email.attachments if item.content_id}
    assert {image["src"].removeprefix("cid:") for image in shown} == ids
    assert all(image["alt"] and image["width"] for image in shown)
    inside = [item for item in email.attachments if item.content_id]
    assert all(item.content.startswith(b"\x89PNG") for item in inside)


def test_layout_tables_are_told_to_screen_readers(email: Email) -> None:
    tables = [attributes for tag, attributes in elements(email.html) if tag == "table"]
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


@pytest.mark.parametrize(
    ("modules", "subject"),
    [
        (
            ("smart_assistant", "follow_up"),
            "Intent recognition, Follow-up prediction 2026-Q1: Provisional, leaning towards “Acceptable, monitor the trend” ×1, Review ×1",
        ),
        (
            ("smart_assistant", "script_generation", "content_push", "follow_up"),
            "4 modules 2026-Q1: Provisional, leaning towards “Acceptable, monitor the trend” ×1, Too early to rate ×1, Excellent ×1, +1",
        ),
    ],
)
def test_the_subject_of_several_modules_counts_their_verdicts(
    edition: EditionInputs, sentences: Sentences, modules: tuple[str, ...], subject: str
) -> None:
    reader = Reader("owner@example.com", "en", modules)
    email = render_email(edition, reader, sentences=sentences)
    assert email.subject == f"[Yueyan Aesthetic Clinics] {subject}"


def test_a_name_cannot_make_a_second_header(edition: EditionInputs, sentences: Sentences) -> None:
    name = f"Acme\r\nBcc: everybody@example.com\r\n{HOSTILE}"
    study = replace(edition.study, company=text(name, name, name))
    email = render_email(
        replace(edition, study=study), Reader("a@example.com", "en"), sentences=sentences
    )
    assert "\n" not in email.subject
    assert "\r" not in email.subject
    assert len(email.subject) <= LONGEST_SUBJECT
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = email.subject
    assert message["Bcc"] is None
    assert "<script" not in email.html
    assert "\u202e" not in email.html + email.text + email.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_plain_text_says_what_the_html_says(
    edition: EditionInputs, sentences: Sentences, language: Language
) -> None:
    email = render_email(edition, Reader("a@example.com", language), sentences=sentences)
    for name in ("101%", "300%"):
        assert name in email.text
        assert name in email.html
    assert "<" not in email.text.replace("<1%", "")
    assert email.short_text.count("\n") <= 4


def test_the_same_edition_gives_the_same_email(
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
    email = render_email(edition, owner, attachments=attached, sentences=sentences)
    assert attached[0] in email.attachments
    assert "完整报告见附件" in email.html
