"""Questions that values answer about themselves."""

import inspect
from array import array
from collections import Counter
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from pathlib import Path, PurePath

import pytest
from finance_cases import Q1, effect, effects_of, inconclusive, metric, module, valued

from roi_pipeline.domain.alerts import Alert
from roi_pipeline.domain.archives import ChangedInput, KeptEdition, KeptModule, Verdict
from roi_pipeline.domain.contracts import Column, Contract, FileLocation
from roi_pipeline.domain.deliveries import Staging
from roi_pipeline.domain.editions import Provenance
from roi_pipeline.domain.effects import IncrementalReturn
from roi_pipeline.domain.errors import DiskIsFull
from roi_pipeline.domain.evaluations import Counts, Durations, Evaluated, SurvivalCurve
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import FileLoad, RuleResult, Validation
from roi_pipeline.domain.nights import Night
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.plans import Draw
from roi_pipeline.domain.rounding import digits_that_multiply
from roi_pipeline.domain.samples import Panel
from roi_pipeline.domain.secrets import mask
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message, Text

PROVENANCE = Provenance("1", date(2026, 4, 8), "c", (), {}, {}, (), 1)
RULES = tuple(
    RuleResult(
        "t",
        name,
        "null",
        None,
        "stop",
        passed=True,
        n_checked=1,
        n_unexpected=0,
        tolerance=0.0,
        expected="",
    )
    for name in ("one", "two")
)


def test_an_alert_is_the_same_every_night_whatever_it_says() -> None:
    first = Alert("feed_stale", "crm__orders", "error", Message("a", {"days": 1}))
    later = replace(first, message=Message("a", {"days": 2}), severity="warning")
    assert first.key == later.key
    assert first.key != replace(first, subject="crm__calls").key


def test_an_edition_is_identical_while_nothing_kept_and_no_report_differs() -> None:
    changed = (ChangedInput("file", "a", "1", "2"),)
    same = Verdict("2026-Q1", (), (), (), (), 3)
    assert same.is_identical
    assert replace(same, product=changed, since=changed).is_identical
    for name in ("broken", "reports"):
        assert not replace(same, **{name: changed}).is_identical
    assert not replace(same, reason="the exports are gone").is_identical


def test_a_vendors_figures_are_its_columns_or_all_of_its_export() -> None:
    columns = tuple(Column(name, "integer", (name,)) for name in ("sent", "hits"))
    own = Contract("ads", "daily", FileLocation("ads/*.csv", "csv"), columns)
    assert own.vendor_columns == frozenset()
    one = replace(own, columns=(columns[0], replace(columns[1], counted_by="vendor")))
    assert one.vendor_columns == {"hits"}
    assert replace(own, counted_by="vendor").vendor_columns == {"sent", "hits"}
    assert one.column("hits").counted_by == "vendor"


def test_what_a_unit_of_spend_brought_and_what_one_outcome_cost() -> None:
    made = IncrementalReturn(1000.0, 50.0, -10.0, 110.0, 0.0, 100.0, 0.95, spend=200.0)
    assert (made.per_spend(made.outcome), made.cost_of_one(made.outcome)) == (0.25, 4.0)
    assert made.per_spend(None) is None
    assert made.cost_of_one(made.lower) is None  # nothing was brought: no price of one
    assert made.cost_of_one(0.0) is None
    unknown = replace(made, spend=None)
    assert (unknown.per_spend(50.0), unknown.cost_of_one(50.0)) == (None, None)


def test_a_full_disk_names_the_place_and_the_remedy() -> None:
    assert str(DiskIsFull("/data", "No space left")).startswith("/data: the disk is full (No space")
    assert "Free some space, then give the same command again" in str(DiskIsFull("x", "y"))


def test_open_cases_are_those_not_closed_in_any_group() -> None:
    curve = SurvivalCurve("treated", 10, 7, (), None, None, None, 0.95)
    both = (curve, replace(curve, group="comparison", n=8, n_closed=8))
    assert Durations(30, both, None, None, 0, date(2026, 1, 1)).n_open == 3


@pytest.mark.parametrize(("loaded", "balanced"), [(6, True), (5, False), (7, False)])
def test_every_row_read_is_loaded_quarantined_or_a_duplicate(
    loaded: int, *, balanced: bool
) -> None:
    load = FileLoad("f", "t", "p", "s", 1, "loaded", 10, loaded, 3, 1)
    assert load.is_balanced is balanced


def test_a_delivery_is_stopped_by_one_finding_that_stops() -> None:
    stop = Finding("key_is_unique", "t", passed=False, severity="stop", message=Message("x"))
    warn = replace(stop, severity="warn")
    assert Validation("t", (), (warn, stop)).stops
    assert not Validation("t", (), (warn, replace(stop, passed=True))).stops


def test_tenure_splits_are_for_service_modules() -> None:
    assert replace(module(), kind="service").is_service_module
    assert not replace(module(), kind="sales").is_service_module


def test_a_night_is_good_when_nothing_failed_and_nothing_is_missing() -> None:
    night = Night(date(2026, 1, 1), "2026-Q1", "", (), (), 1, 0, 1, 1, 1)
    assert night.is_good
    for name in ("failed", "stale", "kept_out"):
        assert not replace(night, **{name: ("x",)}).is_good


def test_everything_the_product_makes_lies_under_one_folder_in_places_of_its_own() -> None:
    paths = StudyPaths(Path("acme"))
    names = [name for name, _ in inspect.getmembers(StudyPaths, lambda x: isinstance(x, property))]
    assert len(names) >= 15
    places = {name: getattr(paths, name) for name in names if name != "out"}
    assert len(set(places.values())) == len(places)
    assert all(paths.out in place.parents for place in places.values())


def test_a_draw_counts_its_arms_and_what_is_held_out_of_each_stratum() -> None:
    rows = (
        ("u1", "large", "treated"), ("u2", "large", "held_out"),
        ("u3", "small", "treated"), ("u4", "small", "treated"),
    )  # fmt: skip
    draw = Draw("clinic_id", rows, "arm", "treated", "held_out")
    assert draw.arms == Counter({"treated": 3, "held_out": 1})
    assert draw.strata == {"large": (1, 2), "small": (0, 2)}


def test_no_digits_help_where_the_amount_is_not_the_product() -> None:
    assert digits_that_multiply([(Decimal("1.5"), 1), (Decimal(2), 0)], Decimal(4)) is None


def test_a_phrase_without_a_language_near_the_readers_is_empty() -> None:
    assert Text({"en": "clinic"}).into("zh-CN") == "clinic"
    assert Text({}).into("en") == ""


def test_a_message_shows_its_code_and_its_values() -> None:
    assert str(Message("few", {"n": 3, "of": "x"})) == "few(n=3, of=x)"
    assert str(Message("none")) == "none"


def test_printed_figures_add_up_from_printed_lines() -> None:
    value = valued()
    stated = value.rated
    assert stated.has_benefits
    assert stated.printed_net == stated.printed_benefits - stated.printed_costs
    by_ledger = [stated.printed_ledger(each) for each in ("realised", "estimated")]
    assert sum(by_ledger) == stated.printed_benefits
    assert value.shown_roi == value.rating.roi


def test_costs_alone_show_no_roi() -> None:
    value = valued()
    nothing = replace(value.rated.returns, benefits=Decimal(0))
    unknown = replace(value, rated=replace(value.rated, benefits=(), returns=nothing))
    assert unknown.shown_roi is None
    early = replace(value, rating=replace(value.rating, roi=None))
    assert early.shown_roi == value.rated.returns.roi


def test_a_kept_edition_finds_the_money_of_a_module_by_its_id() -> None:
    value = valued()
    kept = KeptModule("invite", effects_of(), value, None, ())
    edition = KeptEdition("draft", 1, (kept,), {}, None, PROVENANCE)
    assert edition.value("invite") is value
    assert edition.value("nobody") is None


def test_the_rules_of_an_edition_are_those_that_ran_on_every_export() -> None:
    ran = tuple(Validation(name, results, ()) for name, results in (("a", RULES), ("b", RULES[:1])))
    assert replace(PROVENANCE, validations=ran).n_rules == 3
    assert PROVENANCE.n_rules == 0


def test_only_a_new_or_changed_file_is_news() -> None:
    old = FileLoad("f", "t", "p", "s", 1, "unchanged")
    staging = Staging("t", "t_incoming", (old,))
    assert not staging.has_news
    for status in ("loaded", "replaced"):
        assert replace(staging, files=(old, replace(old, status=status))).has_news
    assert not replace(staging, files=(replace(old, status="unreadable"),)).has_news


def test_an_answer_has_an_effect_only_where_there_is_an_honest_one() -> None:
    study = Study(
        "a", PurePath("a"), Text({}), 1, "CNY", (), "UTC", "month", Q1.window, (), (), {}, ()
    )
    about = ("x", study, module(), metric(), Q1)
    counts = Counts(**dict.fromkeys((field.name for field in fields(Counts)), 0))
    found = effect()
    assert Evaluated(*about, found, counts).effect is found
    assert Evaluated(*about, inconclusive(), counts).effect is None


def test_a_form_of_a_secret_too_short_to_be_told_from_a_word_stays() -> None:
    assert mask("cm9pM and JvaT", ["roi1"]) == "••• and JvaT"
    assert mask("roi1 in AHJvaTEA", ["roi1"]) == "••• in AHJvaTEA"


def test_the_shape_of_a_panel_is_its_units_by_its_periods() -> None:
    days = (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19))
    cells = array("d", [1.0] * 6)
    assert Panel(("a", "b"), days, "week", cells, cells, (None, None)).shape == (2, 3)
