"""Editions of the other example studies: computed again to the byte, and no changed byte unseen."""

import shutil
from pathlib import Path

import pytest
from closed_examples import PARAMS, ClosedExample, closed_example, roi
from page_one_reading import unanswered
from printed_amounts import near_amounts, wrong_totals
from printed_figures import wrong_figures
from printed_figures_sent import wrong_in_pdf

from roi_pipeline.defs.run import verify
from roi_pipeline.domain.archives import Manifest
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.resources import CHECKOUT
from roi_pipeline.usecases.histories import archive_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
COMPUTED_AGAIN = [
    "callcentre-startup",
    *(
        pytest.param(name, marks=pytest.mark.soak)
        for name in ("callcentre-sme", "callcentre-large", "manufacturer")
    ),
]
PRODUCT = ("roi_pipeline", "sql", "catalogue", "report_templates", "studies")


@pytest.fixture(scope="module", params=[param for param in PARAMS if "clinic" not in str(param)])
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ClosedExample:
    return closed_example(request.param, tmp_path_factory)


def _manifest(example: ClosedExample) -> Manifest:
    return example.archive.manifest(example.editions[-1])


@pytest.mark.parametrize("name", COMPUTED_AGAIN)
def test_an_edition_is_identical_in_a_new_process_and_changed_sql_is_named(
    name: str, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """Other threads, and a product whose SQL differs in a file this study has no use for."""
    example, product = closed_example(name, tmp_path_factory), tmp_path / "product"
    for part in PRODUCT:
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / part, product / part, ignore=unwanted)
    sql = product / "sql/facts/calls.sql"
    sql.write_text(sql.read_text("utf-8") + "-- one more line\n", "utf-8")
    done = roi("verify", example.folder, example.editions[-1], "--threads", 3, checkout=product)
    assert done.returncode == 0, done.stdout + done.stderr
    n_files = len(_manifest(example).files)
    assert f"{example.editions[-1]}: identical ({n_files} files recomputed)" in done.stdout
    named = [line.split(":")[1] for line in done.stdout.splitlines() if "in the product:" in line]
    assert named == [" sql sql/facts/calls.sql"], done.stdout


def test_a_changed_byte_of_what_is_kept_is_named(example: ClosedExample, tmp_path: Path) -> None:
    """Of an export and of the configuration, before anything is computed from them."""
    shutil.copytree(example.folder / "out/editions", tmp_path / "out/editions")
    archive, manifest = archive_of(StudyPaths(tmp_path)), _manifest(example)
    export = max(manifest.inputs.exports, key=lambda item: item.path)
    _flip_last_byte(archive.store.path(export.object_sha256))
    _flip_last_byte(archive.store.path(manifest.inputs.config["study.toml"]))
    verdict = verify(tmp_path, archive, manifest.name)
    assert not verdict.is_identical
    assert {(item.kind, item.name) for item in verdict.broken} == {
        ("config", "study.toml"),
        ("export", export.path),
    }
    assert "archived inputs are not what they were" in verdict.reason


def test_a_changed_byte_of_a_published_report_is_named(
    example: ClosedExample, tmp_path: Path
) -> None:
    shutil.copytree(example.folder / "out/editions", tmp_path / "out/editions")
    archive, manifest = archive_of(StudyPaths(tmp_path)), _manifest(example)
    name = next(path for path in manifest.files if path.endswith("portfolio.html"))
    _flip_last_byte(archive.path(manifest.name) / name)
    assert [item.name for item in archive.tampered(manifest)] == [name]


def _flip_last_byte(path: Path) -> None:
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def test_money_is_rounded_once_and_adds_up(example: ClosedExample) -> None:
    """No quantity is printed as two amounts, and every total is the sum of its printed lines."""
    pages = sorted(example.reports.glob("*/*.html"))
    assert pages
    seen = 0
    for page in pages:
        n_totals, wrong = wrong_totals(page)
        seen += n_totals
        assert wrong == []
        assert near_amounts(page, smallest=5_000) == [], page
    assert seen >= len(pages)


def test_every_printed_figure_is_its_source_to_the_printed_digit(example: ClosedExample) -> None:
    """Figures found by their ids in HTML, compared with `figures.json`, Markdown and workbooks."""
    languages = [each for each in LANGUAGES if (example.reports / each).is_dir()]
    assert languages
    for language in languages:
        n, wrong = wrong_figures(example.reports, language)
        assert wrong == []
        assert n > 30


def test_every_figure_of_a_pdf_stands_where_its_id_points(example: ClosedExample) -> None:
    """The whole and the board's page of every reader who asked for PDF, against the HTML by id."""
    pdfs, seen = sorted(example.reports.glob("*/*.pdf")), 0
    assert pdfs
    for path in pdfs:
        page = path.with_name(path.name.replace("-board", "")).with_suffix(".html")
        is_whole = "-board" not in path.name
        n, wrong = wrong_in_pdf(path.read_bytes(), page, is_whole=is_whole)
        assert wrong == []
        seen += n
    assert seen >= 3 * len(pdfs)


def test_page_one_of_every_module_answers_the_five_questions(example: ClosedExample) -> None:
    """What changed, how sure, worth what, do what, by when; in at most 120 words of prose."""
    pages = [
        page
        for page in sorted(example.reports.glob("*/*.html"))
        if page.parent.name == "en" and page.stem != "portfolio"
    ]
    assert pages
    assert [each for page in pages for each in unanswered(page)] == []
