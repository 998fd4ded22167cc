"""Everything stored about a cycle, as the reporting room wants it."""

from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from roi_pipeline import __version__
from roi_pipeline.domain.editions import EditionInputs, EditionStatus, ModuleInputs, Provenance
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.loading import read_file_loads
from roi_pipeline.engines.store.credit import read_credit, read_lifts
from roi_pipeline.engines.store.selftest import read_selftest
from roi_pipeline.engines.store.values import (
    read_effects,
    read_validations,
    read_value,
    read_values_before,
)
from roi_pipeline.usecases.efficiency import module_efficiency, portfolio_scores
from roi_pipeline.usecases.facts import buildable_files
from roi_pipeline.usecases.histories import archive_of, before, with_previous
from roi_pipeline.usecases.selftest import selftest_messages

LIBRARIES = ("dagster", "duckdb", "polars", "great-expectations", "numpy", "scipy", "diff-diff")


def report_folder(output: Path, cycle: Cycle) -> Path:
    """Where the reports of a cycle go."""
    return output / "reports" / cycle.key


def edition_inputs(connection, study: Study, cycle: Cycle, status: EditionStatus) -> EditionInputs:  # noqa: ANN001
    """Everything stored about a cycle, as the reporting room wants it."""
    found, missing = list[ModuleInputs](), dict[str, Message]()
    lifts, credit = read_lifts(connection, cycle.key), read_credit(connection, cycle.key)
    for module in study.modules:
        effects = read_effects(connection, cycle.key, module.id)
        value = read_value(connection, cycle.key, module.id)
        if effects is None or value is None:
            missing[module.id] = Message("module_has_no_figures", {"cycle": cycle.key})
            continue
        trend = _trend(connection, value)
        efficiency = module_efficiency(
            connection, study, module, cycle, effects=effects, value=value
        )
        found.append(
            ModuleInputs(
                module,
                effects,
                value,
                trend=trend,
                efficiency=efficiency,
                lift=lifts.get(module.id),
                shared=tuple(line for line in credit if line.module_id == module.id),
            )
        )
    if not found:
        raise NeedsAHuman(f"no module has stored figures for {cycle.key}; nothing to report")
    inputs = EditionInputs(
        study=study,
        cycle=cycle,
        status=status,
        number=1,
        modules=tuple(found),
        missing=missing,
        portfolio=read_value(connection, cycle.key, "portfolio"),
        provenance=provenance(connection, study, cycle),
        scores=portfolio_scores(tuple(inputs.efficiency for inputs in found)),
    )
    return with_previous(inputs, before(archive_of(Path(study.folder) / "out"), cycle.key))


def library_versions() -> dict[str, str]:
    """Version of each library that can move a figure."""
    return {name: version(name) for name in LIBRARIES}


def _trend(connection, value: ModuleValue) -> tuple[tuple[str, Decimal | None, float | None], ...]:  # noqa: ANN001
    """(cycle, ROI, probability of the bar) of every cycle of a module up to this one."""
    earlier = read_values_before(connection, value.module_id, cycle_key=value.cycle_key)
    return tuple(
        (each.cycle_key, each.rating.roi, each.rating.probability) for each in (*earlier, value)
    )


def provenance(connection, study: Study, cycle: Cycle) -> Provenance:  # noqa: ANN001
    """What a report of this cycle is computed from."""
    tables = [contract.table for contract in study.contracts]
    return Provenance(
        package_version=__version__,
        as_of=cycle.as_of,
        config_sha256=study.fingerprint,
        files=read_file_loads(connection),
        sql={f"sql/{file.path}": file.sha256 for file in buildable_files(study)},
        versions=library_versions(),
        validations=read_validations(connection, tables, as_of=cycle.as_of),
        seed=cycle.seed(study.id),
        selftest=selftest_messages(read_selftest(connection)),
    )
