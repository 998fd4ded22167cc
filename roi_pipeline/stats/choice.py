"""Which design answers the question: every one considered in order of strength, with its reason.

Also the grade an estimate earns (DOMAIN 1.5) and the sentence that says what would raise it. The
designs themselves live in their own modules; `evaluate` runs what is chosen here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roi_pipeline.domain.effects import Consideration, Design, Grade, Plan
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.questions import MetricQuestion
from roi_pipeline.domain.texts import Message
from roi_pipeline.stats.designs.difference_in_differences import has_repeated_units
from roi_pipeline.stats.event_study import PreTrend
from roi_pipeline.stats.inference import refusal, too_few_units
from roi_pipeline.stats.panels import Cut

ORDER: tuple[Design, ...] = (
    "randomised",
    "staggered",
    "difference_in_differences",
    "two_way_fixed_effects",
    "synthetic_difference_in_differences",
    "synthetic_control",
    "time_based_regression",
    "structural_series",
    "matched_comparison",
    "seasonal_before_after",
    "before_after",
    "vendor_counter",
)
FEW_TREATED = 6
# The fewest whole clusters without the module that simulation held to its level (README).
FEW_CONTROL_CLUSTERS = 4
MIN_DONORS = 5
MIN_BASELINE_PERIODS = 8
BASELINE_TO_POST = 3
MIN_SERIES_PERIODS = 12
DAYS_FOR_SEASON = 395
DAYS_FOR_STRUCTURE = 725
CLEAR_VIOLATION = 0.05
GROSS_VIOLATION = 0.001
GRADE_OF_DESIGN: dict[Design, Grade] = {
    "randomised": "A",
    "matched_comparison": "C",
    "structural_series": "D",
    "seasonal_before_after": "D",
    "before_after": "D",
    "vendor_counter": "E",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the choice is made from, counted once per metric.

    Attributes:
        n_dates: roll-out dates among treated units.
        n_never: units usable as control and untouched throughout.
        n_controls: units usable as control in at least one post period.
        before_days: days from the first usable period to go-live.
        n_control_series: series the module cannot move.
        has_few_control_clusters: units are grouped in wider clusters, few of them without the module.
    """

    has_arms: bool
    has_panel: bool
    has_counter: bool
    n_treated: int = 0
    n_never: int = 0
    n_controls: int = 0
    n_dates: int = 0
    n_baseline: int = 0
    n_post: int = 0
    before_days: int = 0
    n_control_series: int = 0
    is_repeated: bool = True
    is_randomised: bool = False
    declared: Design | None = None
    has_few_control_clusters: bool = False


def count_facts(module: Module, question: MetricQuestion, cut: Cut | None) -> Facts:
    """The facts of one metric; `cut` is None when no panel can be used."""
    has_counter = module.design.counter_value is not None
    has_arms = question.arms is not None or question.quantile_arms is not None
    if cut is None:
        return Facts(
            has_arms=has_arms,
            has_panel=False,
            has_counter=has_counter,
            declared=module.design.design,
        )
    post = cut.is_post.any(axis=0)
    columns = np.flatnonzero(post)
    untouched = cut.touched_from > columns[0]
    first = next(start for start, ok in zip(cut.starts, cut.is_usable, strict=True) if ok)
    return Facts(
        has_arms=has_arms,
        has_panel=True,
        has_counter=has_counter,
        n_treated=int(np.count_nonzero(cut.is_treated)),
        n_never=int(np.count_nonzero(cut.is_never)),
        n_controls=int(np.count_nonzero(cut.is_control & untouched)),
        n_dates=len(np.unique(cut.post_from[cut.is_treated])),
        n_baseline=int(np.count_nonzero(cut.is_baseline)),
        n_post=len(columns),
        before_days=(cut.baseline.end - first).days,
        n_control_series=len(question.controls),
        is_repeated=has_repeated_units(cut),
        is_randomised=module.rollout.is_randomised,
        declared=module.design.design,
        has_few_control_clusters=_has_few_control_clusters(cut, cut.is_control & untouched),
    )


def _has_few_control_clusters(cut: Cut, is_control: NDArray[np.bool_]) -> bool:
    if cut.n_clusters == len(cut.clusters):
        return False
    return len(np.unique(cut.clusters[is_control])) < FEW_CONTROL_CLUSTERS


def refusal_of(design: Design, facts: Facts) -> Message | None:
    """Why the data do not allow a design; None when they do."""
    if design == "randomised":
        return None if facts.has_arms else refusal("no_hold_out")
    if design == "vendor_counter":
        return None if facts.has_counter else refusal("no_counter")
    if not facts.has_panel:
        return refusal("no_usable_panel")
    return next(_reasons(design, facts), None)


def last_refusal(facts: Facts) -> Message:
    """Why nothing can be said at all: what stands against the least demanding design."""
    return refusal_of(facts.declared or "before_after", facts) or refusal("no_design_fits")


def _reasons(design: Design, facts: Facts) -> Iterator[Message]:
    match design:
        case "staggered" | "difference_in_differences" | "two_way_fixed_effects":
            yield from _controlled_reasons(design, facts)
        case "synthetic_difference_in_differences" | "synthetic_control":
            yield from _synthetic_reasons(design, facts)
        case "time_based_regression" | "structural_series":
            yield from _series_reasons(design, facts)
        case "matched_comparison":
            yield refusal("needs_actions_of_customers")
        case "seasonal_before_after" if facts.before_days < DAYS_FOR_SEASON:
            yield refusal("history_too_short", needed_months=13, days=facts.before_days)
        case "seasonal_before_after" | "before_after" if facts.n_treated < 2:  # noqa: PLR2004
            yield too_few_units(facts.n_treated)
        case _:
            return


def _controlled_reasons(design: Design, facts: Facts) -> Iterator[Message]:
    is_declared = facts.declared == design
    if design == "two_way_fixed_effects" and not is_declared:
        yield refusal("only_by_declaration")
    if facts.n_controls == 0:
        yield refusal("no_untreated_units")
    if design == "staggered" and facts.n_dates < 2:  # noqa: PLR2004 - staggered means two dates
        yield refusal("one_roll_out_date")
    if design == "difference_in_differences" and facts.n_dates > 1 and not is_declared:
        yield refusal("several_roll_out_dates", n=facts.n_dates)
    few = facts.n_treated < FEW_TREATED and facts.is_repeated and not is_declared
    if few and not any(_synthetic_reasons("synthetic_difference_in_differences", facts)):
        yield refusal("too_few_treated_units", n=facts.n_treated, needed=FEW_TREATED)


def _synthetic_reasons(design: Design, facts: Facts) -> Iterator[Message]:
    is_declared = facts.declared == design
    if facts.n_never < MIN_DONORS:
        yield refusal("too_few_donors", n=facts.n_never, needed=MIN_DONORS)
    if facts.n_baseline < MIN_BASELINE_PERIODS:
        yield refusal("baseline_too_short", n=facts.n_baseline, needed=MIN_BASELINE_PERIODS)
    if facts.n_dates > 1:
        yield refusal("several_roll_out_dates", n=facts.n_dates)
    if facts.n_treated >= FEW_TREATED and not is_declared:
        yield refusal("enough_treated_units", n=facts.n_treated)
    if design == "synthetic_control" and not is_declared:
        yield refusal("only_by_declaration")


def _series_reasons(design: Design, facts: Facts) -> Iterator[Message]:
    if design == "time_based_regression" and not (facts.n_control_series or facts.n_never):
        yield refusal("no_control_series")
    if facts.n_baseline < MIN_SERIES_PERIODS:
        yield refusal("baseline_too_short", n=facts.n_baseline, needed=MIN_SERIES_PERIODS)
    is_longer = facts.n_post > facts.n_baseline and facts.declared != design
    if is_longer and design == "time_based_regression":
        yield refusal("baseline_shorter_than_post", baseline=facts.n_baseline, post=facts.n_post)
    is_needed = facts.declared == design or facts.n_treated < 2  # noqa: PLR2004 - no unit noise
    if design == "structural_series" and not is_needed and facts.before_days < DAYS_FOR_STRUCTURE:
        yield refusal("history_too_short", needed_months=24, days=facts.before_days)


def has_short_baseline(facts: Facts) -> bool:
    """Whether the baseline is shorter than three times post, which costs a series one grade."""
    return facts.n_baseline < BASELINE_TO_POST * facts.n_post


def short_baseline_finding(subject: str, facts: Facts) -> Finding:
    """What a short baseline costs a series."""
    passed = not has_short_baseline(facts)
    code = "baseline_is_three_posts" if passed else "baseline_shorter_than_three_posts"
    message = refusal(code, baseline=facts.n_baseline, post=facts.n_post)
    return Finding("baseline_is_three_times_post", subject, passed, "warn", message)


def candidates(facts: Facts) -> tuple[Design, ...]:
    """Designs the data allow, strongest first; the declared one alone when there is one."""
    order = ORDER if facts.declared is None else (facts.declared,)
    return tuple(design for design in order if refusal_of(design, facts) is None)


def make_plan(
    facts: Facts,
    chosen: Design | None,
    *,
    failed: Mapping[Design, Message],
    raise_grade: Message | None = None,
) -> Plan:
    """Every design in order of strength, with why it was chosen or refused.

    `failed` holds designs that were allowed and run, and why they gave no answer.
    """
    considered: list[Consideration] = []
    for design in ORDER:
        if design == chosen:
            reason = refusal(f"chosen_{design}", n=facts.n_treated, controls=facts.n_controls)
        elif design in failed:
            reason = failed[design]
        else:
            reason = refusal_of(design, facts) or _passed_over(design, facts, chosen)
        considered.append(Consideration(design, design == chosen, reason))
    return Plan(chosen, tuple(considered), raise_grade)


def _passed_over(design: Design, facts: Facts, chosen: Design | None) -> Message:
    if facts.declared is not None and design != facts.declared:
        return refusal("another_design_declared", declared=facts.declared)
    return refusal("stronger_design_answers", chosen=chosen, design=design)


def grade_of(
    design: Design,
    facts: Facts,
    trend: PreTrend | None,
    *,
    placebo_passes: bool,
    prefit_p_value: float | None = None,
) -> Grade:
    """Grade of an estimate: what its design allows, lowered by what its diagnostics found.

    A synthetic comparison is tested by its fit before go-live, the others by their pre-trend.
    """
    if design in GRADE_OF_DESIGN:
        return GRADE_OF_DESIGN[design]
    if design == "time_based_regression":
        return "C" if placebo_passes and not has_short_baseline(facts) else "D"
    if design == "two_way_fixed_effects" and facts.n_dates > 1:
        return "D"
    before = prefit_p_value if trend is None else trend.p_value
    return _grade_with_controls(facts, before)


def _grade_with_controls(facts: Facts, p_value: float | None) -> Grade:
    """B when the baseline is long, the test before go-live passed and clusters suffice; A if randomised."""
    if p_value is not None and p_value < GROSS_VIOLATION:
        return "D"
    if facts.is_randomised and facts.n_treated >= FEW_TREATED:
        return "A"
    has_length = facts.n_baseline >= MIN_BASELINE_PERIODS
    is_clean = p_value is not None and p_value >= CLEAR_VIOLATION
    return "B" if has_length and is_clean and not facts.has_few_control_clusters else "C"
