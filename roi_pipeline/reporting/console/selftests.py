"""A self-test in words for the command line: what is being tried, what came of it, how to read it."""

from collections.abc import Iterator, Mapping

from roi_pipeline.domain.selftests import (
    LEAST_TRIALS,
    DesignScore,
    Selftest,
    TrialShape,
    monte_carlo_error,
)

SHAPE_NAMES: Mapping[TrialShape, str] = {
    "lottery": "half the units held out by lot",
    "half": "half the units live on one day, the others never",
    "steps": "units live in three steps",
    "few": "one to three units live, the others never",
    "series": "one to three units live, seen as a series beside the others",
    "everyone": "all units live on one day",
}
SHAPES_TOLD = tuple(SHAPE_NAMES)


def trying(shape: TrialShape) -> str:
    """What is being tried, for people who wait."""
    number, all_of_them = SHAPES_TOLD.index(shape) + 1, len(SHAPES_TOLD)
    return f"trying {number} of {all_of_them}: {SHAPE_NAMES[shape]}"


def selftest_lines(result: Selftest) -> Iterator[str]:
    """The scores for people to read; every share with its Monte Carlo error."""
    yield (
        f"fake modules on this study's own data, {result.replications} of each shape of roll-out "
        f"with and without an effect, as of {result.as_of}, seed {result.seed}"
    )
    yield (
        f"  {'design':<36}{'trials':>9}{'false alarms':>17}{'found':>16}{'in interval':>16}"
        f"{'bias':>18}{'metrics':>9}{'units':>7}"
    )
    for score in result.scores:
        yield (
            f"  {score.design:<36}"
            f"{f'{score.n_null}+{score.n_planted}':>9}"
            f"{_share(score.false_positive_rate, score.n_null):>17}"
            f"{_share(score.power, score.n_planted):>16}"
            f"{_share(score.coverage, score.n_planted):>16}"
            f"{_bias(score):>18}{score.n_metrics:>9}{score.median_units:>7}"
            f"  {_remark(score)}"
        )
    yield from _how_to_read(result)
    yield from _left_out(result)


def _how_to_read(result: Selftest) -> Iterator[str]:
    yield (
        "  trials: without + with an effect · false alarms: of those without, called an effect; "
        "3-7 % is sound · found: of those with"
    )
    yield (
        "  in interval: planted effects inside the 95 % interval · bias: of the estimate, relative "
        "to what was planted · ±: error of the share itself"
    )
    within = sum(bool(score.is_within_limits) for score in result.judged)
    told = f"{within} of {len(result.judged)} designs with a comparison and enough trials raise 3-7 % false alarms"
    yield told + ("" if result.is_sound else ": do not rest money on the others in this study")


def _left_out(result: Selftest) -> Iterator[str]:
    """Trials without an answer, and metrics that could not be tried."""
    from roi_pipeline.reporting.messages import shipped_sentences

    if result.unanswered:
        where = ", ".join(f"{SHAPE_NAMES[name]}: {n}" for name, n in result.unanswered_by_shape)
        yield f"{result.unanswered} trials without an answer, since their data allowed no design ({where})"
    for name, reason in result.skipped:
        yield f"  not tried: {name}: {shipped_sentences()[reason]['en']}"


def _share(rate: float | None, n: int) -> str:
    if rate is None:
        return ""
    if n < LEAST_TRIALS:
        return f"{round(rate * n)} of {n}"
    return f"{rate:.1%} ± {monte_carlo_error(rate, n):.1%}"


def _bias(score: DesignScore) -> str:
    if score.bias is None:
        return ""
    return f"{score.bias:+.1%}" + (f" ± {score.bias_error:.1%}" if score.bias_error else "")


def _remark(score: DesignScore) -> str:
    if not score.is_controlled:
        return "no control: the calendar counts as effect (grade D)"
    if score.is_within_limits is None:
        return "too few trials to judge"
    return "" if score.is_within_limits else "outside 3-7 %"
