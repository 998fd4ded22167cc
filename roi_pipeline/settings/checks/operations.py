"""Checks of `[operations]`: sources and columns that exist, one expectation a source."""

from collections.abc import Iterator, Mapping, Sequence

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings.checks.contracts import DATED
from roi_pipeline.settings.checks.names import inverted_window, repeated, unknown_name
from roi_pipeline.settings.checks.texts import address_problems
from roi_pipeline.settings.entries.contract import StandardContractEntry
from roi_pipeline.settings.entries.operations import ExpectationEntry
from roi_pipeline.settings.entries.study import StudyEntry
from roi_pipeline.settings.files import ConfigFile, KeyPath
from roi_pipeline.settings.parsing import Parsed

EXPECTED = ("operations", "expected")


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
    place = (*path, "column")
    yield from unknown_name(file, place, each.column, kind="column", known=types)
    kind = types.get(each.column)
    if kind and kind not in DATED:
        yield file.problem(
            place,
            each.column,
            f"a column of type date or timestamp, not {kind}",
            "Name another column, or leave it out to count the days something was loaded.",
        )
