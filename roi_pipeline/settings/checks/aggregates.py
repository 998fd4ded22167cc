"""Checks of [aggregate] in metrics/*.toml: one thing counted, of an export and columns there are."""

from collections.abc import Iterable, Iterator, Mapping

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.checks.names import unknown_name
from roi_pipeline.settings.entries.contract import ContractEntry
from roi_pipeline.settings.entries.metric import AggregateEntry, MetricEntry
from roi_pipeline.settings.files import ConfigFile
from roi_pipeline.settings.parsing import Parsed

TABLE_KEYS = ("table", "numerator", "denominator")
KINDS = "one of count = true, sum, mean, distinct and share_where"
OF_THE_LOADER = frozenset({"source_row_number"})


def table_problems(file: ConfigFile, entry: MetricEntry) -> Iterator[Problem]:
    """A metric names a table and two of its columns, or declares an aggregate; not both, not neither."""
    given = [key for key in TABLE_KEYS if getattr(entry, key) is not None]
    if entry.aggregate is None:
        if (file.values or {}).get("aggregate") is None:
            for key in TABLE_KEYS:
                if key not in given and key not in (file.values or {}):
                    yield file.problem(
                        (key,), None, f"{key} of a daily table, or [aggregate] instead",
                        f"Add {key}, or declare [aggregate].",
                    )  # fmt: skip
        return
    for key in given:
        yield file.problem(
            (key,), getattr(entry, key), "no table beside [aggregate], which makes its own",
            f"Delete {key}, or delete [aggregate].",
        )  # fmt: skip
    yield from _shape_problems(file, entry.aggregate)


def _shape_problems(file: ConfigFile, entry: AggregateEntry) -> Iterator[Problem]:
    if len(entry.asked) != 1:
        found = ", ".join(entry.asked)
        yield file.problem(("aggregate",), found or None, KINDS, "State exactly one of them.")
    if (entry.date is None) == (entry.day is None):
        yield file.problem(
            ("aggregate", "date"), entry.date, "the column with the day, or day = 2024-01-31 for all rows",
            "State exactly one of the two.",
        )  # fmt: skip


def aggregate_problems(
    metrics: Iterable[Parsed[MetricEntry]], contracts: Iterable[Parsed[ContractEntry]]
) -> Iterator[Problem]:
    """Exports and columns that the study's own declared tables name and no source has."""
    columns = {each.name: _columns(each) for each in contracts}
    for each in metrics:
        entry = each.entry.aggregate if each.entry else None
        if entry is None or entry.export is None:
            continue
        path = ("aggregate", "export")
        yield from unknown_name(each.file, path, entry.export, kind="source", known=columns)
        known = columns.get(entry.export)
        if known is not None:
            yield from _column_problems(each.file, entry, known)


def _columns(contract: Parsed[ContractEntry]) -> frozenset[str] | None:
    """None when it is not known which columns there are."""
    columns = contract.entry.column if contract.entry else None
    if columns is None or any(column.name is None for column in columns):
        return None
    return frozenset(column.name for column in columns) | OF_THE_LOADER


def _column_problems(
    file: ConfigFile, entry: AggregateEntry, known: frozenset[str]
) -> Iterator[Problem]:
    named: dict[str, Iterable[str]] = {
        "unit": entry.units if entry.unit else (),
        "date": (entry.date,) if entry.date else (),
        "sum": (entry.sum,) if entry.sum else (),
        "mean": (entry.mean,) if entry.mean else (),
        "distinct": (entry.distinct,) if entry.distinct else (),
        "keep": entry.keep or (),
        **_filtered(entry),
    }
    for key, names in named.items():
        for name in names:
            path = ("aggregate", key)
            yield from unknown_name(file, path, name, kind="column of the export", known=known)


def _filtered(entry: AggregateEntry) -> Mapping[str, Iterable[str]]:
    return {"where": entry.where or {}, "share_where": entry.share_where or {}}
