"""Checks of `[operations]`: sources and columns that exist, one expectation a source."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.checks.contracts import DATED
from roi_pipeline.settings.checks.names import inverted_window, repeated, unknown_name
from roi_pipeline.settings.checks.texts import address_problems
from roi_pipeline.settings.entries.contract import StandardContractEntry
from roi_pipeline.settings.entries.operations import DriftEntry, ExpectationEntry
from roi_pipeline.settings.entries.study import StudyEntry
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.parsing import Parsed

EXPECTED = ("operations", "expected")
DRIFT = ("operations", "drift")
CATEGORIES = {"text", "boolean", "integer"}


def expectation_problems(
    study: Parsed[StudyEntry], contracts: Sequence[Parsed[StandardContractEntry]]
) -> Iterator[Problem]:
    """Everything wrong with what is declared of the sources' deliveries."""
    operations = study.entry.operations if study.entry else None
    expected = [*enumerate((operations.expected if operations else None) or ())]
    known = {contract.file.stem: contract.entry for contract in contracts}
    for index, each in expected:
        path = (*EXPECTED, index)
        yield from unknown_name(
            study.file, (*path, "source"), each.source, kind="source", known=known
        )
        for place, closed in enumerate(each.closed or ()):
            yield from inverted_window(study.file, (*path, "closed", place), closed)
        yield from _column_problems(study.file, path, each, known)
    for place, address in enumerate(
        (operations.alerts.to if operations and operations.alerts else None) or ()
    ):
        yield from address_problems(study.file, ("operations", "alerts", "to", place), address)
    sources = (((*EXPECTED, index, "source"), each.source) for index, each in expected)
    yield from repeated(study.file, sources, what="source")
    dated = {each.source for _, each in expected if each.column}
    drift = [*enumerate((operations.drift if operations else None) or ())]
    for index, each in drift:
        yield from _drift_problems(study.file, (*DRIFT, index), each, known, dated)
    watched = (((*DRIFT, index, "column"), f"{each.source}.{each.column}") for index, each in drift)
    yield from repeated(study.file, watched, what="column")


def _drift_problems(
    file: ConfigFile,
    path: KeyPath,
    each: DriftEntry,
    known: Mapping[str, StandardContractEntry | None],
    dated: Collection[str],
) -> Iterator[Problem]:
    """A column of categories and one of days, both of the source."""
    yield from unknown_name(file, (*path, "source"), each.source, kind="source", known=known)
    contract = known.get(each.source) if each.source else None
    if contract is None:
        return
    types = {column.name: column.type for column in contract.column or () if column.name}
    yield from unknown_name(file, (*path, "column"), each.column, kind="column", known=types)
    kind = types.get(each.column)
    if kind and kind not in CATEGORIES:
        yield file.problem(
            (*path, "column"),
            each.column,
            f"a column of type text, boolean or integer with few values, not {kind}",
            "Name the column that holds the categories.",
        )
    has_usual = each.source in dated or (contract.table and contract.table.freshness_column)
    if each.date_column is None and not has_usual:
        yield file.problem(
            (*path, "date_column"),
            None,
            "a column that says of which day a row is, as neither [[operations.expected]] nor the "
            "contract's freshness_column names one",
            "Add it.",
        )
    yield from _date_problems(file, (*path, "date_column"), each.date_column, types)


def _column_problems(
    file: ConfigFile,
    path: KeyPath,
    each: ExpectationEntry,
    known: Mapping[str, StandardContractEntry | None],
) -> Iterator[Problem]:
    contract = known.get(each.source) if each.source else None
    if contract is None or each.column is None:
        return
    types = {column.name: column.type for column in contract.column or () if column.name}
    yield from _date_problems(file, (*path, "column"), each.column, types)


def _date_problems(
    file: ConfigFile, place: KeyPath, name: str | None, types: Mapping[str, str | None]
) -> Iterator[Problem]:
    yield from unknown_name(file, place, name, kind="column", known=types)
    kind = types.get(name) if name else None
    if kind and kind not in DATED:
        yield file.problem(
            place,
            name,
            f"a column of type date or timestamp, not {kind}",
            "Name another column, or leave it out where another says of which day a row is.",
        )
