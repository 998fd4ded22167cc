"""A small company whose exports the loading tests deliver: folder, warehouse, one call per run."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from roi_pipeline.domain.contracts import Column, Contract, FileLocation
from roi_pipeline.domain.deliveries import Staging
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import FileLoad, RuleResult, Validation
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message, Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.loading import accept_incoming, known_fingerprints, stage_export
from roi_pipeline.sources.delivering import deliver_export
from roi_pipeline.transforms.identities import people_hasher

KEY = "a secret of this test"


def study_in(folder: Path, *, timezone: str = "Asia/Shanghai") -> Study:
    return Study(
        id="office", folder=folder, company=Text({"en": "Office"}), headcount=50, currency="CNY",
        languages=("en",), timezone=timezone, cycle_kind="month",
        history=Window(date(2025, 1, 1), date(2026, 1, 1)), modules=(), contracts=(), metrics={},
        standards=(), people_key=KEY,
    )  # fmt: skip


def column(name: str, kind: str = "text", header: str = "", **options: Any) -> Column:
    return Column(name, kind, (header or name,), **options)  # type: ignore[arg-type]


def contract_of(
    *columns: Column, glob: str = "exports/*.csv", kind: str = "csv", **options: Any
) -> Contract:
    location = {
        name: options.pop(name)
        for name in (
            "encoding",
            "delimiter",
            "sheet",
            "header_row",
            "decimal_mark",
            "max_record_lines",
            "limits",
            "options",
        )
        if name in options
    }
    return Contract(
        system="shop", entity="calls", columns=columns,
        location=FileLocation(glob, kind, **location), **options,  # type: ignore[arg-type]
    )  # fmt: skip


class Office:
    """One study folder and its warehouse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "warehouse.duckdb"
        self.scratch = folder / "scratch"
        self.environment: Mapping[str, str] = {}
        self.study = study_in(folder)
        self.staging: Staging | None = None

    def deliver(self, name: str, content: bytes | str) -> Path:
        path = self.folder / "exports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    @contextmanager
    def warehouse(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(str(self.database))
        try:
            yield connection
        finally:
            connection.close()

    def stage(self, connection: duckdb.DuckDBPyConnection, contract: Contract) -> Staging:
        deliveries = deliver_export(
            contract,
            folder=self.folder,
            scratch=self.scratch,
            known=known_fingerprints(connection, contract, study=self.study),
            environment=self.environment,
        )
        self.staging = stage_export(
            connection, contract, deliveries, study=self.study,
            hash_people=people_hasher(key=self.study.people_key), as_of=date(2025, 6, 1),
        )  # fmt: skip
        return self.staging

    def load(
        self, contract: Contract, *results: RuleResult, stops: bool = False
    ) -> tuple[FileLoad, ...]:
        with self.warehouse() as connection:
            self.stage(connection, contract)
            return accept_incoming(
                connection, contract, validation(contract, *results, stops=stops)
            )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.warehouse() as connection:
            return connection.execute(sql).fetchall()

    def table(self, contract: Contract, *, order: str = "1") -> list[tuple[Any, ...]]:
        names = ", ".join(f'"{each.name}"' for each in contract.columns)
        return self.rows(f"select {names} from exports.{contract.table} order by {order}")

    def quarantine(self) -> list[tuple[Any, ...]]:
        return self.rows(
            "select split_part(source_file_id, '/', -1), source_row_number, column_name, value, "
            "reason from quality.quarantine order by all"
        )


def validation(contract: Contract, *results: RuleResult, stops: bool = False) -> Validation:
    finding = Finding("rows_are_plausible", contract.table, not stops, "stop", Message("test"))
    return Validation(contract.table, results, (finding,))


def broken_rows(contract: Contract, rule: str, condition: str, **fields: Any) -> RuleResult:
    result = RuleResult(
        table=contract.table, rule=rule, kind="row", column=None, severity="warn", passed=False,
        n_checked=1, n_unexpected=1, tolerance=0, expected=condition, is_row_rule=True,
        failing_rows_sql="select source_file_id, source_row_number, null as value "
        f"from exports._incoming__{contract.table} where {condition}",
    )  # fmt: skip
    return replace(result, **fields)
