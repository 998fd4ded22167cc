"""The second half of `roi check`: the exports at hand, held against contracts and roll-outs.

Of every file the head is read as a run would read it. Only files of the study folder and beside it
are looked at; buckets and databases wait for the run.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from roi_pipeline.domain.contracts import Contract, FileLocation
from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.domain.errors import Problem, RoiError
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import Validation
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.engines.loading import accept_incoming, stage_export
from roi_pipeline.engines.loading.headers import match_headers
from roi_pipeline.engines.loading.heads import head_of
from roi_pipeline.engines.loading.units import units_in
from roi_pipeline.engines.rehearsal import empty_warehouse
from roi_pipeline.settings.names import did_you_mean, names_worth_listing
from roi_pipeline.transforms.identities import people_hasher
from roi_pipeline.usecases.refusals import Refusal, read_refusals
from roi_pipeline.usecases.scratch import scratch_folder
from roi_pipeline.usecases.studies import paths_of, study_in

FEW = 10


@dataclass(slots=True)
class ExportsAtHand:
    """What the files that are there already tell.

    Attributes:
        notes: files that are missing, cannot be read, or lack a column.
        problems: what would stop a run, or make a unit count for nothing.
    """

    notes: list[str] = field(default_factory=list[str])
    problems: list[Problem] = field(default_factory=list[Problem])


def check_exports(folder: Path) -> ExportsAtHand:
    """Look at every file that the contracts name."""
    study = study_in(str(folder))
    found, units = ExportsAtHand(), defaultdict[str, set[str]](set)
    wanted = {f"{module.rollout.unit}_id" for module in study.modules}
    for contract in study.contracts:
        if isinstance(contract.location, FileLocation) and "://" not in contract.location.glob:
            with scratch_folder(paths_of(study), "check") as scratch:
                _look(found, units, wanted, study=study, contract=contract, scratch=scratch)
    found.problems += _unknown_units(study, units)
    return found


def _look(
    found: ExportsAtHand,
    units: dict[str, set[str]],
    wanted: set[str],
    *,
    study: Study,
    contract: Contract,
    scratch: Path,
) -> None:
    from roi_pipeline.sources.delivering import deliver_export

    readable = list[Delivery]()
    for delivery in deliver_export(contract, folder=Path(study.folder), scratch=scratch):
        notes = [delivery.error] if delivery.error else [*_header_notes(contract, delivery)]
        found.notes += (f"{contract.file}: {note}" for note in notes)
        if not delivery.error:
            readable.append(delivery)
    heads = [head_of(delivery, scratch) for delivery in readable]
    found.problems += (_problem(contract, each) for each in _refusals(study, contract, heads))
    for column in wanted & {column.name for column in contract.columns}:
        with empty_warehouse() as connection:
            units[column] |= units_in(connection, contract, readable, column, study=study)


def _header_notes(contract: Contract, delivery: Delivery) -> Iterator[str]:
    try:
        match = match_headers(contract, delivery)
    except RoiError as error:
        yield str(error)
        return
    if match.missing:
        columns = ", ".join(match.missing)
        yield f"{delivery.path} has no header for {columns}; correct header, or delete the columns"


def _refusals(study: Study, contract: Contract, heads: list[Delivery]) -> Iterator[Refusal]:
    """Columns of a file of which more values are none of their type than a run would accept."""
    stop = Finding(
        "head", contract.table, passed=False, severity="stop", message=Message("many_quarantined")
    )
    with empty_warehouse() as connection:
        stage_export(
            connection, contract, heads, study=study,
            hash_people=people_hasher(key=study.people_key, country=study.country),
        )  # fmt: skip
        accept_incoming(connection, contract, Validation(contract.table, (), (stop,)))
        for refusal in read_refusals(connection, contract):
            share = contract.table_rules.quarantine_share
            is_whole = refusal.rows == refusal.rows_read
            if refusal.rows > share * refusal.rows_read and (refusal.rows >= FEW or is_whole):
                yield refusal


def _problem(contract: Contract, refusal: Refusal) -> Problem:
    from roi_pipeline.reporting.console.speech import console_voice

    column = refusal.column.name if refusal.column else ""
    return Problem(
        contract.file,
        f"columns.{column}" if column else "",
        ", ".join(refusal.samples),
        console_voice().sentence(refusal.expected()),
        f"So are {refusal.rows:,} of the first {refusal.rows_read:,} rows of {refusal.path}: "
        "correct the contract, or have the file delivered anew.",
    )


def _unknown_units(study: Study, units: Mapping[str, set[str]]) -> Iterator[Problem]:
    """Units of a roll-out that no export has; where no export names such units, nothing is known."""
    for module in study.modules:
        column = f"{module.rollout.unit}_id"
        known = units.get(column, set())
        for unit in module.rollout.go_live:
            if known and unit not in known:
                yield Problem(
                    module.file, f"rollout.go_live.{unit}", unit,
                    f"a {module.rollout.unit} that stands in {column} of an export",
                    f"{did_you_mean(unit, known)}Correct the name, or add it once it is exported.",
                    names_worth_listing(unit, known),
                )  # fmt: skip
