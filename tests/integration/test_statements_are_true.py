"""What an answer says in words is read back and held against the data by a reader of its own.

Random studies: units, gaps, scale, effect, empty cells, missing weeks; roll-outs at one date and by
waves, few treated units, one series with and without controls, randomised files with numbers and with
yes and no. Every line with a figure is checked or the test fails. A few in CI, 500 in `make soak`.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import roi_pipeline

FIRST = pd.Timestamp("2024-01-01")
NUMBER = r"[+−-]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[+−-]?\d+)?"
KINDS = (
    "one date", "one date", "waves", "few treated", "one series", "one date", "randomised",
    "yes and no", "unlike units", "control",
)  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """One random study, the question asked of it, and what is true of it by construction."""

    kind: str
    frame: pd.DataFrame
    asked: dict[str, Any]
    go_live: pd.Timestamp | None = None

    @property
    def kept(self) -> pd.DataFrame:
        return self.frame.dropna(subset=["y"])

    @property
    def is_balanced(self) -> bool:
        sizes = self.kept.groupby("unit").size()
        return len(self.kept) == len(sizes) * self.kept["week"].nunique()


@dataclass
class Read:
    """The lines of an answer, and which of them were held against the data."""

    drawn: Drawn
    answer: Any
    headline: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)


def draw(seed: int) -> Drawn:
    """One random study."""
    rng = np.random.default_rng([20291103, seed])
    kind = KINDS[seed % len(KINDS)]
    scale = 10.0 ** rng.integers(-1, 5)
    if kind in {"randomised", "yes and no"}:
        return _randomised(rng, kind, scale)
    if kind in {"one series", "control"}:
        return _one_series(rng, kind, scale)
    n = int(rng.integers(12, 31))
    treated = rng.permutation(n) < (
        rng.integers(1, 5) if kind == "few treated" else rng.integers(6, n - 5)
    )
    weeks, start = int(rng.integers(30, 60)), int(rng.integers(18, 24))
    begins = np.full(n, start)
    if kind == "waves":
        begins = start + 4 * rng.integers(0, 2, n)
        begins[np.flatnonzero(treated)[:2]] = (start, start + 4)
    rows = [
        (f"u{unit:02}", int(treated[unit]), FIRST + pd.Timedelta(weeks=week), week, begins[unit])
        for unit in range(n) for week in range(weeks)
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["unit", "ai", "week", "number", "begin"])
    level = rng.lognormal(3, 1, n) if kind == "unlike units" else rng.normal(20, 4, n)
    effect = rng.choice([0.0, 1.0, 4.0]) * frame["ai"] * (frame["number"] >= frame["begin"])
    noise = rng.normal(0, 1 + rng.random(), len(frame))
    season = rng.choice([0.0, 3.0]) * np.sin(frame["number"] / 8)
    frame["y"] = scale * (np.repeat(level, weeks) + effect + noise + season)
    if rng.random() < 0.5:
        frame = frame[rng.random(len(frame)) >= rng.choice([0.05, 0.2])].copy()
        frame.loc[rng.random(len(frame)) < rng.choice([0.0, 0.1]), "y"] = np.nan
        if rng.random() < 0.5:  # weeks in which nobody has a row
            frame = frame[~frame["number"].isin(rng.integers(4, weeks - 1, 2))].copy()
    day = FIRST + pd.Timedelta(weeks=start)
    asked: dict[str, Any] = {"outcome": "y", "unit": "unit", "date": "week"}
    if kind == "waves":
        own = FIRST + pd.to_timedelta(7 * frame["begin"], unit="D")
        frame["live"] = own.dt.strftime("%Y-%m-%d").where(frame["ai"] == 1)
        asked["start"] = "live"
    else:
        asked |= {"treated": "ai", "start": str(day.date())}
    return Drawn(kind, frame, asked, day)


def _randomised(rng: np.random.Generator, kind: str, scale: float) -> Drawn:
    n = int(rng.integers(30, 400)) if kind == "yes and no" else int(rng.integers(12, 31))
    treated = rng.permutation(n) < rng.integers(6, n - 5)
    values = scale * (10 + rng.normal(0, 2, n) + rng.choice([0.0, 3.0]) * treated)
    if kind == "yes and no":
        values = (rng.random(n) < 0.3 + 0.2 * treated).astype(float)
    frame = pd.DataFrame({"unit": range(n), "ai": treated.astype(int), "y": values})
    frame.loc[rng.random(n) < 0.1, "y"] = np.nan
    if kind == "yes and no" and frame["y"].nunique() == 2:
        frame["written"] = frame["y"].map({1.0: "yes", 0.0: "NO"})
        return Drawn(kind, frame, {"outcome": "written", "treated": "ai", "is_randomised": True})
    return Drawn(kind, frame, {"outcome": "y", "treated": "ai", "is_randomised": True})


def _one_series(rng: np.random.Generator, kind: str, scale: float) -> Drawn:
    weeks, start = int(rng.integers(40, 90)), int(rng.integers(25, 32))
    number = np.arange(weeks)
    other = 20 + 2 * np.sin(number / 6) + rng.normal(0, 0.5, weeks)
    frame = pd.DataFrame({"unit": "all", "ai": 1, "number": number})
    frame["week"] = FIRST + pd.to_timedelta(7 * number, unit="D")
    frame["other"] = scale * other
    change = rng.choice([0.0, 4.0]) * (number >= start)
    frame["y"] = scale * (other + rng.normal(0, 0.5, weeks) + change)
    frame.loc[rng.random(weeks) < rng.choice([0.0, 0.1]), "y"] = np.nan
    day = FIRST + pd.Timedelta(weeks=start)
    asked: dict[str, Any] = {"outcome": "y", "date": "week", "start": str(day.date())}
    if kind == "control":
        asked["controls"] = ("other",)
    return Drawn(kind, frame, asked, day)


def number(text: str) -> tuple[float, float]:
    """The first figure of a text and half of its last digit."""
    found = re.search(NUMBER, text)
    assert found is not None, text
    plain = found[0].replace(",", "").replace("−", "-")
    digits = len(plain.partition(".")[2])
    return float(plain), 0.5000001 * 10.0**-digits


def says(text: str, truth: float, *, within: float = 0.0) -> bool:
    """Whether a printed figure is the true one, rounded as printed."""
    printed, half = number(text)
    found = re.search(NUMBER, text)
    assert found is not None
    shown = len(re.sub(r"[^\d]", "", found[0]).strip("0")) or 1
    coarse = 0.5000001 * abs(printed) * 10.0 ** (1 - shown) if printed.is_integer() else 0.0
    return abs(printed - truth) <= max(half, coarse) + within * abs(truth)


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(datetime.strptime(text.strip(), "%d %b %Y"))  # noqa: DTZ007 - a date


def read(drawn: Drawn) -> Read:
    """The answer to what is asked, as lines."""
    frame = drawn.frame.drop(columns=["number", "begin"], errors="ignore")
    if "week" in frame:
        frame = frame.assign(week=frame["week"].dt.strftime("%Y-%m-%d"))
    if "written" in frame:
        frame = frame.drop(columns=["y"])
    elif drawn.kind in {"one series", "control"}:
        frame = frame.drop(columns=["unit", "ai"])
    answer = roi_pipeline.evaluate(frame, **drawn.asked)
    headline, *rest = answer.lines()
    found = Read(drawn, answer, headline)
    for line in rest:
        if line.startswith("  - "):
            found.sentences.append(line[4:])
        elif line.startswith("  "):
            name, _, value = line.strip().partition(": ")
            found.facts[name] = value
    return found


def check(drawn: Drawn) -> list[str]:
    """The checked sentences of one study; every one of them must be true."""
    found = read(drawn)
    _check_rows(found)
    window = _check_windows(found)
    if found.answer.effect is None:
        assert "not" in found.headline or "no " in found.headline, found.headline
        return found.checked
    _check_effect(found, window)
    for sentence in found.sentences:
        assert any(_holds(found, window, sentence)), sentence
        found.checked.append(sentence)
    for considered in found.answer.evaluated.outcome.plan.considered:
        _check_design(found, considered)
    return found.checked


def _check_rows(found: Read) -> None:
    drawn, kept = found.drawn, found.drawn.kept
    rows, left_out = re.findall(r"\d[\d,]*", found.facts["Rows"])
    assert int(rows.replace(",", "")) == len(kept)
    assert int(left_out.replace(",", "")) == len(drawn.frame) - len(kept)
    found.checked.append("Rows")


def _check_windows(found: Read) -> pd.DataFrame:
    """The rows of the window compared, from the dates printed."""
    drawn, kept, facts = found.drawn, found.drawn.kept, found.facts
    if drawn.go_live is None or "Baseline" not in facts:
        assert drawn.go_live is None or found.answer.effect is None
        return kept
    begin, end = (day(part) for part in facts["Compared with it"].split(" to "))
    before, until = (day(part) for part in facts["Baseline"].split(" to "))
    last = kept.loc[kept["ai"] == 1, "week"].max() if drawn.kind == "waves" else kept["week"].max()
    assert begin == drawn.go_live
    assert until == drawn.go_live - pd.Timedelta(days=1)
    assert before == kept["week"].min()
    assert end == last + pd.Timedelta(days=6)
    assert int(facts["Periods with data"]) == kept.loc[kept["ai"] == 1, "week"].nunique()
    found.checked += ["Compared with it", "Baseline", "Periods with data"]
    return kept[(kept["week"] >= begin) & (kept["week"] <= end)]


def _live(found: Read, window: pd.DataFrame) -> pd.DataFrame:
    """Rows of treated units once live."""
    rows = window[window["ai"] == 1]
    return rows[rows["number"] >= rows["begin"]] if found.drawn.kind == "waves" else rows


def _check_effect(found: Read, window: pd.DataFrame) -> None:
    facts, kept, effect = found.facts, found.drawn.kept, found.answer.effect
    units, treated = re.findall(r"\d+", facts["Units"])
    if effect.design in {"structural_series", "before_after", "seasonal_before_after"}:
        kept = kept[kept["ai"] == 1]
    assert int(units) == kept["unit"].nunique()
    assert int(treated) == kept.loc[kept["ai"] == 1, "unit"].nunique()
    is_rate = found.drawn.kind == "yes and no"
    per = 100.0 if is_rate and "%" in facts["With it"] else 1.0
    with_it = _live(found, window)["y"].mean()
    assert says(facts["With it"], per * with_it), (facts["With it"], with_it)
    without, half = number(facts["Without it, estimated"])
    assert without == pytest.approx(per * (with_it - effect.estimate), rel=0.006, abs=half)
    change = found.headline.partition(": ")[2].removeprefix("no significant change: ")
    assert says(change, per * effect.estimate), found.headline
    if "relative" in change:
        relative = number(change.partition("(")[2])[0]
        assert relative == pytest.approx(
            100 * effect.estimate / (with_it - effect.estimate), rel=0.06, abs=0.06
        )
    lower, upper = re.search(rf"interval ({NUMBER}) to ({NUMBER})", found.headline).groups()
    assert says(lower, per * effect.lower, within=0.06)
    assert says(upper, per * effect.upper, within=0.06)
    assert ("no significant change" in found.headline) == (effect.lower <= 0 <= effect.upper)
    assert f"grade {effect.grade}" in found.headline
    assert facts["Evidence"].startswith(effect.grade)
    _check_p_value(facts["p-value"], effect)
    if found.drawn.go_live is None:
        plain = with_it - window.loc[window["ai"] == 0, "y"].mean()
        assert effect.estimate == pytest.approx(plain, rel=1e-6)
    elif found.drawn.kind in {"one date", "few treated"} and found.drawn.is_balanced:
        truth = _contrast(found.drawn, lambda week: week >= found.drawn.go_live, lambda _: True)
        if effect.design == "difference_in_differences":
            assert effect.estimate == pytest.approx(truth, rel=1e-6)
    found.checked += ["Units", "With it", "Without it", "change", "significance", "grade", "p"]


def _check_p_value(text: str, effect: Any) -> None:
    printed, _ = number(text)
    if text.startswith("<"):
        assert 100 * effect.p_value < printed
    elif text.startswith(">"):
        assert 100 * effect.p_value > printed
    else:
        assert abs(printed - 100 * effect.p_value) <= 0.51
    if effect.interval_kind == "fixed":
        assert (effect.p_value < 0.05) == (not effect.lower <= 0 <= effect.upper)


def _contrast(drawn: Drawn, is_post: Any, is_in: Any) -> float:
    """Difference in differences of a balanced panel, from means of weeks."""
    weekly = drawn.kept.pivot_table(values="y", index="week", columns="ai", aggfunc="mean")
    gap = (weekly[1] - weekly[0])[[is_in(week) for week in weekly.index]]
    post = np.array([is_post(week) for week in gap.index])
    return float(gap[post].mean() - gap[~post].mean())


def _holds(found: Read, window: pd.DataFrame, sentence: str) -> Iterator[bool]:
    """True for a sentence that was recognised and is true of the data; nothing where it is unknown."""
    for pattern, is_true in STATEMENTS.items():
        match = re.match(pattern, sentence)
        if match is not None:
            assert is_true(found, window, match), (sentence, found.drawn.kind)
            yield True
    if not re.search(r"\d", sentence):
        yield True


def _whole(text: str) -> int:
    return int(text.replace(",", ""))


def _few_groups(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    kept = found.drawn.kept
    return _whole(match[1]) == kept["unit"].nunique() < 50


def _few_treated(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    kept = found.drawn.kept
    is_plural = match[2] == "units"
    n = kept.loc[kept["ai"] == 1, "unit"].nunique()
    return _whole(match[1]) == n < 6 and is_plural == (n != 1)


def _missing(found: Read, window: pd.DataFrame, match: re.Match[str]) -> bool:
    kept = found.drawn.kept
    weeks = {FIRST + pd.Timedelta(weeks=each) for each in range(kept["number"].max() + 1)}
    first = kept["week"].min()
    empty = sorted(each for each in weeks - set(kept["week"]) if each >= first)
    compared = [each for each in weeks if first <= each <= window["week"].max()]
    zeros = int((kept["y"] == 0).sum())
    return (_whole(match[1]), _whole(match[2]), day(match[3]), _whole(match[4])) == (
        len(empty), len(compared), empty[0], zeros,
    )  # fmt: skip


def _smallest(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    is_unclear = found.answer.effect.lower <= 0 <= found.answer.effect.upper
    printed = found.facts["Smallest change this design would have found (80 % power)"]
    return is_unclear and number(match[1])[0] == pytest.approx(number(printed)[0], rel=0.02)


def _large_change(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    effect = found.answer.effect
    relative = 100 * effect.estimate / abs(effect.counterfactual_value)
    return says(match[1], relative, within=0.01) and abs(relative) > _whole(match[2]) == 50


def _odd_change(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    effect = found.answer.effect
    relative = 100 * effect.estimate / abs(effect.counterfactual_value)
    return says(match[1], relative, within=0.01) and abs(relative) > 50


def _halves(found: Read, window: pd.DataFrame, match: re.Match[str]) -> bool:
    """Both halves lie about the whole; in a balanced panel they are its own."""
    drawn, effect = found.drawn, found.answer.effect
    early, late = number(match[1])[0], number(match[2])[0]
    slack = 0.02 * max(abs(early), abs(late)) + 1e-9
    if drawn.kind == "waves" or not drawn.is_balanced:
        return min(early, late) - slack <= effect.estimate <= max(early, late) + slack
    live = sorted(window["week"].unique())
    middle = (len(live) - 1) / 2
    first = {week for place, week in enumerate(live) if place <= middle - 0.5}
    parts = [
        _contrast(drawn, lambda week: week >= drawn.go_live, lambda week, s=skip: week not in s)
        for skip in (set(live) - first, first)
    ]
    return bool(np.allclose((early, late), parts, rtol=0.02, atol=slack))


def _dip(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    drawn = found.drawn
    before = sorted(drawn.kept.loc[drawn.kept["week"] < drawn.go_live, "week"].unique())
    last = before[-_whole(match[2]) :]
    if not drawn.is_balanced or drawn.kind == "waves":
        return len(before) >= 2 * len(last) + 2
    truth = _contrast(drawn, lambda week: week in last, lambda week: week in before)
    return says(match[1], truth, within=0.01)


def _denominators(found: Read, window: pd.DataFrame, match: re.Match[str]) -> bool:
    drawn = found.drawn
    if drawn.kind == "waves":
        return abs(number(match[1])[0]) > 20
    kept = drawn.kept
    before = kept[kept["week"] < drawn.go_live]
    growth = [
        (window["ai"] == arm).sum() / window["week"].nunique()
        / ((before["ai"] == arm).sum() / before["week"].nunique())
        for arm in (1, 0)
    ]  # fmt: skip
    return says(match[1], 100 * (growth[0] / growth[1] - 1), within=0.1)


def _other_scale(found: Read, window: pd.DataFrame, match: re.Match[str]) -> bool:
    """The proportional effect of a balanced panel at one date, from means of weeks."""
    drawn, effect = found.drawn, found.answer.effect
    if drawn.kind == "waves" or not drawn.is_balanced:
        return abs(number(match[1])[0] - effect.estimate) >= 0.98 * effect.standard_error
    weekly = drawn.kept.pivot_table(values="y", index="week", columns="ai", aggfunc="mean")
    base, post = (weekly[weekly.index < drawn.go_live], weekly[weekly.index >= drawn.go_live])
    truth = post[1].mean() - base[1].mean() * post[0].mean() / base[0].mean()
    return says(match[1], float(truth), within=0.01)


def _breaks(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    effect = found.answer.effect
    return number(match[1])[0] <= 1 and not effect.lower <= 0 <= effect.upper


def _days_seen(found: Read, window: pd.DataFrame, match: re.Match[str]) -> bool:
    begin, end = (day(part) for part in found.facts["Compared with it"].split(" to "))
    return _whole(match[1]) == (end - begin).days + 1 < _whole(match[2])


def _short_baseline(found: Read, window: pd.DataFrame, match: re.Match[str]) -> bool:
    kept = found.drawn.kept
    before = kept.loc[kept["week"] < found.drawn.go_live, "week"]
    n, m = _whole(match[1]), _whole(match[2])
    return n >= before.nunique() and m >= window["week"].nunique() and n < 3 * m


def _arm_sizes(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    sizes = found.drawn.kept["ai"].value_counts()
    return (_whole(match[1]), _whole(match[2])) == (sizes[1], sizes[0])


def _small_group(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    sizes = found.drawn.kept["ai"].value_counts()
    return _whole(match[1]) == sizes.min() < _whole(match[2]) == 8


def _events(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    return _whole(match[1]) == round(found.drawn.kept["y"].sum()) < _whole(match[2]) == 150


def _pre_trends(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    return number(match[1])[0] < 0.05 and found.answer.effect.grade in "CD"


def _placebos(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    return 1 <= _whole(match[1]) <= _whole(match[2])


def _few_placebos(_: Read, __: pd.DataFrame, match: re.Match[str]) -> bool:
    return _whole(match[1]) < _whole(match[2]) == 8


def _lost(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    kept = found.drawn.kept
    before = kept.loc[kept["week"] < found.drawn.go_live, "unit"]
    return _whole(match[1]) == kept["unit"].nunique() - before.nunique()


def _mix(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    return 0 <= number(match[1])[0] < 0.05


def _nothing_random(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    n = found.drawn.kept["unit"].nunique()
    return _whole(match[1]) == n < _whole(match[3]) == 12 and (match[2] == "units") == (n != 1)


def _advice(found: Read, _: pd.DataFrame, match: re.Match[str]) -> bool:
    """Units that are there, and what they would see by this cycle's own noise."""
    kept, effect = found.drawn.kept, found.answer.effect
    n, treated = kept["unit"].nunique(), kept.loc[kept["ai"] == 1, "unit"].nunique()
    left, asked = n - treated, _whole(match["units"])
    is_pause = match[0].startswith("too few units are still")
    if is_pause:
        assert left < 12
        assert asked == max(6, n // 4)
        rest = max(6, n - asked)
    else:
        assert left >= 12
        assert asked == left // 2
        rest = left - asked
    spread = effect.standard_error / np.sqrt(1 / treated + 1 / left)
    df = asked + rest - 2
    reach = stats.t.ppf(0.975, df) + stats.t.ppf(0.8, df)
    sees = reach * spread * np.sqrt(1 / asked + 1 / rest)
    assert number(match["sees"])[0] == pytest.approx(sees, rel=0.02)
    today = match["today"]
    smallest = number(
        found.facts["Smallest change this design would have found (80 % power)"]
    )[0]  # fmt: skip
    if today is None:
        return sees <= smallest * 1.01
    return number(today)[0] == pytest.approx(smallest, rel=0.02) and sees >= smallest * 0.99


STATEMENTS: dict[str, Any] = {
    r"only (\d+) independent groups? \(fewer than 50\)": _few_groups,
    r"only (\d+) treated (units?);": _few_treated,
    rf"({NUMBER}) of the ({NUMBER}) periods compared (?:has|have) no row of any unit "
    rf"\(the first from (.+?)\): missing, not counted as zero; ({NUMBER}) measured": _missing,
    rf"no significant change; the minimum detectable effect is ({NUMBER})": _smallest,
    rf"a change of ({NUMBER})% is larger than (\d+)(?:\.0)?%": _large_change,
    rf"a change of ({NUMBER})% is unusually large": _odd_change,
    rf"first half ({NUMBER}), second half ({NUMBER}): the effect changes": _halves,
    rf"treated units were ({NUMBER}) away from their usual level in the last (\d+) periods?": _dip,
    rf"the denominator changed by ({NUMBER})% relative to other units; part": _denominators,
    rf"measured as a relative change, the effect would be ({NUMBER})": _other_scale,
    rf"departures of ({NUMBER}) times the largest one before go-live would overturn": _breaks,
    rf"only ({NUMBER}) days since go-live; effects of the first ({NUMBER}) days": _days_seen,
    rf"the baseline \(({NUMBER}) periods?\) is shorter than three times the post period "
    rf"\(({NUMBER}) periods?\)": _short_baseline,
    rf"no planned share is declared, so the group sizes \(({NUMBER}) and ({NUMBER})\)": _arm_sizes,
    rf"the groups have a total count of only ({NUMBER}); below (\d+)": _events,
    r"the smaller group has (\d+) units; below (\d+)": _small_group,
    rf"treated and untreated units had different pre-trends \(p = ({NUMBER})": _pre_trends,
    r"failed placebo test: (\d+) of (\d+) placebo go-live dates": _placebos,
    r"only (\d+) placebo go-live dates? (?:is|are) possible; (\d+) are needed": _few_placebos,
    rf"the mix of units changed: ({NUMBER}) have no baseline": _lost,
    rf"in the last quarter of the baseline.+do not track the treated units \(p = ({NUMBER})": _mix,
    r"random assignment is not possible with (\d+) (units?) \((\d+) are needed\)": _nothing_random,
    rf"(?:choose at random which|too few units are still without it. Pause it in) (?P<units>\d+) "
    rf"units? .*?minimum detectable effect (?P<sees>{NUMBER})"
    rf"(?:, this cycle (?P<today>{NUMBER}))?": _advice,
}  # fmt: skip


def _check_design(found: Read, considered: Any) -> None:
    """The reasons beside designs count units and periods that are there."""
    stated, kept = dict(considered.reason.values), found.drawn.kept
    if found.drawn.go_live is None:
        return
    treated = kept.loc[kept["ai"] == 1, "unit"].nunique()
    never = kept.loc[kept["ai"] == 0, "unit"].nunique()
    before = kept.loc[kept["week"] < found.drawn.go_live, "week"].nunique()
    match considered.reason.code:
        case "too_few_treated_units" | "enough_treated_units" | "chosen_staggered":
            assert stated["n"] == treated
        case "chosen_difference_in_differences":
            assert (stated["n"], stated["controls"]) == (treated, never)
        case "chosen_synthetic_difference_in_differences" | "chosen_synthetic_control":
            assert stated["n"] == treated
        case "too_few_donors":
            assert stated["n"] == never
        case "baseline_too_short" | "baseline_shorter_than_post":
            assert stated.get("n", stated.get("baseline")) >= before
        case _:
            return
    found.checked.append(considered.reason.code)


def test_every_figure_of_an_answer_is_true_of_the_data() -> None:
    checked = [sentence for seed in (1, 2, 3, 4, 7, 18) for sentence in check(draw(seed))]
    assert len(checked) > 60


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_every_figure_of_five_hundred_answers_is_true_of_the_data() -> None:
    n = int(os.environ.get("STATEMENT_STUDIES", "500"))
    assert sum(len(check(draw(seed))) for seed in range(n)) > 10 * n
