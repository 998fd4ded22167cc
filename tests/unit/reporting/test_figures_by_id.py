"""Every figure that says which one it is equals its source, in every format and language."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.study import Reader
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting import render_edition, render_email, render_pdf
from roi_pipeline.reporting.messages import Sentences

sys.path.insert(0, str(Path(__file__).parents[2] / "integration"))

from printed_figures import Source, marked_figures, wrong_figures
from printed_figures_sent import wrong_in_email, wrong_in_pdf

ROW = '<tr><td><b data-figure="a.rated.net">{}</b></td><td><b data-figure="a.rated.net">{}</b></td></tr>'


@pytest.fixture(scope="module")
def folder(
    edition: EditionInputs, sentences: Sentences, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    target = tmp_path_factory.mktemp("figures")
    render_edition(edition, target, languages=LANGUAGES, sentences=sentences)
    return target


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_printed_figure_is_its_source(folder: Path, language: str) -> None:
    n, wrong = wrong_figures(folder, language)  # type: ignore[arg-type]
    assert wrong == []
    assert n > 100


def test_a_changed_figure_is_found(folder: Path, tmp_path: Path) -> None:
    """The comparison itself: one cent, one digit of an effect, one ROI."""
    changed = json.loads((folder / "figures.json").read_text("utf-8"))
    first = changed["modules"][0]
    line = first["value"]["rated"]["costs"][0]
    line["amount"] = str(float(line["amount"]) + 1)
    (tmp_path / "en").mkdir()
    for path in (folder / "en").iterdir():
        (tmp_path / "en" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "figures.json").write_text(json.dumps(changed), "utf-8")
    _, wrong = wrong_figures(tmp_path, "en")
    assert any(f"rated.{line['id']}" in each for each in wrong)


def test_the_mail_has_the_figures_of_page_one(
    edition: EditionInputs, sentences: Sentences, folder: Path
) -> None:
    email = render_email(edition, Reader("a@b.cn", "en"), sentences=sentences)
    page_one = [
        shown
        for figure, shown in marked_figures(folder / "en" / "portfolio.html")[:2]
        if figure.startswith("portfolio.") or figure.endswith(".roi")
    ]
    assert page_one
    for shown in page_one:
        assert shown in email.text
        assert shown in email.html.replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("modules", [(), ("content_push", "follow_up")])
def test_figures_of_an_email_are_those_of_the_figures_file(
    edition: EditionInputs,
    sentences: Sentences,
    folder: Path,
    language: Language,
    modules: tuple[str, ...],
) -> None:
    reader, source = Reader("a@b.cn", language, modules), Source(folder / "figures.json")
    email = render_email(edition, reader, sentences=sentences)
    n, wrong = wrong_in_email(email, edition, reader, source)
    assert wrong == []
    assert n >= (5 * len(modules) or 2)
    other = replace(email, text=email.text.replace("300%", "301%").replace("101%", "102%"))
    assert wrong_in_email(other, edition, reader, source)[1]


@pytest.mark.parametrize(
    ("printed", "stated", "is_found"),
    [
        (("12.5%", "1,204"), ("12.5%", "1,204"), True),
        (("12.5%", "1,204"), ("12.5%", "1,205"), False),
        (("12.5%", "1,204"), ("2.5%", "1,204"), False),
        (("1,204", "12.5%"), ("12.5%", "1,204"), False),
        (("31,204", "7"), ("31", "7"), False),
        (("5.25", "7"), ("25", "7"), False),
    ],
)
def test_a_pdf_with_another_figure_than_its_page_is_found(
    tmp_path: Path, printed: tuple[str, str], stated: tuple[str, str], *, is_found: bool
) -> None:
    page = tmp_path / "a.html"
    table = f"<!DOCTYPE html><html lang='en'><body><table>{ROW}</table></body></html>"
    page.write_text(table.format(*stated), "utf-8")
    n, wrong = wrong_in_pdf(render_pdf(table.format(*printed)), page, is_whole=True)
    assert n == 2
    assert (wrong == []) == is_found
