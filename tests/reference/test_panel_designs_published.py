"""Panel designs against published results, on the public files beside the project."""

import bz2
import csv
import os
from array import array
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import DesignChoice, Module, PoolMetric, Rollout
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window, cycle_from_key
from roi_pipeline.stats.evaluate import evaluate_metric

DATA = Path(os.environ.get("ROI_DATA", Path(__file__).parents[3] / "shared" / "data"))
NAME = Text({"en": "published"})
METRIC = Metric("outcome", "t", "n", "d", "down", "count", 1, "ops", NAME, NAME)
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the public data sets are not in {DATA}"),
]


def outcome_of(units, values, years, go_live, *, design, cycle):
    """Evaluate yearly outcomes; nan where a unit was not seen."""
    values = np.asarray(values, dtype=float)
    panel = Panel(
        tuple(units),
        tuple(date(year, 1, 1) for year in years),
        "year",
        array("d", values.ravel()),
        array("d", np.where(np.isnan(values), np.nan, 1.0).ravel()),
        tuple(date(go_live[unit], 1, 1) if unit in go_live else None for unit in units),
    )
    rollout = Rollout("unit", {unit: date(year, 1, 1) for unit, year in go_live.items()})
    module = Module(
        "published", NAME, NAME, "ops", rollout, (PoolMetric("outcome", "goal"),),
        design=DesignChoice(design=design, period="year"),
    )  # fmt: skip
    history = Window(date(years[0], 1, 1), date(cycle + 1, 1, 1))
    cycle = cycle_from_key(str(cycle), as_of=date(cycle + 1, 2, 1))
    return evaluate_metric(module, cycle, MetricQuestion(METRIC, module.pool[0], panel, history))


def prop99(design):
    with (DATA / "prop99" / "california_prop99.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    table = {
        state: [float(row[column]) for row in rows[1:]]
        for column, state in enumerate(rows[0])
        if column
    }
    states, years = sorted(table), [int(row[0]) for row in rows[1:]]
    values = [table[state] for state in states]
    return outcome_of(states, values, years, {"California": 1989}, design=design, cycle=2000)


@pytest.mark.parametrize(
    ("design", "published", "tolerance"),
    [
        ("difference_in_differences", -27.349, 0.001),
        ("synthetic_control", -19.6, 0.2),
        ("synthetic_difference_in_differences", -15.60, 0.05),
    ],
)
def test_california_tobacco_control(design, published, tolerance) -> None:
    effect = prop99(design)
    assert effect.estimate == pytest.approx(published, abs=tolerance)
    assert effect.interval_kind == "permutation"
    assert effect.lower < effect.estimate < effect.upper


def test_california_gets_synthetic_did_when_nothing_is_declared() -> None:
    assert prop99(None).design == "synthetic_difference_in_differences"


def test_house_prices_near_the_incinerator() -> None:
    path = DATA / "kielmc_incinerator" / "kielmc.csv.bz2"
    with bz2.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    years = [1978, 1979, 1980, 1981]
    units = [f"house_{number:03}" for number in range(len(rows))]
    values = np.full((len(rows), 4), np.nan)
    for number, row in enumerate(rows):
        values[number, years.index(int(row["year"]))] = float(row["rprice"])
    near = {unit: 1981 for unit, row in zip(units, rows, strict=True) if float(row["nearinc"])}
    effect = outcome_of(units, values, years, near, design=None, cycle=1981)
    assert effect.design == "difference_in_differences"
    assert effect.estimate == pytest.approx(-11863.90, abs=0.01)
    assert effect.details["classical_standard_error"] == pytest.approx(7456.65, abs=0.01)
    assert effect.n_units == 321


def banks(years):
    with (DATA / "mississippi_banks" / "banks.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    on_first_july = {
        int(row["year"]): (float(row["bib6"]), float(row["bib8"]))
        for row in rows
        if (row["day"], row["month"]) == ("1", "7")
    }
    values = np.array([on_first_july[year] for year in years]).T
    units = ["district_6", "district_8"]
    design = "difference_in_differences"
    return outcome_of(units, values, years, {"district_6": 1931}, design=design, cycle=years[-1])


def test_mississippi_banks_over_six_years() -> None:
    effect = banks(list(range(1929, 1935)))
    assert effect.estimate == pytest.approx(20.5)
    assert effect.details["classical_standard_error"] == pytest.approx(10.72, abs=0.005)
    assert effect.grade == "C"


def test_mississippi_banks_in_two_years_have_a_difference_but_no_noise() -> None:
    outcome = banks([1930, 1931])
    assert outcome.reason.code == "did_without_replication"
    assert outcome.reason.values["estimate"] == 19
