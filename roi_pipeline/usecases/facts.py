"""Facts and metrics: which SQL files a study can build, and building one of them with what it lacks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.contracts import Contract
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.attribution import rules_frame
from roi_pipeline.engines.sql_catalogue import SqlCatalogue, SqlFile, read_sql_catalogue
from roi_pipeline.engines.warehouse import (
    BuiltTable,
    add_standard_columns,
    build_table,
    create_macros,
    supply_missing_exports,
    table_exists,
)
from roi_pipeline.resources import shipped_folder

if TYPE_CHECKING:
    import polars as pl


FrameMaker = Callable[[Study, Window], "pl.DataFrame"]


def _calendar(study: Study, window: Window) -> "pl.DataFrame":
    from roi_pipeline.transforms.calendar import build_calendar

    return build_calendar(window, country=study.country)


def _exchange_rates(study: Study, window: Window) -> "pl.DataFrame":
    from roi_pipeline.transforms.currency import build_exchange_rates

    return build_exchange_rates(study.rates, window)


def _exchange_rate_findings(frame: "pl.DataFrame") -> tuple[Finding, ...]:
    from roi_pipeline.transforms.currency import exchange_rate_findings

    return exchange_rate_findings(frame)


def _attribution_rules(study: Study, _: Window) -> "pl.DataFrame":
    return rules_frame(study.modules)


# Findings on a table that Polars made, as a check of its asset.
FINDINGS: Mapping[str, tuple[str, Callable[["pl.DataFrame"], tuple[Finding, ...]]]] = {
    "facts.exchange_rates": ("every_day_has_its_own_exchange_rate", _exchange_rate_findings)
}


FRAMES: Mapping[str, tuple[str, FrameMaker]] = {
    "facts.attribution_rules": ("one row per module and outcome its actions may claim", _attribution_rules),
    "facts.calendar": ("one row per day, with weekends, holidays and shopping festivals", _calendar),
    "facts.exchange_rates": ("one row per currency and day, to the study's currency", _exchange_rates),
}  # fmt: skip


def catalogue_of(study: Study) -> SqlCatalogue:
    """The product's SQL and the study's own beside it."""
    return _catalogue_in(str(study.folder))


@cache
def _catalogue_in(folder: str) -> SqlCatalogue:
    return read_sql_catalogue([shipped_folder("sql"), Path(folder) / "sql"])


def buildable_files(study: Study) -> tuple[SqlFile, ...]:
    """SQL files whose inputs this study can supply, in an order they can run in."""
    given = {f"exports.{contract.table}" for contract in study.contracts} | set(FRAMES)
    return catalogue_of(study).buildable(given)


def build_sql_table(connection, file: SqlFile, *, study: Study, as_of: date) -> BuiltTable:  # noqa: ANN001
    """Supply what the file may lack, then build its table."""
    standard = _standard_contracts()
    create_macros(connection, catalogue_of(study))
    exports = [table for table in file.inputs if table.startswith("exports.")]
    _complete_exports(connection, exports, standard, study.contracts)
    _supply_missing_facts(connection, file)
    return build_table(connection, file, sql_parameters(study, as_of))


def _complete_exports(
    connection,  # noqa: ANN001
    exports: Iterable[str],
    standard: Mapping[str, Contract],
    own: Sequence[Contract],
) -> None:
    given = {f"exports.{contract.table}" for contract in own}
    supply_missing_exports(connection, needed=set(exports) - given, standard_contracts=standard)
    for table in exports:
        contract = standard.get(table.removeprefix("exports."))
        if contract is not None and table_exists(connection, table):
            add_standard_columns(connection, contract)


def _supply_missing_facts(connection, file: SqlFile) -> None:  # noqa: ANN001
    """An optional fact table that this study cannot build is made empty by its own SQL's columns."""
    for table in file.optional_inputs:
        if not table.startswith("exports.") and not table_exists(connection, table):
            supply_empty(connection, table)


def supply_empty(connection, table: str) -> None:  # noqa: ANN001
    """Make a table that no export feeds, empty, by running its SQL over empty inputs."""
    product = read_sql_catalogue([shipped_folder("sql")])
    file = product.file(table)
    standard = _standard_contracts()
    exports = [name for name in file.inputs if name.startswith("exports.")]
    missing = [name for name in exports if not table_exists(connection, name)]
    supply_missing_exports(connection, needed=missing, standard_contracts=standard)
    for name in file.inputs:
        if not name.startswith("exports.") and not table_exists(connection, name):
            supply_empty(connection, name)
    values = {
        name: {"as_of": date(2000, 1, 1), "timezone": "UTC"}.get(name, date(2000, 1, 1))
        for name in file.parameters
    }
    build_table(connection, file, values)


@cache
def _standard_contracts() -> dict[str, Contract]:
    from roi_pipeline.settings import read_standard_contracts

    return {contract.table: contract for contract in read_standard_contracts()}


def sql_parameters(study: Study, as_of: date) -> dict[str, str | int | float | date]:
    """The `$parameters` every SQL file may name."""
    return {
        "as_of": as_of,
        "timezone": study.timezone,
        "history_start": study.history.start,
        "history_end": min(study.history.end, as_of),
    }
