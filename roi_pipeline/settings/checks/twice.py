"""The one check over all modules' money: a quantity may be turned into money once.

Two lines count the same quantity when their metrics share it (or are the same metric) and their
filters can meet on the same rows. They are accepted only when their attribution shares add up to at
most one, because then together they still count it once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.checks.context import Surroundings
from roi_pipeline.settings.entries.module import ModuleEntry
from roi_pipeline.settings.entries.money import BenefitEntry
from roi_pipeline.settings.files import ConfigFile
from roi_pipeline.settings.parsing import Parsed


@dataclass(frozen=True, slots=True)
class _Line:
    file: ConfigFile
    index: int
    benefit: BenefitEntry
    quantity: str
    filters: Mapping[str, frozenset[str]]

    @property
    def share(self) -> Decimal:
        share = self.benefit.attribution_share
        return Decimal(1) if share is None else share

    @property
    def place(self) -> str:
        line = self.file.line_of(("benefit", self.index, "metric"))
        return f"{self.file.name}, line {line}, benefit[{self.index}] ({self.benefit.metric})"


def counted_twice_problems(
    modules: Sequence[Parsed[ModuleEntry]], around: Surroundings
) -> Iterator[Problem]:
    """Every line that counts what an earlier line counted already, with both places."""
    earlier: list[_Line] = []
    for line in (line for module in modules for line in _lines(module, around)):
        meeting = [other for other in earlier if _meet(line, other)]
        if sum((other.share for other in meeting), line.share) > 1:
            yield line.file.problem(
                ("benefit", line.index, "metric"),
                line.benefit.metric,
                f"each quantity turned into money once; {line.quantity!r} is also counted by "
                + " and by ".join(other.place for other in meeting),
                "Delete one of the lines, or give them attribution shares of at most 1 together.",
            )
        earlier.append(line)


def _lines(module: Parsed[ModuleEntry], around: Surroundings) -> Iterator[_Line]:
    entry = module.entry
    for index, benefit in enumerate((entry.benefit if entry else None) or ()):
        metric = around.metrics.get(benefit.metric) if benefit.metric else None
        if entry and metric:
            quantity = metric.quantity or benefit.metric
            filters = _filters(entry, benefit.metric)
            yield _Line(module.file, index, benefit, quantity, filters)


def _filters(module: ModuleEntry, metric: str) -> dict[str, frozenset[str]]:
    own = [item.filters for item in module.pool or () if item.metric == metric and item.filters]
    accepted: dict[str, frozenset[str]] = {}
    for filters in (module.filters or {}, *own):
        for column, values in filters.items():
            values_here = frozenset(values)
            accepted[column] = accepted.get(column, values_here) & values_here
    if module.randomisation is not None and module.randomisation.arm_column is not None:
        # Only the treated arm brings money: two modules of one randomisation do not overlap.
        accepted[module.randomisation.arm_column] = frozenset(module.randomisation.treated or ())
    return accepted


def _meet(one: _Line, other: _Line) -> bool:
    if one.quantity != other.quantity:
        return False
    columns = one.filters.keys() & other.filters.keys()
    return all(one.filters[column] & other.filters[column] for column in columns)
