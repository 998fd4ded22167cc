"""A study folder read whole: every problem of every file at once, or the study.

Which file has which keys is for `entries`, what keys say together for `checks`; here the files are
brought together. The study's values come from its folder, the product's catalogue and the
environment handed in, and from nowhere else.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from roi_pipeline.domain.engine import Engine
from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.operations import Operations
from roi_pipeline.domain.standards import Standard
from roi_pipeline.domain.study import Study
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings.catalogue import (
    Catalogue,
    contract_file_problems,
    in_order,
    metric_file_problems,
    parse_catalogue,
    parse_folder,
    standard_file_problems,
)
from roi_pipeline.settings.checks.aggregates import aggregate_problems
from roi_pipeline.settings.checks.context import Surroundings
from roi_pipeline.settings.checks.contracts import standard_type_problems
from roi_pipeline.settings.checks.engine import engine_problems
from roi_pipeline.settings.checks.modules import module_problems
from roi_pipeline.settings.checks.names import unknown_name
from roi_pipeline.settings.checks.operations import expectation_problems
from roi_pipeline.settings.checks.planned import planned_problems
from roi_pipeline.settings.checks.scenarios import scenario_problems
from roi_pipeline.settings.checks.study import (
    people_key_problems,
    standard_in_force_problems,
    study_file_problems,
)
from roi_pipeline.settings.checks.twice import counted_twice_problems
from roi_pipeline.settings.entries.contract import ContractEntry
from roi_pipeline.settings.entries.entry import build, text
from roi_pipeline.settings.entries.metric import MetricEntry
from roi_pipeline.settings.entries.module import ModuleEntry
from roi_pipeline.settings.entries.planned import PlannedEntry
from roi_pipeline.settings.entries.standard import StandardEntry
from roi_pipeline.settings.entries.study import StudyEntry
from roi_pipeline.settings.extending import extended
from roi_pipeline.settings.files import ConfigFile, read_config_file, read_folder
from roi_pipeline.settings.parsing import Parsed, parse, unhidden

STUDY_FILE = "study.toml"
FOLDERS = ("sources", "modules", "metrics", "standards", "planned")


@dataclass(frozen=True, slots=True)
class _StudyFiles:
    """Everything read for one study, sound or not."""

    study: Parsed[StudyEntry]
    contracts: tuple[Parsed[ContractEntry], ...]
    modules: tuple[Parsed[ModuleEntry], ...]
    planned: tuple[Parsed[PlannedEntry], ...]
    metrics: tuple[Parsed[MetricEntry], ...]
    standards: tuple[Parsed[StandardEntry], ...]
    standard_bases: tuple[Problem, ...]
    catalogue: Catalogue


def read_study(
    folder: Path, *, environment: Mapping[str, str], catalogue: Path | None = None
) -> Study:
    """The study in `folder`.

    Args:
        folder: the study folder, with `study.toml` in it.
        environment: variables, for the people key and for addresses of databases.
        catalogue: another catalogue than the product's own.

    Raises:
        StudyHasProblems: with every problem of every file.
    """
    files = _read_files(folder, catalogue)
    problems = _all_problems(files, environment)
    entry = files.study.entry
    if problems or entry is None:
        raise StudyHasProblems(problems)
    return _assemble(folder, files, entry, environment)


def study_problems(
    folder: Path, environment: Mapping[str, str], *, catalogue: Path | None = None
) -> tuple[Problem, ...]:
    """Everything wrong with the study in `folder`; empty when it can be computed from."""
    return _all_problems(_read_files(folder, catalogue), environment)


def study_fingerprint(folder: Path) -> str:
    """SHA-256 over the configuration files: each one's relative path and bytes, by path."""
    digest = hashlib.sha256()
    paths = [
        folder / STUDY_FILE,
        *(path for name in FOLDERS for path in (folder / name).glob("*.toml")),
    ]
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    for name in sorted(names):
        content = names[name].read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _read_files(folder: Path, catalogue: Path | None) -> _StudyFiles:
    product = parse_catalogue(catalogue)
    standards, standard_bases = _read_study_standards(folder, product)
    return _StudyFiles(
        study=_read_study_file(folder),
        contracts=_read_sources(folder, catalogue),
        modules=parse_folder(folder, "modules", ModuleEntry),
        planned=parse_folder(folder, "planned", PlannedEntry),
        metrics=parse_folder(folder, "metrics", MetricEntry),
        standards=standards,
        standard_bases=standard_bases,
        catalogue=product,
    )


def _read_sources(folder: Path, catalogue: Path | None) -> tuple[Parsed[ContractEntry], ...]:
    """The study's contracts, those that extend a standard one completed by it."""
    standard = catalogue or shipped_folder("catalogue")
    files = read_folder(folder, "sources")
    return tuple(parse(extended(file, standard), ContractEntry) for file in files)


def _read_study_file(folder: Path) -> Parsed[StudyEntry]:
    path = folder / STUDY_FILE
    if path.is_file():
        return parse(read_config_file(path, name=STUDY_FILE), StudyEntry)
    problem = Problem(
        STUDY_FILE,
        "",
        "",
        f"a file {STUDY_FILE} in the study folder {folder.name!r}",
        "Name another folder, or make a study with `roi init`.",
    )
    return Parsed(ConfigFile(STUDY_FILE, None, {}, problems=(problem,)), None)


def _read_study_standards(
    folder: Path, product: Catalogue
) -> tuple[tuple[Parsed[StandardEntry], ...], tuple[Problem, ...]]:
    """The study's standards, completed from the product's standard they are based on."""
    bases = {each.name: each.file.values for each in product.standards if each.file.values}
    parsed: list[Parsed[StandardEntry]] = []
    problems: list[Problem] = []
    for own in read_folder(folder, "standards"):
        file, base = own, (own.values or {}).get("based_on")
        if file.values and isinstance(base, str):
            problems += unknown_name(file, ("based_on",), base, kind="standard", known=bases)
            inherited = bases.get(base, {"tier": []})
            unread = file.unreadable if base in bases else file.unreadable | {("tier",)}
            file = replace(file, values={**inherited, **file.values}, unreadable=unread)
        parsed.append(parse(file, StandardEntry))
    return tuple(parsed), tuple(problems)


def _all_problems(files: _StudyFiles, environment: Mapping[str, str]) -> tuple[Problem, ...]:
    around = _surroundings(files, environment)
    found = [
        *files.study.file.problems,
        *unhidden(files.study.file, _study_level_problems(files, around)),
        *unhidden(files.study.file, scenario_problems(files.study, files.modules, around)),
        *contract_file_problems(files.contracts, environment=environment),
        *_against_the_product(files),
    ]
    twice = [*counted_twice_problems(files.modules, around)]
    for module in files.modules:
        found += module.file.problems
        found += unhidden(module.file, module_problems(module, around))
        found += (problem for problem in twice if problem.file == module.file.name)
    for planned in files.planned:
        found += planned.file.problems
        found += unhidden(planned.file, planned_problems(planned, around))
    found += metric_file_problems(files.metrics)
    found += aggregate_problems(files.metrics, files.contracts)
    found += _redefined_metrics(files)
    found += files.standard_bases
    found += standard_file_problems(files.standards)
    found += _repeated_standards(files)
    found += files.catalogue.problems
    return tuple(dict.fromkeys(found))


def _against_the_product(files: _StudyFiles) -> Iterator[Problem]:
    standard = {each.name: each.entry for each in files.catalogue.contracts}
    for contract in files.contracts:
        expected = standard.get(contract.name)
        if expected:
            found = standard_type_problems(contract, expected)
            yield from unhidden(contract.file, found)


def _study_level_problems(files: _StudyFiles, around: Surroundings) -> Iterator[Problem]:
    yield from study_file_problems(files.study, around)
    yield from people_key_problems(files.study, files.contracts, around)
    yield from expectation_problems(files.study, files.contracts)
    yield from engine_problems(files.study)
    yield from standard_in_force_problems(files.study, files.modules, around)


def _surroundings(files: _StudyFiles, environment: Mapping[str, str]) -> Surroundings:
    entry = files.study.entry
    metrics = (*files.catalogue.metrics, *files.metrics)
    standards = (*files.catalogue.standards, *files.standards)
    days = [each.entry.valid_from if each.entry else None for each in standards]
    return Surroundings(
        study=entry,
        assumptions=tuple(entry.assumption) if entry and entry.assumption is not None else None,
        rates=tuple(entry.exchange_rate) if entry and entry.exchange_rate is not None else None,
        metrics={each.name: each.entry for each in metrics},
        modules=frozenset(each.name for each in files.modules),
        environment=environment,
        standard_days=tuple(day for day in days if day is not None),
        are_standards_complete=None not in days,
    )


def _redefined_metrics(files: _StudyFiles) -> Iterator[Problem]:
    known = {each.name for each in files.catalogue.metrics}
    for each in files.metrics:
        if each.name in known:
            yield each.file.problem(
                ("id",),
                each.name,
                "an id the product's catalogue does not have",
                f"A new meaning gets a new id: rename it to {each.name}_v2.",
            )


def _repeated_standards(files: _StudyFiles) -> Iterator[Problem]:
    known = {each.name for each in files.catalogue.standards}
    for each in files.standards:
        if each.name in known:
            yield each.file.problem(
                ("id",),
                each.name,
                "an id the product's standards do not have",
                "Give the company's own standard its own id.",
            )
    first: dict[date, str] = {}
    for each in files.standards:
        day = each.entry.valid_from if each.entry else None
        if day is None:
            continue
        if day in first:
            yield each.file.problem(
                ("valid_from",),
                day,
                f"another day than {first[day]}",
                "Change one of the two days, or delete one file.",
            )
        first.setdefault(day, each.file.name)


def _assemble(
    folder: Path, files: _StudyFiles, entry: StudyEntry, environment: Mapping[str, str]
) -> Study:
    variable = entry.people_key_variable
    return build(
        Study,
        entry,
        folder=folder,
        company=text(entry.company),
        cycle_kind=entry.cycle,
        history=entry.history_window,
        modules=tuple(each.entry.to_domain(each.file.name) for each in files.modules if each.entry),
        planned=tuple(each.entry.to_plan(each.file.name) for each in files.planned if each.entry),
        contracts=tuple(
            each.entry.to_domain(each.file.name) for each in files.contracts if each.entry
        ),
        metrics=_metrics(files),
        standards=_standards(files),
        assumptions=tuple(each.to_domain() for each in entry.assumption),
        readers=tuple(each.to_domain() for each in entry.reader),
        people_key=environment.get(variable, "") if variable else entry.people_key or "",
        fingerprint=study_fingerprint(folder),
        exchange_rates=entry.rates,
        paper=entry.paper or "A4",
        terms={name: text(translations) for name, translations in entry.terms.items()},
        headcount_changes=tuple(
            (each.valid_from, each.headcount) for each in entry.headcount_change
        ),
        operations=entry.operations.to_domain() if entry.operations else Operations(),
        engine=entry.engine.to_domain() if entry.engine else Engine(),
        scenarios=tuple(each.to_domain() for each in entry.scenario),
    )


def _metrics(files: _StudyFiles) -> dict[str, Metric]:
    entries = (each.entry for each in (*files.catalogue.metrics, *files.metrics))
    return {entry.id: entry.to_domain() for entry in entries if entry}


def _standards(files: _StudyFiles) -> tuple[Standard, ...]:
    """The product's and the study's; where both start on the same day, the study's."""
    own = {standard.valid_from: standard for standard in in_order(files.standards)}
    product = {standard.valid_from: standard for standard in in_order(files.catalogue.standards)}
    both = product | own
    return tuple(both[day] for day in sorted(both))
