"""Small worlds for the tests of money: one metric, one module, one effect, one contract."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from roi_pipeline.domain.effects import Effect, Inconclusive, ModuleEffects, Plan
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Module, PoolMetric, Rollout, VendorContract
from roi_pipeline.domain.money import Assumption, BenefitRule, CostRule, LedgerFacts
from roi_pipeline.domain.samples import Volume
from roi_pipeline.domain.standards import Band, Standard, Tier
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.texts import Message, Text
from roi_pipeline.domain.windows import Cycle, Window, cycle_from_key
from roi_pipeline.finance import periods, value_module
from roi_pipeline.finance.periods import standard_of_cycle
from roi_pipeline.resources import shipped_folder

D = Decimal
Q1 = cycle_from_key("2026-Q1", as_of=date(2026, 4, 8))
LIVE = date(2026, 1, 1)


def shipped_standard() -> Standard:
    """The standard that ships with the product (DOMAIN 1.8), read from its file."""
    path = shipped_folder("catalogue") / "standards" / "default.toml"
    stated = tomllib.loads(path.read_text(encoding="utf-8"))
    tiers = tuple(_tier(entry) for entry in stated.pop("tier"))
    for key in ("discount_rate", "recapture_rate"):
        stated[key] = D(stated[key])
    stated["risk_factors"] = {grade: D(x) for grade, x in stated["risk_factors"].items()}
    return Standard(tiers=tiers, **stated)


def _tier(entry: dict[str, Any]) -> Tier:
    bands = tuple(
        Band(band["grade"], D(band["from_roi"]) if "from_roi" in band else None, band["action"])
        for band in entry.pop("band")
    )
    for key in ("counted_costs", "counted_benefits"):
        entry[key] = tuple(entry.get(key, ()))
    return Tier(bands=bands, **entry)


STANDARD = shipped_standard()


def metric(metric_id: str = "visit_rate", **changes: Any) -> Metric:
    base = Metric(
        id=metric_id,
        table="metrics.visits_daily",
        numerator="visits",
        denominator="invitations",
        direction="up",
        unit="rate",
        version=1,
        owner="marketing",
        name=Text({"en": metric_id}),
        sentence=Text({"en": "visits ÷ invitations"}),
    )
    return replace(base, **changes)


def effect(metric_id: str = "visit_rate", **changes: Any) -> Effect:
    """+5 points on a base of 20 %, standard error 1 point, grade A."""
    estimate = changes.get("estimate", 0.05)
    error = changes.get("standard_error", 0.01)
    confidence = changes.get("confidence", 0.95)
    z = 1.959963984540054
    base = changes.get("counterfactual_value", 0.20)
    relative = estimate / base if base else None
    made = Effect(
        module_id="invite",
        metric_id=metric_id,
        estimate=estimate,
        lower=estimate - z * error,
        upper=estimate + z * error,
        standard_error=error,
        relative=relative,
        relative_lower=(estimate - z * error) / base if base else None,
        relative_upper=(estimate + z * error) / base if base else None,
        confidence=confidence,
        baseline_value=0.20,
        post_value=(base or 0.0) + estimate,
        counterfactual_value=base,
        design="randomised",
        method="two_sample_change",
        grade="A",
        n_units=40,
        n_treated=20,
        baseline=Window(date(2025, 10, 1), date(2026, 1, 1)),
        post=Window(date(2026, 1, 1), date(2026, 4, 1)),
        plan=Plan("randomised", ()),
        smallest_detectable=0.028,
    )
    return replace(made, **changes)


def inconclusive(metric_id: str = "visit_rate") -> Inconclusive:
    return Inconclusive("invite", metric_id, Message("too_few_units", {"n": 2, "needed": 8}))


def cost(rule_id: str = "licence", **changes: Any) -> CostRule:
    base = CostRule(
        id=rule_id,
        category="licence",
        name=Text({"en": rule_id}),
        amount=D(1000),
        basis="per_month",
        start=LIVE,
        source="contract 17",
    )
    return replace(base, **changes)


def benefit(rule_id: str = "visits", **changes: Any) -> BenefitRule:
    base = BenefitRule(
        id=rule_id,
        category="revenue",
        name=Text({"en": rule_id}),
        metric_id="visit_rate",
        unit_value="visit_value",
        margin="gross_margin",
        destination="revenue_won",
        owner="finance",
    )
    return replace(base, **changes)


def assumption(assumption_id: str, value: str, **changes: Any) -> Assumption:
    base = Assumption(
        id=assumption_id,
        value=D(value),
        unit="CNY",
        source="ERP 2025",
        owner="finance",
        stated_on=date(2025, 12, 1),
    )
    return replace(base, **changes)


ASSUMPTIONS = (
    assumption("visit_value", "200"),
    assumption("gross_margin", "0.5", unit="rate"),
    assumption("hour_cost", "50", unit="CNY/hour"),
)


def module(**changes: Any) -> Module:
    base = Module(
        id="invite",
        name=Text({"en": "Smart invitation"}),
        scene=Text({"en": "clinics"}),
        owner="marketing",
        rollout=Rollout("clinic", everywhere_from=LIVE),
        pool=(PoolMetric("visit_rate", "goal"),),
        costs=(cost(),),
        benefits=(benefit(),),
        vendor_contract=VendorContract(date(2026, 1, 1), date(2026, 12, 31), 30),
        file="modules/invite.toml",
    )
    return replace(base, **changes)


def effects_of(*outcomes: Effect | Inconclusive, module_id: str = "invite") -> ModuleEffects:
    return ModuleEffects(module_id, "2026-Q1", {each.metric_id: each for each in outcomes})


def volumes_for(
    module_: Module,
    cycle: Cycle,
    *,
    headcount: int = 50,
    standards: Sequence[Standard] = (STANDARD,),
    per_month: float = 200.0,
    metric_ids: Sequence[str] = ("visit_rate",),
    level: float = 0.25,
) -> dict[str, dict[str, Volume]]:
    """The same number of opportunities in every month of 30 days."""
    tier = standard_of_cycle(standards, cycle).tier_for(headcount)
    found: dict[str, dict[str, Volume]] = {}
    for name, window in periods(module_, cycle, tier).items():
        base = round(per_month * window.days / 30, 6)
        volume = Volume(window, base * level, base, window.days * 20)
        found[name] = dict.fromkeys(metric_ids, volume)
    return found


def valued(
    module_: Module | None = None,
    *outcomes: Effect | Inconclusive,
    cycle: Cycle = Q1,
    headcount: int = 50,
    metrics: Mapping[str, Metric] | None = None,
    standards: Sequence[Standard] = (STANDARD,),
    assumptions: Sequence[Assumption] = ASSUMPTIONS,
    per_month: float = 200.0,
    currency: str = "CNY",
    ledger_facts: LedgerFacts | None = None,
    level: float = 0.25,
    volumes: Mapping[str, Mapping[str, Volume]] | None = None,
    **more: Any,
) -> ModuleValue:
    """Value a module with everything filled in that the test does not care about."""
    chosen = module_ or module()
    found = outcomes or (effect(),)
    known = metrics or {"visit_rate": metric()}
    return value_module(
        chosen,
        effects_of(*found, module_id=chosen.id),
        metrics=known,
        cycle=cycle,
        headcount=headcount,
        currency=currency,
        standards=standards,
        assumptions=assumptions,
        volumes=volumes if volumes is not None else volumes_for(
            chosen, cycle, headcount=headcount, standards=standards, per_month=per_month,
            metric_ids=tuple(known), level=level,
        ),
        ledger_facts=ledger_facts,
        **more,
    )  # fmt: skip


YEAR = cycle_from_key("2026", as_of=date(2027, 1, 8))


def with_roi(
    roi: str,
    *,
    headcount: int,
    standard_error: float = 0.0,
    cycle: Cycle = YEAR,
    standards: Sequence[Standard] = (STANDARD,),
    **more: Any,
) -> ModuleValue:
    """A module whose ROI over the rating window is exactly `roi`: 1,000 a month, 5 a visit."""
    chosen = more.pop("module_", None) or module()
    tier = standard_of_cycle(standards, cycle).tier_for(headcount)
    window = periods(chosen, cycle, tier)["rated"]
    months = (window.end.year - window.start.year) * 12 + window.end.month - window.start.month
    base = float(months * 1000 * (1 + D(roi)) / 5)
    volume = Volume(window, base * 0.25, base, 1)
    volumes = {name: {"visit_rate": volume} for name in ("cycle", "since_go_live", "rated")}
    measured = effect(standard_error=standard_error, **more.pop("measured", {}))
    outcomes = (measured, *more.pop("outcomes", ()))
    return valued(
        chosen, *outcomes, cycle=cycle, headcount=headcount, standards=standards,
        volumes=volumes, **more,
    )  # fmt: skip
