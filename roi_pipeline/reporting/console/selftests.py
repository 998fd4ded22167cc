"""A self-test in words for the command line: what is being tried, its result, how to read it."""

from collections.abc import Iterator

from roi_pipeline.domain.selftests import (
    LEAST_TRIALS,
    SHAPES,
    DesignScore,
    Selftest,
    TrialShape,
    monte_carlo_error,
)
from roi_pipeline.domain.texts import Language, Message
from roi_pipeline.reporting.console.speech import console_voice, left, right, worded
from roi_pipeline.reporting.messages import Voice

DESIGN_WIDTH = 36
WIDTHS = (9, 17, 16, 16, 18, 9, 7)
COLUMNS = ("trials", "false_positives", "power", "coverage", "bias", "metrics", "units")


def trying(shape: TrialShape, language: Language = "en") -> str:
    """What is being tried, for people who wait."""
    voice, number = console_voice(language), SHAPES.index(shape) + 1
    words = worded(voice, f"shape_{shape}")
    return worded(voice, "trying", number=number, all=len(SHAPES), shape=words)


def selftest_lines(result: Selftest, language: Language = "en") -> Iterator[str]:
    """The scores for people to read; every share with its Monte Carlo error."""
    voice = console_voice(language)
    yield worded(
        voice, "selftest_head", replications=str(result.replications),
        day=result.as_of.isoformat(), seed=str(result.seed),
    )  # fmt: skip
    heads = [worded(voice, f"selftest_{column}") for column in COLUMNS]
    yield _row(worded(voice, "selftest_design"), heads)
    for score in result.scores:
        cells = [
            f"{score.n_null}+{score.n_planted}",
            _share(voice, score.false_positive_rate, score.n_null),
            _share(voice, score.power, score.n_planted),
            _share(voice, score.coverage, score.n_planted),
            _bias(voice, score),
            str(score.n_metrics),
            str(score.median_units),
        ]
        yield f"{_row(score.design, cells)}  {_remark(voice, score)}"
    yield worded(voice, "selftest_legend")
    within = sum(bool(score.is_within_limits) for score in result.judged)
    code = "selftest_sound" if result.is_sound else "selftest_unsound"
    yield worded(voice, code, within=within, judged=len(result.judged))
    yield from _omitted(voice, result)


def _row(first: str, cells: list[str]) -> str:
    padded = (right(cell, width) for cell, width in zip(cells, WIDTHS, strict=True))
    return f"  {left(first, DESIGN_WIDTH)}{''.join(padded)}"


def _omitted(voice: Voice, result: Selftest) -> Iterator[str]:
    """Trials without an answer, and metrics that could not be tried."""
    if result.unanswered:
        where = ", ".join(
            worded(voice, "selftest_where", shape=worded(voice, f"shape_{name}"), n=n)
            for name, n in result.unanswered_by_shape
        )
        yield worded(voice, "selftest_unanswered", n=result.unanswered, where=where)
    for name, reason in result.skipped:
        words = voice.sentence(Message(reason))
        yield worded(voice, "selftest_not_tried", name=name, reason=words)


def _share(voice: Voice, rate: float | None, n: int) -> str:
    if rate is None:
        return ""
    if n < LEAST_TRIALS:
        return worded(voice, "selftest_few_of", k=round(rate * n), n=n)
    percent = voice.numbers.percent
    return f"{percent(rate)} ± {percent(monte_carlo_error(rate, n))}"


def _bias(voice: Voice, score: DesignScore) -> str:
    if score.bias is None:
        return ""
    error = f" ± {voice.numbers.percent(score.bias_error)}" if score.bias_error else ""
    return voice.numbers.percent(score.bias, signed=True) + error


def _remark(voice: Voice, score: DesignScore) -> str:
    if not score.is_controlled:
        return worded(voice, "selftest_uncontrolled")
    if score.is_within_limits is None:
        return worded(voice, "selftest_seldom")
    return "" if score.is_within_limits else worded(voice, "selftest_outside")
