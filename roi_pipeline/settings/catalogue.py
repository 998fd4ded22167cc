"""The product's own catalogue: metrics, standards, and the standard contracts of known systems.

Reads files that ship with the product; a study's own files beside them are read by `study`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.standards import Standard
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings.checks.contracts import contract_problems
from roi_pipeline.settings.checks.standards import metric_problems, standard_problems
from roi_pipeline.settings.entries.contract import StandardContractEntry
from roi_pipeline.settings.entries.metric import MetricEntry
from roi_pipeline.settings.entries.standard import StandardEntry
from roi_pipeline.settings.files import read_folder
from roi_pipeline.settings.parsing import Parsed, parse, unhidden

Kind = TypeVar("Kind", bound=BaseModel)
ContractKind = TypeVar("ContractKind", bound=StandardContractEntry)
SHOWN_AS = "catalogue"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Metrics, standards and standard contracts as read, and what is wrong with them."""

    metrics: tuple[Parsed[MetricEntry], ...]
    standards: tuple[Parsed[StandardEntry], ...]
    contracts: tuple[Parsed[StandardContractEntry], ...]
    problems: tuple[Problem, ...]


def read_catalogue(catalogue: Path | None = None) -> Mapping[str, Metric]:
    """Every metric of the product's catalogue (or of another `catalogue` folder) by id."""
    parsed = parse_folder(_folder(catalogue), "metrics", MetricEntry, shown_as=SHOWN_AS)
    _refuse(metric_file_problems(parsed))
    return {each.entry.id: each.entry.to_domain() for each in parsed if each.entry}


def read_standard_contracts(catalogue: Path | None = None) -> tuple[Contract, ...]:
    """The contracts whose column names the product's own facts read, by file name."""
    parsed = parse_folder(_folder(catalogue), "contracts", StandardContractEntry, shown_as=SHOWN_AS)
    _refuse(contract_file_problems(parsed, environment=None))
    return tuple(each.entry.to_domain(each.file.name) for each in parsed if each.entry)


def parse_catalogue(catalogue: Path | None) -> Catalogue:
    """The whole catalogue with its problems, for reading a study against it."""
    folder = _folder(catalogue)
    metrics = parse_folder(folder, "metrics", MetricEntry, shown_as=SHOWN_AS)
    standards = parse_folder(folder, "standards", StandardEntry, shown_as=SHOWN_AS)
    contracts = parse_folder(folder, "contracts", StandardContractEntry, shown_as=SHOWN_AS)
    problems = (
        *metric_file_problems(metrics),
        *standard_file_problems(standards),
        *contract_file_problems(contracts, environment=None),
    )
    return Catalogue(metrics, standards, contracts, problems)


def parse_folder(
    folder: Path, name: str, kind: type[Kind], *, shown_as: str = ""
) -> tuple[Parsed[Kind], ...]:
    """Every TOML file of a folder, by name."""
    files = read_folder(folder, name, shown_as=f"{shown_as}/{name}" if shown_as else name)
    return tuple(parse(file, kind) for file in files)


def metric_file_problems(parsed: Iterable[Parsed[MetricEntry]]) -> Iterator[Problem]:
    """Problems of metric files, one after the other."""
    for each in parsed:
        yield from each.file.problems
        yield from unhidden(each.file, metric_problems(each))


def standard_file_problems(parsed: Iterable[Parsed[StandardEntry]]) -> Iterator[Problem]:
    """Problems of standards, one after the other."""
    for each in parsed:
        yield from each.file.problems
        yield from unhidden(each.file, standard_problems(each))


def contract_file_problems(
    parsed: Iterable[Parsed[ContractKind]], *, environment: Mapping[str, str] | None
) -> Iterator[Problem]:
    """Problems of contracts, which may refer to each other."""
    contracts = tuple(parsed)
    tables = {each.name: _column_names(each) for each in contracts}
    for each in contracts:
        yield from each.file.problems
        found = contract_problems(each, tables=tables, environment=environment or {})
        yield from unhidden(each.file, found)


def _column_names(contract: Parsed[StandardContractEntry]) -> frozenset[str] | None:
    """None when it is not known which columns there are."""
    columns = contract.entry.column if contract.entry else None
    if columns is None or any(column.name is None for column in columns):
        return None
    return frozenset(column.name for column in columns)


def in_order(parsed: Iterable[Parsed[StandardEntry]]) -> tuple[Standard, ...]:
    """Standards, oldest first."""
    standards = (each.entry.to_domain() for each in parsed if each.entry)
    return tuple(sorted(standards, key=lambda standard: (standard.valid_from, standard.id)))


def _folder(catalogue: Path | None) -> Path:
    return catalogue or shipped_folder("catalogue")


def _refuse(problems: Iterable[Problem]) -> None:
    found = tuple(problems)
    if found:
        raise StudyHasProblems(found)
