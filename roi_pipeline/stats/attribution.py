"""Sharing outcomes among the modules that touched a customer.

Counts per exact set of modules come in; whole outcomes go out, never more than were observed. The
Shapley value shares each set's outcomes by what each module adds; with few data, equally. What an
action changed at all is `lift`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import combinations

from roi_pipeline.domain.attribution import ExposureCount
from roi_pipeline.domain.texts import Message

MAX_MODULES = 6
MIN_CUSTOMERS = 100
Coalition = tuple[str, ...]
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class ModuleCredit:
    """What one module is credited with.

    Attributes:
        touched: outcomes of customers it touched; one outcome counts for every module, so these do
            not add up.
        credited: its share of them in whole outcomes; these add up to the outcomes observed.
        incremental: its share of the outcomes above the base rate; None when no base rate is
            known. Rounded down, so that the sum stays at or below what was observed.
    """

    module_id: str
    touched: int
    credited: int
    incremental: Decimal | None

    @property
    def attribution_share(self) -> float | None:
        """The part of its touched outcomes that it may claim."""
        return self.credited / self.touched if self.touched else None


@dataclass(frozen=True, slots=True)
class Credit:
    """How the outcomes of one window are shared.

    Attributes:
        modules: one entry per module, sorted by id.
        observed: outcomes of customers touched by at least one module: Σ credited.
        untouched: outcomes of customers touched by none; nobody's credit.
        base_rate: outcomes per customer without any module.
        equal_splits: sets shared equally, because some part of them had too few customers.
    """

    modules: tuple[ModuleCredit, ...]
    observed: int
    untouched: int
    base_rate: float | None
    equal_splits: tuple[Coalition, ...]
    notes: tuple[Message, ...] = ()

    def of(self, module_id: str) -> ModuleCredit | None:
        """The credit of one module."""
        return next((credit for credit in self.modules if credit.module_id == module_id), None)


def share_credit(
    counts: Sequence[ExposureCount],
    *,
    base_rate: float | None = None,
    min_customers: int = MIN_CUSTOMERS,
) -> Credit | Message:
    """Credit every observed outcome to the modules that touched its customer.

    Args:
        counts: customers and outcomes per exact set of modules; the empty set gives the base rate.
        base_rate: outcomes per customer without any module, when a holdout measures it better.
        min_customers: below this many customers in any part of a set, the set is shared equally.
    """
    problem = _problem(counts, base_rate)
    if problem is not None:
        return problem
    cells = _cells(counts)
    base = base_rate if base_rate is not None else _base_rate(cells, min_customers)
    names = sorted({module for coalition in cells for module in coalition})
    shares: dict[Coalition, dict[str, Fraction]] = {}
    equal: list[Coalition] = []
    for coalition in (key for key in sorted(cells) if key):
        split = _shares(coalition, cells, base, min_customers, is_small=len(names) <= MAX_MODULES)
        if split is None:
            split = {name: Fraction(1, len(coalition)) for name in coalition}
            equal.append(coalition)
        shares[coalition] = split
    whole = _whole_credits(cells, shares)
    above = None if base is None else _incremental(cells, shares, base)
    modules = tuple(
        ModuleCredit(
            name,
            sum(cell[1] for coalition, cell in cells.items() if name in coalition),
            whole[name],
            None if above is None else above[name],
        )
        for name in names
    )
    untouched = cells.get((), (0, 0))[1]
    observed = sum(cell[1] for cell in cells.values()) - untouched
    return Credit(modules, observed, untouched, base, tuple(equal), _notes(names, equal, base))


def shapley_values(players: Coalition, value: Mapping[Coalition, float]) -> dict[str, float]:
    """Exact Shapley values of a game given for every sorted subset of the players.

    `φᵢ = Σ_T |T|!(n−|T|−1)!/n! · (v(T∪i) − v(T))`; they add up to v(players) − v(∅).

    >>> shapley_values(("a", "b"), {(): 0.0, ("a",): 1.0, ("b",): 2.0, ("a", "b"): 5.0})
    {'a': 2.0, 'b': 3.0}
    """
    count = len(players)
    return {
        player: math.fsum(
            math.factorial(len(subset))
            * math.factorial(count - len(subset) - 1)
            / math.factorial(count)
            * (value[tuple(sorted((*subset, player)))] - value[subset])
            for subset in _subsets(tuple(other for other in sorted(players) if other != player))
        )
        for player in players
    }


def round_to_total(
    exact: Mapping[str, Fraction], total: int, carried: Mapping[str, Fraction] | None = None
) -> dict[str, int]:
    """Whole numbers that add up to `total` exactly; the largest remainders are rounded up.

    `carried` is what earlier roundings owe each name, so that the same one does not win every time.

    >>> round_to_total({"a": Fraction(1, 2), "b": Fraction(5, 2)}, 3)
    {'a': 1, 'b': 2}
    """
    owed = carried or {}
    floors = {name: math.floor(value) for name, value in exact.items()}
    order = sorted(exact, key=lambda name: (floors[name] - exact[name] - owed.get(name, 0), name))
    missing = total - sum(floors.values())
    return {name: floors[name] + (order.index(name) < missing) for name in exact}


def _problem(counts: Sequence[ExposureCount], base_rate: float | None) -> Message | None:
    """Why the counts cannot be shared."""
    for cell in counts:
        name = ", ".join(cell.modules)
        if cell.customers < 0 or cell.outcomes < 0:
            return Message("counts_are_negative", {"modules": name})
        if cell.outcomes > 0 and cell.customers == 0:
            return Message("outcomes_without_customers", {"modules": name})
    if base_rate is not None and not (math.isfinite(base_rate) and base_rate >= 0):
        return Message("base_rate_is_not_a_rate", {"base_rate": base_rate})
    if not any(cell.modules for cell in counts):
        return Message("no_module_touched_anyone")
    return None


def _cells(counts: Sequence[ExposureCount]) -> dict[Coalition, tuple[int, int]]:
    """(customers, outcomes) per sorted set; repeated sets are added up."""
    cells: dict[Coalition, tuple[int, int]] = {}
    for cell in counts:
        key = tuple(sorted(set(cell.modules)))
        customers, outcomes = cells.get(key, (0, 0))
        cells[key] = (customers + cell.customers, outcomes + cell.outcomes)
    return cells


def _base_rate(cells: Mapping[Coalition, tuple[int, int]], needed: int) -> float | None:
    """Outcomes per untouched customer, when there are enough of them."""
    customers, outcomes = cells.get((), (0, 0))
    return outcomes / customers if customers >= max(needed, 1) else None


def _shares(
    coalition: Coalition,
    cells: Mapping[Coalition, tuple[int, int]],
    base: float | None,
    needed: int,
    *,
    is_small: bool,
) -> dict[str, Fraction] | None:
    """Each module's share of the set's outcomes, or None when data do not tell.

    A module that lowered conversions gets nothing (its negative value is clipped to zero and the
    others are scaled down to the whole); when none raised them, the data do not tell.
    """
    if len(coalition) == 1:
        return {coalition[0]: Fraction(1)}
    if base is None or not is_small:
        return None
    value: dict[Coalition, float] = {(): 0.0}
    for subset in _subsets(coalition):
        if subset:
            customers, outcomes = cells.get(subset, (0, 0))
            if customers < max(needed, 1):
                return None
            value[subset] = outcomes / customers - base
    positive = {
        name: Fraction(max(credit, 0.0))
        for name, credit in shapley_values(coalition, value).items()
    }
    total = sum(positive.values())
    return {name: credit / total for name, credit in positive.items()} if total > 0 else None


def _subsets(members: Coalition) -> Iterator[Coalition]:
    """Every subset of sorted members, the empty one first."""
    for size in range(len(members) + 1):
        yield from combinations(members, size)


def _whole_credits(
    cells: Mapping[Coalition, tuple[int, int]], shares: Mapping[Coalition, Mapping[str, Fraction]]
) -> dict[str, int]:
    """Whole outcomes per module; each set's outcomes are given out exactly."""
    whole = dict.fromkeys(sorted({name for split in shares.values() for name in split}), 0)
    carried = dict.fromkeys(whole, Fraction(0))
    for coalition, split in shares.items():
        outcomes = cells[coalition][1]
        exact = {name: outcomes * share for name, share in split.items()}
        for name, number in round_to_total(exact, outcomes, carried).items():
            whole[name] += number
            carried[name] += exact[name] - number
    return whole


def _incremental(
    cells: Mapping[Coalition, tuple[int, int]],
    shares: Mapping[Coalition, Mapping[str, Fraction]],
    base: float,
) -> dict[str, Decimal]:
    """Outcomes above the base rate per module; a set below the base rate adds nothing."""
    exact = dict.fromkeys(sorted({name for split in shares.values() for name in split}), Fraction())
    for coalition, split in shares.items():
        customers, outcomes = cells[coalition]
        above = max(outcomes - customers * Fraction(base), Fraction())
        for name, share in split.items():
            exact[name] += above * share
    return {
        name: (Decimal(math.floor(value * MICRO)) / MICRO).quantize(
            Decimal(1) / MICRO, rounding=ROUND_FLOOR
        )
        for name, value in exact.items()
    }


def _notes(
    names: Sequence[str], equal: Sequence[Coalition], base: float | None
) -> tuple[Message, ...]:
    """What a reader has to know about how credit was shared."""
    notes: list[Message] = []
    if len(names) > MAX_MODULES:
        notes.append(Message("too_many_modules_to_share", {"n": len(names), "limit": MAX_MODULES}))
    elif equal:
        notes.append(Message("some_credit_is_shared_equally", {"n": len(equal)}))
    if base is None:
        notes.append(Message("no_untouched_customers"))
    return tuple(notes)
