"""`roi evaluate` on files nobody prepared: published figures, the same figures by the study it writes."""

import math
from datetime import date, timedelta
from typing import Any

import diff_diff
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from click.testing import CliRunner
from published import DATA, needs_data, report_of
from scipy import stats

import roi_pipeline
from roi_pipeline.cli import commands
from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.domain.evaluations import Asked
from roi_pipeline.usecases.evaluate import evaluate_file

BANKS: dict[str, Any] = {
    "outcome": "banks", "unit": "district", "date_column": "year", "wide": ("bib6,bib8",),
    "where": ("month=7", "day=1"), "treated": "bib6", "go_live": "1931", "period": "year",
    "design": "difference_in_differences", "variance": "pooled",
}  # fmt: skip
PACKS: dict[str, Any] = {
    "outcome": "packs", "unit": "state", "date_column": "Year", "wide": ("all",),
    "treated": "California", "go_live": "1989", "direction": "down",
}  # fmt: skip
SUMMED = 1e-8  # a panel's sums are taken in decimals, which cut a float's last digits
CAMPAIGN = {"comparison": ("No E-Mail",), "is_randomised": True}
MENS, WOMENS = "segment=Mens E-Mail", "segment=Womens E-Mail"
# (file, what is asked, published estimate, its standard error, digits published, grade)
PUBLISHED = [
    ("nsw_lalonde/nsw_mixtape.dta",
     {"outcome": "re78", "treated": "treat", "is_randomised": True, "variance": "pooled"},
     1794.34, 632.85, 0.01, "A"),
    ("kielmc_incinerator/kielmc.csv.bz2",
     {"outcome": "rprice", "treated": "nearinc=1", "date_column": "year", "go_live": "1981",
      "variance": "pooled"}, -11863.90, 7456.65, 0.01, "C"),
    ("mississippi_banks/banks.csv", BANKS, 20.5, 10.72, 0.005, "C"),
    ("hillstrom_email/hillstrom.csv", {"outcome": "visit", "treated": MENS, **CAMPAIGN},
     0.076590, 0.003386, 1e-6, "A"),
    ("hillstrom_email/hillstrom.csv", {"outcome": "spend", "treated": WOMENS, **CAMPAIGN},
     0.424412, 0.130333, 1e-6, "A"),
    ("prop99/california_prop99.csv", PACKS, -15.605, None, 0.001, "B"),
    ("prop99/california_prop99.csv", {**PACKS, "design": "synthetic_control"},
     -19.514, None, 0.05, None),
    ("prop99/california_prop99.csv", {**PACKS, "design": "difference_in_differences"},
     -27.3491, None, 1e-4, None),
]  # fmt: skip


@pytest.mark.real_data
@needs_data
@pytest.mark.parametrize(
    ("file", "asked", "published", "error", "digits", "grade"), PUBLISHED,
    ids=[f"{case[0].split('/')[0]}-{number}" for number, case in enumerate(PUBLISHED)],
)  # fmt: skip
def test_published_figures_from_one_command(file, asked, published, error, digits, grade) -> None:
    effect = evaluate_file(DATA / file, Asked(**asked)).effect
    assert effect is not None
    assert effect.estimate == pytest.approx(published, abs=digits)
    if error is not None:
        assert effect.standard_error == pytest.approx(error, abs=digits)
    if grade is not None:
        assert effect.grade == grade


def _weekly_panel(seed: int = 7) -> pl.DataFrame:
    """Twelve shops, 40 weeks; six get +3 from week 28 on."""
    rng = np.random.default_rng(seed)
    weeks = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 10, 1), "1w", eager=True)[:40]
    rows = [
        {
            "门店": f"店{shop:02}",
            "周": week,
            "Net sales (¥)": float(50 + shop + rng.normal(0, 2) + 3 * (shop < 6 and number >= 28)),
            "has AI": "yes" if shop < 6 else "no",
        }
        for shop in range(12)
        for number, week in enumerate(weeks)
    ]
    return pl.DataFrame(rows)


def _cell_means(frame: pl.DataFrame) -> float:
    """The difference in differences of a balanced panel, from its four means."""
    is_post = pl.col("周") >= pl.date(2024, 7, 15)
    means = {
        (arm, post): value
        for arm, post, value in frame.group_by("has AI", is_post.alias("post"))
        .agg(pl.col("Net sales (¥)").mean())
        .iter_rows()
    }
    return sum(
        sign * (means[arm, True] - means[arm, False]) for arm, sign in (("yes", 1), ("no", -1))
    )


ASKED: dict[str, Any] = {
    "outcome": "Net sales (¥)", "unit": "门店", "date": "周", "treated": "has AI",
    "start": "2024-07-15",
}  # fmt: skip


def test_the_figures_are_those_of_the_study_it_writes(tmp_path) -> None:
    answer = roi_pipeline.evaluate(_weekly_panel(), **ASKED)
    files = answer.write_study(tmp_path / "own")
    assert {"study.toml", "modules/evaluated.toml"} <= set(files)
    cycle = answer.evaluated.cycle.key
    found = report_of(tmp_path / "own", cycle).outcome("evaluated", answer.evaluated.metric.id)
    effect = answer.effect
    assert effect is not None
    assert effect.design == "difference_in_differences"
    assert effect.estimate == pytest.approx(_cell_means(_weekly_panel()), rel=SUMMED)
    for name in ("estimate", "lower", "upper", "standard_error", "p_value", "grade", "design"):
        assert found[name] == getattr(effect, name), name


def test_polars_pandas_and_arrow_give_the_same_and_shuffled_rows_too() -> None:
    frame = _weekly_panel()
    effects = [
        roi_pipeline.evaluate(each, **ASKED).effect
        for each in (
            frame,
            frame.to_pandas(),
            pa.table({name: frame[name].to_arrow() for name in frame.columns}),
            frame.sample(fraction=1.0, shuffle=True, seed=3),
        )
    ]
    first = effects[0]
    assert first is not None
    for effect in effects:
        assert effect is not None
        assert effect.estimate == pytest.approx(first.estimate, rel=1e-12)
        assert effect.standard_error == pytest.approx(first.standard_error, rel=1e-12)


def test_a_randomised_file_without_dates_is_welchs_comparison() -> None:
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"arm": ["a"] * 80 + ["b"] * 60, "y": rng.normal(10, 3, 140)})
    answer = roi_pipeline.evaluate(
        frame, outcome="y", treated="arm=a", is_randomised=True,
        intervals=("clustered", "permutation"),
    )  # fmt: skip
    effect = answer.effect
    expected: Any = stats.ttest_ind(frame.y[:80], frame.y[80:], equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert effect is not None
    assert (effect.lower, effect.upper) == pytest.approx((interval.low, interval.high), rel=1e-9)
    assert effect.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert effect.grade == "A"
    clustered, permuted = effect.intervals
    assert clustered.standard_error == pytest.approx(effect.standard_error, rel=1e-9)
    assert permuted.p_value == pytest.approx(effect.p_value, abs=0.05)
    assert "Permutation of who was treated" in str(answer)
    counts = effect.counts
    assert counts is not None
    assert (counts.rows, counts.units, counts.treated, counts.clusters) == (140, 140, 80, 140)


@pytest.mark.parametrize(("yes", "no"), [("TRUE", "FALSE"), ("yes", "no"), ("是", "否")])
def test_an_outcome_of_yes_and_no_is_a_share(yes, no) -> None:
    rng = np.random.default_rng(12)
    won = rng.random(300) < 0.4
    plain = pd.DataFrame({"arm": ["a", "b"] * 150, "won": won.astype(int)})
    written = [yes if each else no for each in won]
    words = plain.assign(won=pd.Series([*written[:7], None, *written[8:]], dtype=object))
    asked = {"outcome": "won", "treated": "arm=a", "is_randomised": True}
    expected = roi_pipeline.evaluate(plain.drop(index=7), **asked)
    found = roi_pipeline.evaluate(words, **asked)
    assert found.effect is not None
    assert expected.effect is not None
    assert found.evaluated.metric.unit == "rate"
    for name in ("estimate", "lower", "upper"):
        same = getattr(expected.effect, name)
        assert getattr(found.effect, name) == pytest.approx(same, rel=1e-12), name
    assert found.evaluated.counts.rows == 299


def test_a_frames_own_booleans_say_who_had_it_and_what_came_of_it() -> None:
    rng = np.random.default_rng(12)
    frame = pd.DataFrame({"had it": rng.random(200) < 0.5, "won": rng.random(200) < 0.4})
    effect = roi_pipeline.evaluate(
        frame, outcome="won", treated="had it", is_randomised=True
    ).effect
    assert effect is not None
    means = frame.groupby("had it")["won"].mean()
    assert effect.estimate == pytest.approx(means[True] - means[False], rel=1e-9)


def test_words_that_are_neither_numbers_nor_yes_and_no_are_refused_with_the_remedy() -> None:
    frame = pd.DataFrame({"arm": ["a", "b"] * 20, "won": ["yes", "maybe"] * 20})
    with pytest.raises(StudyHasProblems, match="or yes and no") as caught:
        roi_pipeline.evaluate(frame, outcome="won", treated="arm=a", is_randomised=True)
    assert "correct them, or leave them empty" in caught.value.problems[0].remedy


def _one_series(seed: int = 4) -> pl.DataFrame:
    """300 days of one company: +10 in the last 50; another region moves as it does."""
    rng = np.random.default_rng(seed)
    days = pl.date_range(pl.date(2025, 1, 1), pl.date(2025, 10, 27), "1d", eager=True)
    other = 100 + rng.normal(0, 2, 300)
    sales = 0.8 * other + rng.normal(0, 1, 300) + 10 * (np.arange(300) >= 250)
    return pl.DataFrame({"day": days, "sales": sales.round(3), "other region": other.round(3)})


def test_one_series_is_compared_with_its_own_past_or_with_what_predicts_it(tmp_path) -> None:
    frame = _one_series()
    asked: dict[str, Any] = {"outcome": "sales", "date": "day", "start": "2025-09-08"}
    alone = roi_pipeline.evaluate(frame, **asked, period="day").effect
    assert alone is not None
    assert (alone.design, alone.grade, alone.n_units) == ("structural_series", "D", 1)
    assert alone.lower < 10 < alone.upper
    answer = roi_pipeline.evaluate(frame, **asked, controls=("other region",))
    found = answer.effect
    assert found is not None
    assert (found.design, found.grade) == ("time_based_regression", "C")
    assert found.lower < 10 < found.upper
    assert found.upper - found.lower < alone.upper - alone.lower
    assert "no row of any unit" not in str(answer)  # weeks after the file's end are not missing
    answer.write_study(tmp_path / "own")
    cycle = answer.evaluated.cycle.key
    kept = report_of(tmp_path / "own", cycle).outcome("evaluated", answer.evaluated.metric.id)
    assert (kept["estimate"], kept["lower"]) == (found.estimate, found.lower)


def test_controls_belong_to_one_series_and_a_unit_without_treated_is_asked_about() -> None:
    frame = _one_series().with_columns(shop=pl.lit("A"))
    asked: dict[str, Any] = {"outcome": "sales", "date": "day", "start": "2025-09-08"}
    with pytest.raises(StudyHasProblems, match="leave --unit out"):
        roi_pipeline.evaluate(frame, **asked, unit="shop")
    with pytest.raises(StudyHasProblems, match="one series, without --unit"):
        roi_pipeline.evaluate(frame, **asked, unit="shop", controls=("other region",))


def test_two_series_show_their_windows_and_their_lines() -> None:
    answer = roi_pipeline.evaluate(
        _one_series().select("day", "sales", "other region"), outcome="value", date="day",
        wide=("sales,other region",), treated="sales", start="2025-09-08",
    )  # fmt: skip
    assert answer.effect is not None
    assert answer.effect.method == "two_series"
    assert "Compared with it: 8 Sep 2025 to 2 Nov 2025" in str(answer)
    live = [each for each in answer.effect.series if each.period_start >= date(2025, 9, 8)]
    gaps = [
        point.observed - point.counterfactual
        for point in live
        if point.observed is not None and point.counterfactual is not None
    ]
    assert sum(gaps) / len(gaps) == pytest.approx(answer.effect.estimate, rel=1e-9)
    assert answer.html().count("<svg") >= 1


def _for_the_library(frame: pl.DataFrame) -> pd.DataFrame:
    """Weeks counted from the first; 0 is never treated."""
    week = (pl.col("周") - pl.col("周").min()).dt.total_days() // 7 + 1
    own = pl.col("上线日").str.to_date()
    first = ((own - pl.col("周").min()).dt.total_days() // 7 + 1).fill_null(0)
    return frame.select(
        y="Net sales (¥)", unit=pl.col("门店").rank("dense"), week=week, first=first
    ).to_pandas()


def test_each_units_own_day_is_a_staggered_roll_out() -> None:
    frame = _weekly_panel().with_columns(
        pl.when(pl.col("has AI") == "no").then(None)
        .when(pl.col("门店").is_in(["店00", "店01", "店02"])).then(pl.lit("2024-06-03"))
        .otherwise(pl.lit("2024-07-15")).alias("上线日")
    )  # fmt: skip
    answer = roi_pipeline.evaluate(
        frame, outcome="Net sales (¥)", unit="门店", date="周", start="上线日"
    )
    assert answer.effect is not None
    assert answer.effect.design == "staggered"
    assert answer.effect.n_treated == 6
    published = roi_pipeline.evaluate(
        frame, outcome="Net sales (¥)", unit="门店", date="周", start="上线日",
        base="last_period", control_group="never_treated", aggregate="simple",
    ).effect  # fmt: skip
    assert published is not None
    assert published.method == "group_time_simple"
    fitted: Any = diff_diff.CallawaySantAnna(base_period="universal").fit(
        _for_the_library(frame), outcome="y", unit="unit", time="week", first_treat="first"
    )
    assert published.estimate == pytest.approx(fitted.overall_att, abs=1e-6)
    assert published.standard_error == pytest.approx(fitted.overall_se, abs=1e-6)


def test_a_covariate_of_a_staggered_roll_out_is_adjusted_for_as_published() -> None:
    size = {
        f"店{shop:02}": float(each)
        for shop, each in enumerate((3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8))
    }
    frame = _weekly_panel().with_columns(
        pl.when(pl.col("has AI") == "no").then(None)
        .when(pl.col("门店").is_in(["店00", "店01", "店02"])).then(pl.lit("2024-06-03"))
        .otherwise(pl.lit("2024-07-15")).alias("上线日"),
        pl.col("门店").replace_strict(size).alias("面积"),
    )  # fmt: skip
    found = roi_pipeline.evaluate(
        frame, outcome="Net sales (¥)", unit="门店", date="周", start="上线日",
        base="last_period", control_group="never_treated", aggregate="simple",
        covariates=("面积",), covariate_use="regression",
    ).effect  # fmt: skip
    assert found is not None
    library = _for_the_library(frame)
    library["size"] = frame["面积"].to_numpy()
    fitted: Any = diff_diff.CallawaySantAnna(base_period="universal", estimation_method="reg").fit(
        library, outcome="y", unit="unit", time="week", first_treat="first", covariates=["size"]
    )
    assert found.estimate == pytest.approx(fitted.overall_att, abs=1e-6)
    assert found.standard_error == pytest.approx(fitted.overall_se, abs=1e-6)


@pytest.mark.parametrize(("written", "first"), [("2024W{:02d}", 1), ("2024-W{:02d}", 1)])
def test_weeks_written_as_weeks_are_read(written: str, first: int) -> None:
    frame = _weekly_panel().with_columns(
        pl.col("周").dt.week().map_elements(written.format, pl.String).alias("周")
    )
    plain = roi_pipeline.evaluate(_weekly_panel(), **ASKED).effect
    named = roi_pipeline.evaluate(frame, **{**ASKED, "start": "2024W29"}).effect
    assert plain is not None
    assert named is not None
    assert named.estimate == pytest.approx(plain.estimate, rel=1e-12)


def test_everything_wrong_is_said_at_once_with_file_column_value_and_remedy(tmp_path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("shop,week,sales,ai\nA,2024-01-01,12,0\nB,not a day,x,1\n", encoding="utf-8")
    with pytest.raises(StudyHasProblems) as caught:
        evaluate_file(
            path,
            Asked(outcome="sales", unit="shopp", date_column="week", treated="ai", where=("ai=2",)),
        )
    problems = {problem.key: problem for problem in caught.value.problems}
    assert problems["unit"].value == "shopp"
    assert "Did you mean 'shop'?" in problems["unit"].remedy
    assert problems["outcome sales"].value == "x"
    assert "not a day" in problems["date week"].value
    assert problems["where ai"].value == "2"
    assert all(problem.file == "sales.csv" and problem.remedy for problem in problems.values())


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"treated": "has AI=perhaps"}, "treated has AI"),
        ({"start": "2023-01-01"}, "from"),
        ({"start": "2030-01-01"}, "from"),
        ({"start": "soon"}, "from"),
        ({"treated": "门店"}, "treated"),
        ({"date": ""}, "date"),
        ({"treated": ""}, "treated"),
    ],
)
def test_what_cannot_be_answered_is_a_problem_not_a_figure(changed, key) -> None:
    with pytest.raises(StudyHasProblems) as caught:
        roi_pipeline.evaluate(_weekly_panel(), **{**ASKED, **changed})
    assert key in {problem.key for problem in caught.value.problems}


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
def test_the_command_prints_the_answer_and_writes_a_page_with_a_chart(tmp_path, language) -> None:
    path = tmp_path / "sales.csv"
    _weekly_panel().write_csv(path)
    page, folder = tmp_path / "page.html", tmp_path / "study"
    result = CliRunner().invoke(
        commands,
        ["--language", language, "evaluate", str(path), "--outcome", "Net sales (¥)", "--unit", "门店",
         "--date", "周", "--treated", "has AI", "--from", "2024-07-15", "--chart", str(page),
         "--write-study", str(folder)],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "console_" not in result.output
    html = page.read_text("utf-8")
    assert html.count("<svg") == 2
    assert "evaluate_" not in html
    assert "http" not in html.replace("http://www.w3.org", "")
    assert (folder / "study.toml").is_file()


def _two_regions(seed: int = 1) -> pl.DataFrame:
    """90 days: 42 before, 21 of an experiment that adds 20 a day, 27 in which everything changes."""
    rng = np.random.default_rng(seed)
    days = pl.date_range(pl.date(2026, 1, 5), pl.date(2026, 4, 4), "1d", eager=True)
    base = 100 + 10 * np.sin(np.arange(90) % 7) + rng.normal(0, 3, 90)
    treated = 2 * base + rng.normal(0, 3, 90)
    treated[42:63] += 20
    treated[63:] += 500
    sales = np.concatenate([3 * base + rng.normal(0, 3, 90), treated]).round(2)
    return pl.DataFrame(
        {"day": [*days, *days], "region": ["south"] * 90 + ["north"] * 90, "sales": sales}
    )


def test_an_experiment_with_an_end_and_what_it_brought_in(tmp_path) -> None:
    path = tmp_path / "regions.csv"
    _two_regions().write_csv(path)
    folder = tmp_path / "study"
    result = CliRunner().invoke(
        commands,
        ["evaluate", str(path), "--outcome", "sales", "--unit", "region", "--date", "day", "--treated",
         "region=north", "--from", "2026-02-16", "--until", "2026-03-09", "--spend", "200",
         "--period", "day", "--design", "time_based_regression", "--outcome-unit", "money",
         "--chart", str(tmp_path / "page.html"), "--write-study", str(folder)],
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    answer = evaluate_file(
        path,
        Asked(
            outcome="sales", unit="region", date_column="day", treated="region=north",
            go_live="2026-02-16", until=date(2026, 3, 9), spend=200.0, period="day",
            design="time_based_regression", metric_unit="money",
        ),
    )  # fmt: skip
    assert answer.effect is not None
    found = answer.effect.incremental
    assert found is not None
    assert found.volume == 21
    assert found.lower < 21 * 20 < found.upper
    assert found.per_spend(found.outcome) == pytest.approx(found.outcome / 200)
    for line in ("Incremental outcome", "iROAS", "Spend per incremental outcome"):
        assert line in result.output
    assert "end = 2026-03-09" in (folder / "modules/evaluated.toml").read_text("utf-8")


def _cases(seed: int = 2) -> pl.DataFrame:
    """3,000 cases of 120 days; with AI they last 30 % less; those open at the end have no closing day."""
    rng = np.random.default_rng(seed)
    opened, has_ai = rng.integers(0, 120, 3000), rng.integers(0, 2, 3000)
    lasted = np.ceil(rng.exponential(20 * (1 - 0.3 * has_ai)))
    first = pl.date(2026, 1, 1)
    numbers = pl.DataFrame({"opened": opened, "lasted": lasted.astype(int), "has AI": has_ai})
    ended = pl.col("opened") + pl.col("lasted")
    return numbers.select(
        "has AI",
        pl.col("lasted"),
        closed=pl.when(ended <= 119).then(first + pl.duration(days=ended)),
        opened=first + pl.duration(days="opened"),
    )


def test_open_cases_count_in_a_comparison_of_durations(tmp_path) -> None:
    frame = _cases()
    asked: dict[str, Any] = {"treated": "has AI", "date": "opened", "is_randomised": True}
    answer = roi_pipeline.evaluate(
        frame.drop("lasted"), closed="closed", horizon=30, direction="down", **asked
    )
    effect, found = answer.effect, answer.evaluated.durations
    assert effect is not None
    assert found is not None
    followed = frame.filter(pl.col("opened") <= found.last_seen - timedelta(days=30))
    means = dict(
        followed.group_by("has AI").agg(pl.col("lasted").clip(upper_bound=30).mean()).iter_rows()
    )
    assert effect.estimate == pytest.approx(means[1] - means[0], rel=1e-9)
    assert found.n_open > 300
    assert found.n_too_young == len(frame) - len(followed)
    assert found.restricted_difference == pytest.approx(effect.estimate, abs=0.5)
    shown = str(answer)
    assert "Median days until closed, with it" in shown
    assert "long ones are finished last" in shown
    answer.write_study(tmp_path / "own")
    cycle = answer.evaluated.cycle.key
    kept = report_of(tmp_path / "own", cycle).outcome("evaluated", answer.evaluated.metric.id)
    assert kept["estimate"] == effect.estimate


def test_finished_cases_alone_are_noticed_and_what_is_missing_is_asked_for() -> None:
    asked: dict[str, Any] = {"treated": "has AI", "date": "opened", "is_randomised": True}
    finished = _cases().filter(pl.col("closed").is_not_null())
    assert "long ones are missing" in str(
        roi_pipeline.evaluate(finished, closed="closed", horizon=30, **asked)
    )
    with pytest.raises(StudyHasProblems, match="--horizon DAYS"):
        roi_pipeline.evaluate(_cases(), closed="closed", **asked)


def _offered(seed: int = 1) -> pl.DataFrame:
    """2,000 people, half offered it, 40 % of these use it and gain 2; those who would are better anyway."""
    rng = np.random.default_rng(seed)
    offered, would = rng.permutation(2000) % 2, rng.random(2000) < 0.4
    used = offered * would
    value = 10 + 2 * used + 3 * would + rng.normal(0, 2, 2000)
    return pl.DataFrame({"offered": offered, "opened it": used.astype(int), "value": value})


def test_offered_is_not_used_in_one_command_and_by_study(tmp_path) -> None:
    asked: dict[str, Any] = {"outcome": "value", "treated": "offered", "is_randomised": True}
    answer = roi_pipeline.evaluate(_offered(), **asked, used="opened it")
    offer, plain = answer.effect, roi_pipeline.evaluate(_offered(), **asked).effect
    assert offer is not None
    assert plain is not None
    assert (offer.estimate, offer.lower, plain.use) == (plain.estimate, plain.lower, None)
    use = offer.use
    assert use is not None
    assert use.is_one_sided
    assert use.estimate == pytest.approx(offer.estimate / use.take_up, rel=1e-9)
    assert use.lower is not None
    assert use.upper is not None
    assert use.lower < 2 < use.upper
    assert all(each.lower > 2 and each.grade == "D" for each in use.self_selected)
    answer.write_study(tmp_path / "own")
    cycle = answer.evaluated.cycle.key
    found = report_of(tmp_path / "own", cycle).outcome("evaluated", answer.evaluated.metric.id)
    assert found["use"]["estimate"] == use.estimate
    assert found["use"]["n_offered_users"] == use.n_offered_users


def test_users_of_what_nobody_randomised_are_refused() -> None:
    with pytest.raises(StudyHasProblems, match="users choose themselves"):
        roi_pipeline.evaluate(_offered(), outcome="value", treated="offered", used="opened it")


def test_a_notebook_shows_the_answer() -> None:
    answer = roi_pipeline.evaluate(_weekly_panel(), **ASKED)
    shown = answer._repr_html_()
    assert "<svg" in shown
    assert answer.effect is not None
    assert f">{answer.effect.grade}<" in shown
    assert math.isfinite(answer.effect.estimate)
