"""Editions of the clinic study: two cycles closed, both computed again in new processes."""

from decimal import Decimal

import pytest
from closed_examples import CYCLES, ClosedExample, closed_example, roi
from page_one_reading import unanswered
from printed_figures import wrong_figures

from roi_pipeline.usecases.histories import rated_roi, read_kept

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]
CLOSED = tuple(cycle for cycle, _ in CYCLES["clinic"])


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> ClosedExample:
    """A small clinic study with two cycles closed."""
    return closed_example("clinic", tmp_path_factory)


@pytest.mark.parametrize(("cycle", "threads"), [(CLOSED[0], 1), (CLOSED[1], 3)])
def test_an_edition_comes_out_the_same_in_a_new_process(
    clinic: ClosedExample, cycle: str, threads: int
) -> None:
    done = roi("verify", clinic.folder, cycle, "--threads", threads)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{cycle}/final-1: identical" in done.stdout


def test_the_bridge_between_the_cycles_adds_up_for_every_module(clinic: ClosedExample) -> None:
    then, now = (read_kept(clinic.archive, name) for name in clinic.editions)
    bridged = 0
    for module in now.modules:
        before = then.value(module.module_id)
        assert before is not None
        assert module.previous is not None
        assert {step.cause for step in module.previous.bridge} <= {
            "new_data",
            "late_data",
            "method",
        }
        old, new = rated_roi(before), rated_roi(module.value)
        if not module.previous.bridge or old is None or new is None:
            continue
        total = sum((step.roi_change for step in module.previous.bridge), Decimal(0))
        assert abs(new - old - total) < Decimal("1e-6"), module.module_id
        bridged += 1
    assert bridged >= 3


def test_every_printed_figure_is_its_source_to_the_printed_digit(clinic: ClosedExample) -> None:
    for language in ("zh-CN", "zh-TW", "en"):
        n, wrong = wrong_figures(clinic.reports, language)
        assert wrong == []
        assert n > 200 or not (clinic.reports / language).is_dir()
    assert (clinic.reports / "zh-CN").is_dir()


def test_page_one_of_every_module_answers_the_five_questions(clinic: ClosedExample) -> None:
    pages = [path for path in sorted(clinic.reports.glob("en/*.html")) if path.stem != "portfolio"]
    assert len(pages) >= 5
    assert [each for page in pages for each in unanswered(page)] == []
