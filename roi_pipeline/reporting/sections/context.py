"""What every section of a module's report may look at, and the judgements more than one makes."""

from dataclasses import dataclass, replace

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.effects import GRADES, Effect, Grade, Inconclusive, Outcome
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric
from roi_pipeline.domain.standards import Rating, Standard
from roi_pipeline.domain.statements import ModuleValue, Statement
from roi_pipeline.reporting.messages import Voice, plain
from roi_pipeline.reporting.model import Line, Tone
from roi_pipeline.reporting.numbers import Numbers

RATING_TONES: dict[str, Tone] = {
    "excellent": "good",
    "meets": "good",
    "qualified": "good",
    "acceptable": "quiet",
    "valuable": "quiet",
    "adjust": "bad",
    "review": "bad",
}


@dataclass(frozen=True, slots=True)
class EditionContext:
    """An edition and the language it is rendered in."""

    edition: EditionInputs
    voice: Voice

    @property
    def numbers(self) -> Numbers:
        """Formats of the language."""
        return self.voice.numbers

    def metric(self, metric_id: str) -> Metric | None:
        """The catalogue's entry, or None for a metric the study does not know."""
        return self.edition.study.metrics.get(metric_id)

    def standard(self, rating: Rating) -> Standard | None:
        """The standard a rating was given under."""
        standards = self.edition.study.standards
        return next((item for item in standards if item.id == rating.standard_id), None)

    def confidence(self, rating: Rating) -> str:
        """Confidence of the money intervals, written."""
        standard = self.standard(rating)
        return self.numbers.percent(standard.confidence if standard else 0.9, digits=0)

    def verdict(self, rating: Rating) -> tuple[str, Tone]:
        """The rating in words, and its tone."""
        say = self.voice
        grade = say.name("rating", rating.grade) if rating.grade else ""
        match rating.status:
            case "outright":
                return grade, RATING_TONES.get(rating.grade or "", "quiet")
            case "provisional":
                return say.word("verdict.provisional", grade=grade), "warn"
            case "too_early":
                return say.word("verdict.too_early"), "quiet"
            case "not_ratable":
                return say.word("verdict.not_ratable"), "quiet"


@dataclass(frozen=True, slots=True)
class ModuleContext(EditionContext):
    """One module inside an edition."""

    inputs: ModuleInputs

    @property
    def module(self) -> Module:
        """What was declared about the module."""
        return self.inputs.module

    @property
    def value(self) -> ModuleValue:
        """What the roi layer says of it."""
        return self.inputs.value

    @property
    def name(self) -> str:
        """The module's name in the reader's language."""
        return plain(self.module.name.into(self.voice.language)) or self.module.id

    def outcome(self, metric_id: str) -> Outcome | None:
        """What was found for a metric of the pool."""
        return self.inputs.effects.outcomes.get(metric_id)

    def metric_name(self, metric_id: str) -> str:
        """A metric's name in the reader's language."""
        return self.voice.name("metric", metric_id)

    def pool_outcomes(self) -> list[tuple[PoolMetric, Metric, Outcome]]:
        """The pool in order of role, each metric with its catalogue entry and what was found."""
        order = {"goal": 0, "secondary": 1, "guardrail": 2}
        found = []
        for entry in sorted(self.module.pool, key=lambda entry: order[entry.role]):
            metric, outcome = self.metric(entry.metric_id), self.outcome(entry.metric_id)
            if metric is not None and outcome is not None:
                found.append((entry, metric, outcome))
        return found

    def main_goal(self) -> tuple[Metric, Outcome] | None:
        """The goal to speak of first: one that clearly changed, else one that was estimated."""
        goals = [row[1:] for row in self.pool_outcomes() if row[0].role == "goal"]
        effects = [row for row in goals if isinstance(row[1], Effect)]
        clear = [(m, o) for m, o in effects if isinstance(o, Effect) and o.is_clear]
        return next(iter((*clear, *effects, *goals)), None)


def effect_tone(effect: Effect, metric: Metric) -> Tone:
    """Whether a change is for better, for worse, or not significant."""
    if not effect.is_clear or metric.direction == "neutral":
        return "quiet"
    is_better = (effect.estimate > 0) == (metric.direction == "up")
    return "good" if is_better else "bad"


def effect_verdict(effect: Effect, metric: Metric, say: Voice) -> str:
    """The same in words."""
    if effect.is_clear and metric.direction == "neutral":
        return say.word("effect.changed")
    words = {"good": "effect.better", "bad": "effect.worse"}
    return say.word(words.get(effect_tone(effect, metric), "effect.unclear"))


def effect_line(outcome: Outcome, metric: Metric, say: Voice) -> Line:
    """The result of one metric, for a list."""
    numbers, name = say.numbers, say.name("metric", metric.id)
    match outcome:
        case Inconclusive(reason=reason):
            return Line(name, say.word("effect.inconclusive"), "quiet", say.sentence(reason))
        case Effect():
            ends = (outcome.lower, outcome.upper)
            note = say.word(
                "effect.note",
                change=numbers.change_both(
                    outcome.estimate, outcome.relative, metric.unit, ends=ends
                ),
                interval=numbers.interval(*ends, metric.unit, beside=outcome.estimate),
                grade=outcome.grade,
            )
            return Line(
                name, effect_verdict(outcome, metric, say), effect_tone(outcome, metric), note
            )


def verdict_line(outcome: Outcome, metric: Metric, say: Voice) -> Line:
    """The result of one metric without its figures, for panels beside the table that has them."""
    line = effect_line(outcome, metric, say)
    return line if isinstance(outcome, Inconclusive) else replace(line, note="")


def money_grade(statement: Statement) -> Grade | None:
    """The weakest evidence under the amounts that count."""
    grades: list[Grade] = [line.grade for line in statement.counted_benefits if line.grade]
    return max(grades, key=GRADES.index, default=None)


def designs_behind(context: ModuleContext, grade: Grade) -> tuple[str, ...]:
    """Names of the designs that hold the headline's grade: those of the money, else of the goals."""
    counted = [line for line in context.value.rated.counted_benefits if line.grade == grade]
    metrics = [line.metric_id for line in counted] or [e.metric_id for e in context.module.goals]
    effects = [context.outcome(metric_id) for metric_id in metrics]
    designs = [
        effect.design for effect in effects if isinstance(effect, Effect) and effect.grade == grade
    ]
    return tuple(context.voice.name("design", design) for design in dict.fromkeys(designs))


def evidence_grade(context: ModuleContext) -> Grade | None:
    """The grade under the money; without money the best grade among the goal metrics."""
    grade = money_grade(context.value.rated)
    if grade:
        return grade
    effects = [context.outcome(entry.metric_id) for entry in context.module.goals]
    grades: list[Grade] = [effect.grade for effect in effects if isinstance(effect, Effect)]
    return min(grades, key=GRADES.index, default=None)
