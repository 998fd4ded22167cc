"""The answer of `roi evaluate` in words: lines for the console, a page with charts, a notebook's cell.

What is said of the evidence is worded as in a study's report; the page asks the network for nothing.
"""

from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from roi_pipeline.domain.effects import Effect, Inconclusive
from roi_pipeline.domain.evaluations import Evaluated
from roi_pipeline.domain.findings import SEVERITIES, Finding
from roi_pipeline.domain.texts import Language, plain
from roi_pipeline.domain.windows import PeriodKind, Window, period_end
from roi_pipeline.reporting.charts import chart_svg, dark_rules
from roi_pipeline.reporting.console.speech import worded
from roi_pipeline.reporting.messages import Voice, numbers_in, read_words, shipped_sentences
from roi_pipeline.reporting.model import Chart, EventChart
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.durations import duration_rows
from roi_pipeline.reporting.sections.intervals import interval_rows
from roi_pipeline.reporting.sections.offers import offer_rows
from roi_pipeline.reporting.sections.returns import return_rows
from roi_pipeline.reporting.sections.series import FEWEST_POINTS, PER_CENT, has_series, series_chart
from roi_pipeline.resources import shipped_folder

Pairs = list[tuple[str, str]]


def evaluation_lines(evaluated: Evaluated, language: Language = "en") -> Iterator[str]:
    """The answer for the console."""
    say = _voice(evaluated, language)
    yield _headline(evaluated, say)
    for name, value in _facts(evaluated, say):
        yield f"  {name}: {value}"
    for title, sentences in _reasons(evaluated, say):
        yield title
        yield from (f"  - {sentence}" for sentence in sentences)


def evaluation_page(evaluated: Evaluated, language: Language = "en") -> str:
    """The answer as one self-contained HTML page."""
    say = _voice(evaluated, language)
    style = (_folder() / "style.css").read_text(encoding="utf-8")
    style = style.replace("{{dark_rules}}", dark_rules())
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            **_parts(evaluated, say),
            language=language,
            style=Markup(style),  # noqa: S704 - our own file
        )
    )


def evaluation_fragment(evaluated: Evaluated, language: Language = "en") -> str:
    """The answer as the part of a page that a notebook shows."""
    say = _voice(evaluated, language)
    return _environment().get_template("fragment.html.j2").render(**_parts(evaluated, say))


def _parts(evaluated: Evaluated, say: Voice) -> dict[str, object]:
    return {
        "title": plain(evaluated.metric.name.into(say.language)),
        "subtitle": plain(evaluated.name),
        "headline": _headline(evaluated, say),
        "grade": evaluated.outcome.grade if isinstance(evaluated.outcome, Effect) else "",
        "facts": _facts(evaluated, say),
        "reasons": _reasons(evaluated, say),
        "charts": [(caption, _svg(chart)) for caption, chart in _charts(evaluated, say)],
        "designs_title": worded(say, "evaluate_designs"),
        "designs": _designs(evaluated, say),
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _folder():  # noqa: ANN202 - a Path
    return shipped_folder("report_templates") / "evaluation"


def _svg(chart: Chart) -> Markup:
    return Markup(chart_svg(chart))  # noqa: S704 - drawn from figures and escaped labels


def _voice(evaluated: Evaluated, language: Language) -> Voice:
    words = read_words(language)
    numbers = numbers_in(language, evaluated.study.currency)
    names = {
        ("metric", metric.id): metric.name.into(language)
        for metric in evaluated.study.metrics.values()
    }
    return Voice(language, words, shipped_sentences(), numbers, names)


def _headline(evaluated: Evaluated, say: Voice) -> str:
    outcome, metric = evaluated.outcome, evaluated.metric
    name = plain(metric.name.into(say.language))
    match outcome:
        case Inconclusive(reason=reason):
            return worded(say, "evaluate_unanswered", outcome=name, reason=say.sentence(reason))
        case Effect():
            ends = (outcome.lower, outcome.upper)
            code = "evaluate_changed" if outcome.is_clear else "evaluate_unclear"
            return worded(
                say, code, outcome=name, grade=outcome.grade,
                change=say.numbers.change_both(
                    outcome.estimate, outcome.relative, metric.unit, ends=ends
                ),
                interval=say.numbers.interval(*ends, metric.unit, beside=outcome.estimate),
                confidence=say.numbers.percent(outcome.confidence, digits=0),
            )  # fmt: skip


def _facts(evaluated: Evaluated, say: Voice) -> Pairs:
    outcome, counts, count = evaluated.outcome, evaluated.counts, say.numbers.count
    facts: Pairs = []

    def add(code: str, value: str) -> None:
        facts.append((worded(say, f"evaluate_{code}"), value))

    if isinstance(outcome, Effect):
        named = say.word(f"grade.{outcome.grade}")
        add("grade", say.word("numbers.in_brackets", x=outcome.grade, y=named))
        add("design", say.name("design", outcome.design))
        unit = evaluated.metric.unit
        add("with_module", say.numbers.value(outcome.post_value, unit))
        add("without_module", say.numbers.value(outcome.counterfactual_value, unit))
        add("standard_error", say.numbers.number(outcome.standard_error))
        add("p_value", say.numbers.probability(outcome.p_value))
        smallest = outcome.smallest_detectable
        if smallest is not None:
            add("detectable", say.numbers.change(smallest, unit).removeprefix("+"))
        add("units", worded(say, "evaluate_units_of", n=counts.units, treated=counts.treated))
        if counts.clusters is not None:
            add("clusters", count(counts.clusters))
        if counts.periods:
            add("periods", count(counts.periods))
            add("baseline", say.numbers.window(outcome.baseline))
            add("post", say.numbers.window(_with_data(outcome, evaluated.module.design.period)))
    if isinstance(outcome, Effect):
        brackets = say.words["numbers.in_brackets"]
        for row in offer_rows(outcome, evaluated.metric.unit, say):
            stated = [part for part in (row.interval, row.note) if part != NONE]
            value = brackets.format(x=row.value, y=say.word("common.comma").join(stated))
            facts.append((row.name, value if stated else row.value))
        for one in interval_rows(outcome, evaluated.metric.unit, say):
            basis = (
                one.basis
                if one.interval == NONE
                else f"{one.interval}, p {one.p_value}, {one.basis}"
            )
            facts.append((one.name, brackets.format(x=one.value, y=basis)))
        for each in return_rows(outcome, evaluated.metric.unit, say):
            bounds = [part for part in (each.interval, each.one_sided) if part != NONE]
            ends = say.word("common.comma").join(bounds)
            facts.append((each.name, brackets.format(x=each.value, y=ends)))
    facts.extend(duration_rows(evaluated.durations, say))
    rows = worded(say, "evaluate_rows_of", n=counts.rows, left_out=counts.rows_left_out)
    add("rows", rows)
    return facts


def _with_data(effect: Effect, period: PeriodKind) -> Window:
    """The window compared, as far as there are data: a cycle may go on where a file ends."""
    seen = [point.period_start for point in effect.series if point.observed is not None]
    if not seen or max(seen) < effect.post.start:
        return effect.post
    return Window(effect.post.start, min(effect.post.end, period_end(max(seen), period)))


def _reasons(evaluated: Evaluated, say: Voice) -> list[tuple[str, list[str]]]:
    """What was noticed, and what would give better evidence."""
    outcome = evaluated.outcome
    failed = [finding for finding in outcome.findings if not finding.passed]
    failed.sort(key=lambda finding: -SEVERITIES.index(finding.severity))
    groups = [
        (worded(say, "evaluate_noticed"), list(dict.fromkeys(_found(each, say) for each in failed)))
    ]
    if outcome.plan and outcome.plan.raise_grade:
        groups.append((worded(say, "evaluate_better"), [say.sentence(outcome.plan.raise_grade)]))
    return [group for group in groups if group[1]]


def _found(finding: Finding, say: Voice) -> str:
    severity = say.word(f"severity.{finding.severity}")
    return say.word("numbers.in_brackets", x=say.sentence(finding.message), y=severity)


def _designs(evaluated: Evaluated, say: Voice) -> Pairs:
    plan = evaluated.outcome.plan
    considered = plan.considered if plan else ()
    return [(say.name("design", each.design), say.sentence(each.reason)) for each in considered]


def _charts(evaluated: Evaluated, say: Voice) -> Iterator[tuple[str, Chart]]:
    outcome, metric = evaluated.outcome, evaluated.metric
    scale = PER_CENT if metric.unit == "rate" else 1.0
    symbol = say.numbers.symbol if metric.unit == "money" else ""
    if has_series(outcome):
        rollout = evaluated.module.rollout
        chart = series_chart(outcome, metric, rollout, say, title=metric.id)
        yield worded(say, "evaluate_series"), chart
    if isinstance(outcome, Effect) and len(outcome.event_study) >= FEWEST_POINTS:
        points = "unit_points" if metric.unit == "rate" else f"unit_{metric.unit}"
        yield (
            say.word("chart.events_caption"),
            EventChart(
                id="events",
                title=metric.id,
                unit=symbol or say.word(f"chart.{points}"),
                axis=worded(say, "evaluate_since"),
                points=tuple(
                    (p.periods_since_go_live, p.estimate, p.lower, p.upper)
                    for p in outcome.event_study
                ),
                go_live_label=say.word("chart.go_live"),
                before_label=say.word("chart.events_before"),
                after_label=say.word("chart.events_after"),
                scale=scale,
            ),
        )
