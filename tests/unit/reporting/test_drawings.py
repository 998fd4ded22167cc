"""A chart is drawn once for what it shows; a drawing that may be another one is never taken."""

from dataclasses import replace
from pathlib import Path

import pytest

from roi_pipeline.reporting import drawings
from roi_pipeline.reporting.charts import chart_svg
from roi_pipeline.reporting.drawings import charts_kept_in, drawn_once, name_of
from roi_pipeline.reporting.model import Chart, WaterfallChart

CHART = WaterfallChart("money", "Where the money goes", (("cost", -2.0, False, "−2"),))


class Pen:
    """Draws, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, chart: Chart) -> str:
        self.count += 1
        return f"<svg>{chart.id}</svg>"


def test_a_kept_chart_is_the_chart_drawn_anew(tmp_path: Path) -> None:
    drawn = chart_svg(CHART)
    other = replace(CHART, id="other", title="Andere")
    for _ in range(2):
        with charts_kept_in(tmp_path):
            assert chart_svg(CHART) == drawn
            assert chart_svg(other) == drawn.replace("money-", "other-")
    assert [path.name for path in tmp_path.iterdir()] == [name_of(CHART)]


def test_what_shows_anything_else_is_drawn(tmp_path: Path) -> None:
    pen = Pen()
    with charts_kept_in(tmp_path):
        for steps in ((("cost", -2.0, False, "−2"),), (("cost", -2.5, False, "−2"),),
                      (("cost", -2.0, True, "−2"),), (("cost", -2.0, False, "−2.0"),)):  # fmt: skip
            drawn_once(replace(CHART, steps=steps), pen)
    assert pen.count == 4


def test_outside_of_a_folder_and_of_a_torn_file_it_is_drawn_anew(tmp_path: Path) -> None:
    pen = Pen()
    drawn_once(CHART, pen)
    drawn_once(CHART, pen)
    assert pen.count == 2
    for torn in (b"<svg>", b"\xff"):
        (tmp_path / name_of(CHART)).write_bytes(torn)
        with charts_kept_in(tmp_path):
            assert drawn_once(CHART, pen) == "<svg>money</svg>"
    assert pen.count == 4


def test_the_folder_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "MOST_KEPT", 3)
    for number in range(6):
        with charts_kept_in(tmp_path):
            drawn_once(replace(CHART, steps=(("cost", float(number), False, ""),)), Pen())
    assert len(list(tmp_path.iterdir())) == 3
