"""Every figure that says which one it is equals its source, in every format and language."""

import json
import sys
from pathlib import Path

import pytest

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.study import Reader
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.reporting import render_edition, render_email
from roi_pipeline.reporting.messages import Sentences

sys.path.insert(0, str(Path(__file__).parents[2] / "integration"))

from printed_figures import marked_figures, wrong_figures


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
