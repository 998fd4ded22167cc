"""What an answer says in words is read back and held against the data by a reader of its own.

Random studies: units, gaps, scale, effect, empty cells, randomised or by date. Six in CI, 500 in `make soak`.
"""

import re
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

import roi_pipeline

FIRST = pd.Timestamp("2024-01-01")
NUMBER = r"[+−-]?[\d,]+(?:\.\d+)?(?:e[+−-]?\d+)?"


@dataclass(frozen=True)
class Drawn:
    frame: pd.DataFrame
    go_live: pd.Timestamp | None


def draw(seed: int) -> Drawn:
    """One random study; every fifth is randomised and knows no time."""
    rng = np.random.default_rng([20291103, seed])
    scale = 10.0 ** rng.integers(-1, 5)
    n = int(rng.integers(12, 31))
    treated = rng.permutation(n) < rng.integers(6, n - 5)
    if seed % 5 == 4:
        values = scale * (10 + rng.normal(0, 2, n) + rng.choice([0.0, 3.0]) * treated)
        frame = pd.DataFrame({"unit": range(n), "ai": treated.astype(int), "y": values})
        frame.loc[rng.random(n) < 0.1, "y"] = np.nan
        return Drawn(frame, None)
    weeks, start = int(rng.integers(30, 60)), int(rng.integers(18, 24))
    rows = [
        (f"u{unit:02}", int(treated[unit]), FIRST + pd.Timedelta(weeks=week), week)
        for unit in range(n) for week in range(weeks)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["unit", "ai", "week", "number"])
    level = rng.normal(20, 4, n)
    effect = rng.choice([0.0, 1.0, 4.0]) * frame["ai"] * (frame["number"] >= start)
    noise = rng.normal(0, 1 + rng.random(), len(frame))
    frame["y"] = scale * (np.repeat(level, weeks) + effect + noise)
    frame = frame[rng.random(len(frame)) >= rng.choice([0.0, 0.05, 0.2])].copy()
    frame.loc[rng.random(len(frame)) < rng.choice([0.0, 0.1]), "y"] = np.nan
    return Drawn(frame, FIRST + pd.Timedelta(weeks=start))


def number(text: str) -> tuple[float, float]:
    """The first figure of a text and half of its last digit."""
    found = re.search(NUMBER, text)
    assert found is not None, text
    plain = found[0].replace(",", "").replace("−", "-")
    digits = len(plain.partition(".")[2])
    return float(plain), 0.5000001 * 10.0**-digits


def says(text: str, truth: float) -> bool:
    """Whether a printed figure is the true one, rounded as printed."""
    printed, half = number(text)
    shown = len(re.sub(r"[^\d]", "", text.split(maxsplit=1)[0]).strip("0")) or 1
    coarse = 0.5000001 * abs(printed) * 10.0 ** (1 - shown) if printed.is_integer() else 0.0
    return abs(printed - truth) <= max(half, coarse)


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(datetime.strptime(text.strip(), "%d %b %Y"))  # noqa: DTZ007 - a date


def check(drawn: Drawn) -> list[str]:
    """The checked sentences of one study; every one of them must be true."""
    frame, go_live = drawn.frame, drawn.go_live
    asked = {"outcome": "y", "treated": "ai", "is_randomised": True}
    if go_live is not None:
        asked = {"outcome": "y", "treated": "ai", "unit": "unit", "date": "week",
                 "start": str(go_live.date())}  # fmt: skip
        frame = frame.assign(week=frame["week"].dt.strftime("%Y-%m-%d"))
    answer = roi_pipeline.evaluate(frame.drop(columns=["number"], errors="ignore"), **asked)
    lines = answer.lines()
    facts = dict(
        line.strip().split(": ", 1) for line in lines[1:] if line.startswith("  ") and ": " in line
    )
    kept = drawn.frame.dropna(subset=["y"])
    rows, left_out = re.findall(r"\d[\d,]*", facts["Rows"])
    assert int(rows.replace(",", "")) == len(kept)
    assert int(left_out.replace(",", "")) == len(drawn.frame) - len(kept)
    units, treated = re.findall(r"\d+", facts["Units"])
    assert int(units) == kept["unit"].nunique()
    assert int(treated) == kept.loc[kept["ai"] == 1, "unit"].nunique()
    post = kept
    checked = ["Rows", "Units", "With it"]
    if go_live is not None:
        begin, end = (day(part) for part in facts["Compared with it"].split(" to "))
        before, until = (day(part) for part in facts["Baseline"].split(" to "))
        assert begin == go_live
        assert (before, until) == (FIRST, go_live - pd.Timedelta(days=1))
        assert end == kept["week"].max() + pd.Timedelta(days=6)
        post = kept[(kept["week"] >= begin) & (kept["week"] <= end)]
        assert int(facts["Periods with data"]) == kept.loc[kept["ai"] == 1, "week"].nunique()
        checked += ["Compared with it", "Baseline", "Periods with data"]
    with_it = post.loc[post["ai"] == 1, "y"].mean()
    assert says(facts["With it"], with_it), (facts["With it"], with_it)
    effect = answer.effect
    assert effect is not None, lines[0]
    without, _ = number(facts["Without it, estimated"])
    assert says(
        lines[0].partition(": ")[2].removeprefix("no significant change: "), effect.estimate
    )
    assert without == pytest.approx(with_it - effect.estimate, rel=0.006)
    assert ("no significant change" in lines[0]) == (effect.lower <= 0 <= effect.upper)
    assert f"grade {effect.grade}" in lines[0]
    if go_live is None:
        plain = with_it - post.loc[post["ai"] == 0, "y"].mean()
        assert effect.estimate == pytest.approx(plain, rel=1e-6)
    return [*checked, "change", "significance", "grade", "Without it"]


def test_every_figure_of_an_answer_is_true_of_the_data() -> None:
    checked = [sentence for seed in range(6) for sentence in check(draw(seed))]
    assert len(checked) > 50


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_every_figure_of_five_hundred_answers_is_true_of_the_data() -> None:
    assert sum(len(check(draw(seed))) for seed in range(6, 506)) > 3500
