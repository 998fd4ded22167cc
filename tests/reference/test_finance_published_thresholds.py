"""The three tiers of S1 as worked cases, on both sides of every published boundary."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "finance"))

from finance_cases import LIVE, STANDARD, D, effect, metric, module, valued, with_roi

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.modules import PoolMetric, Rollout
from roi_pipeline.domain.windows import cycle_from_key


@pytest.mark.parametrize(
    ("headcount", "tier"),
    [(1, "startup"), (10, "startup"), (11, "sme"), (100, "sme"), (101, "large"), (5000, "large")],
)
def test_headcount_decides_the_tier(headcount: int, tier: str) -> None:
    assert with_roi("3", headcount=headcount).rating.tier == tier


@pytest.mark.parametrize(
    ("headcount", "roi", "grade", "action"),
    [
        (10, "0", "meets", "continue"),
        (10, "-0.001", "adjust", "change"),
        (10, "5", "meets", "continue"),
        (11, "1.5", "excellent", "continue"),
        (100, "1.499", "qualified", "optimise"),
        (100, "1", "qualified", "optimise"),
        (100, "0.999", "adjust", "change"),
        (101, "2", "excellent", "continue"),
        (101, "1.999", "acceptable", "continue"),
        (101, "0", "acceptable", "continue"),
        (101, "-0.001", "review", "change"),
    ],
)
def test_roi_decides_the_grade(headcount: int, roi: str, grade: str, action: str) -> None:
    value = with_roi(roi, headcount=headcount)
    assert value.rating.roi == D(roi)
    assert (value.rating.status, value.rating.grade) == ("outright", grade)
    assert value.rating.action == action
    assert value.decision.action == action


@pytest.mark.parametrize(
    ("headcount", "as_of", "is_early"),
    [
        (10, date(2026, 1, 31), True),
        (10, date(2026, 2, 1), False),
        (50, date(2026, 3, 31), True),
        (50, date(2026, 4, 1), False),
        (500, date(2026, 12, 31), True),
        (500, date(2027, 1, 1), False),
    ],
)
def test_no_grade_before_the_window_is_over(*, headcount: int, as_of: date, is_early: bool) -> None:
    value = valued(headcount=headcount, cycle=cycle_from_key("2026", as_of=as_of))
    assert (value.rating.status == "too_early") is is_early
    assert (value.rating.grade is None) is is_early
    assert (value.rating.action == "wait") is is_early


def test_startup_counts_only_rent_and_accepts_indicative_evidence() -> None:
    measured = {"grade": "D", "design": "before_after"}
    small = with_roi("1", headcount=10, measured=measured)
    assert (small.rating.status, small.rating.grade) == ("outright", "meets")
    middle = with_roi("2.25", headcount=11, measured=measured)  # 1.6 once D counts at 80 %
    assert (middle.rating.status, middle.rating.grade) == ("not_ratable", None)
    assert middle.rated.returns.roi is None
    assert middle.rated.returns.indicative_roi == D("1.6")
    assert "evidence_is_too_weak_for_the_tier" in {r.code for r in middle.rating.reasons}


def test_a_grade_is_provisional_until_it_is_probable_enough() -> None:
    # bar 1.5 at ROI 1.6: the benefit's standard error decides
    sure = with_roi("1.6", headcount=50, standard_error=0.001)
    unsure = with_roi("1.6", headcount=50, standard_error=0.01)
    assert (sure.rating.status, sure.rating.grade) == ("outright", "excellent")
    assert (unsure.rating.status, unsure.rating.grade) == ("provisional", "excellent")
    assert unsure.rating.probability is not None
    assert 0.5 < unsure.rating.probability < 0.8
    assert unsure.decision.action == "continue"


def test_the_lowest_grade_needs_to_be_probable_too() -> None:
    unsure = with_roi("0.9", headcount=50, standard_error=0.01)
    assert (unsure.rating.status, unsure.rating.grade) == ("provisional", "adjust")
    assert unsure.rating.bar == 1
    assert unsure.decision.action == "optimise"


def test_large_firms_value_compliance_and_service_beside_roi() -> None:
    known = {
        "visit_rate": metric(),
        "complaint_rate": metric("complaint_rate", direction="down", is_hard=False),
    }
    better = effect("complaint_rate", estimate=-0.02, standard_error=0.005)
    more = {"metrics": known, "outcomes": (better,)}
    value = with_roi("-0.3", headcount=300, **more)
    assert (value.rating.grade, value.rating.action) == ("valuable", "continue")
    worse = replace(better, estimate=0.02, lower=0.01, upper=0.03)
    assert (
        with_roi("-0.3", headcount=300, metrics=known, outcomes=(worse,)).rating.grade == "review"
    )
    assert with_roi("-0.3", headcount=50, **more).rating.grade == "adjust"


def test_an_excellent_module_is_expanded_while_units_are_without_it() -> None:
    rollout = Rollout("clinic", go_live={"C1": LIVE})
    somewhere = module(rollout=rollout, pool=(PoolMetric("visit_rate", "goal"),))
    value = with_roi("4", headcount=50, module_=somewhere)
    assert (value.rating.grade, value.decision.action) == ("excellent", "expand")
    assert with_roi("4", headcount=50).decision.action == "continue"


def test_a_changed_standard_shows_the_rating_under_both() -> None:
    sme = STANDARD.tiers[1]
    harder = replace(
        STANDARD,
        id="harder",
        valid_from=date(2026, 1, 1),
        tiers=(
            STANDARD.tiers[0],
            replace(sme, bands=(replace(sme.bands[0], from_roi=D(3)), *sme.bands[1:])),
            STANDARD.tiers[2],
        ),
    )
    value = with_roi("2", headcount=50, standards=(STANDARD, harder))
    assert (value.rating.standard_id, value.rating.grade) == ("harder", "qualified")
    before = value.rating_before_change
    assert before is not None
    assert (before.standard_id, before.grade) == ("default", "excellent")
    assert "standard_changed" in {note.code for note in value.notes}
    assert with_roi("2", headcount=50).rating_before_change is None


def test_a_tier_with_one_grade_needs_no_bar() -> None:
    sme = replace(STANDARD.tiers[1], bands=STANDARD.tiers[1].bands[-1:])
    single = replace(STANDARD, tiers=(STANDARD.tiers[0], sme, STANDARD.tiers[2]))
    rating = with_roi("3", headcount=50, standards=(single,)).rating
    assert (rating.status, rating.grade, rating.bar) == ("outright", "adjust", None)
    assert rating.reasons[0].code == "roi_has_no_bar"


def test_a_tier_must_have_a_grade_for_every_roi() -> None:
    sme = replace(STANDARD.tiers[1], bands=STANDARD.tiers[1].bands[:2])
    gap = replace(STANDARD, tiers=(STANDARD.tiers[0], sme, STANDARD.tiers[2]))
    with pytest.raises(NeedsAHuman, match="give the last band no from_roi"):
        with_roi("0", headcount=50, standards=(gap,))
