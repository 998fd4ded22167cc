"""The e-mails of every example study, to every kind of reader, hold only what all mail programs show."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from closed_examples import PARAMS, ClosedExample, closed_example
from mail_rules import elements, faults
from printed_figures import Source
from printed_figures_sent import wrong_in_email

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.study import Reader
from roi_pipeline.reporting import render_email
from roi_pipeline.usecases.send import kept_inputs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@dataclass(frozen=True, slots=True)
class Mailed:
    """The e-mails of an edition to every kind of reader, and what they were made from."""

    inputs: EditionInputs
    source: Source
    by_reader: tuple[tuple[Reader, Email], ...]


@pytest.fixture(scope="module", params=PARAMS)
def mailed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Mailed:
    example: ClosedExample = closed_example(request.param, tmp_path_factory)
    inputs = kept_inputs(example.archive, example.editions[-1])
    by_reader = tuple((reader, render_email(inputs, reader)) for reader in _readers(inputs))
    return Mailed(inputs, Source(example.reports / "figures.json"), by_reader)


@pytest.fixture(scope="module")
def emails(mailed: Mailed) -> dict[str, Email]:
    return {
        f"{reader.language} {'+'.join(reader.modules)}": email for reader, email in mailed.by_reader
    }


def _readers(inputs: EditionInputs) -> Iterator[Reader]:
    """In each language: the owner, somebody of each module, and somebody of all of them at once."""
    modules = tuple(module.module.id for module in inputs.modules)
    for language in inputs.study.languages:
        for chosen in [(), *((name,) for name in modules), modules]:
            yield Reader("reader@example.com", language, chosen)


def test_every_client_shows_all_of_every_email(emails: dict[str, Email]) -> None:
    found = {name: faults(email.html) for name, email in emails.items()}
    assert {name: list_ for name, list_ in found.items() if list_} == {}


def test_every_figure_of_an_email_is_its_source_to_the_printed_digit(mailed: Mailed) -> None:
    """Figures of text and HTML, found by label, compared with `figures.json` by id."""
    seen = 0
    for reader, email in mailed.by_reader:
        n, wrong = wrong_in_email(email, mailed.inputs, reader, mailed.source)
        seen += n
        assert wrong == [], reader
    assert seen > 3 * len(mailed.by_reader)


def test_pictures_travel_inside_and_say_what_they_show(emails: dict[str, Email]) -> None:
    assert emails
    for name, email in emails.items():
        shown = [attributes for tag, attributes in elements(email.html) if tag == "img"]
        inside = [item for item in email.attachments if item.content_id]
        assert [image["src"].removeprefix("cid:") for image in shown] == [
            item.content_id for item in inside
        ], name
        assert all(image["alt"] and image["width"] for image in shown), name
        assert all(item.content.startswith(b"\x89PNG") for item in inside), name


def test_the_plain_text_and_the_subject_say_the_verdict(emails: dict[str, Email]) -> None:
    assert emails
    for name, email in emails.items():
        verdict = email.subject.partition("：" if name.startswith("zh") else ": ")[2]
        assert verdict, name
        assert verdict.partition("，ROI")[0].partition(", ROI")[0].partition(" ×")[0] in email.text
        assert "…" not in email.subject, name
        assert "<" not in email.text.replace("<1%", ""), name
