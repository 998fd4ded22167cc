"""A staged delivery in a real DuckDB file, and contracts about it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from roi_pipeline import quality
from roi_pipeline.domain.contracts import Column, Contract, FileLocation
from roi_pipeline.domain.histories import VolumeHistory
from roi_pipeline.domain.loads import Validation
from roi_pipeline.quality.rule import DESCRIBED_TYPES

INCOMING = "_incoming__telephony__calls"


def contract_of(*columns: Column, **fields: Any) -> Contract:
    return Contract("telephony", "calls", FileLocation("*.csv", "csv"), columns, **fields)


@dataclass(frozen=True, slots=True)
class Warehouse:
    path: Path

    def execute(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.path)) as connection:
            return connection.execute(sql, list(values)).fetchall()

    def stage(self, contract: Contract, *rows: tuple[object, ...], table: str = INCOMING) -> None:
        names = [f'"{c.name}" {DESCRIBED_TYPES[c.type]}' for c in contract.columns]
        described = ", ".join([*names, "source_file_id varchar", "source_row_number bigint"])
        marks = ", ".join("?" for _ in range(len(contract.columns) + 2))
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("create schema if not exists exports")
            connection.execute(f"create or replace table exports.{table} ({described})")
            for number, row in enumerate(rows, 1):
                values = [*row, "telephony__calls/may.csv", number]
                connection.execute(f"insert into exports.{table} values ({marks})", values)

    def validate(self, contract: Contract, **options: Any) -> Validation:
        defaults = {
            "incoming_table": INCOMING,
            "history": VolumeHistory(),
            "as_of": date(2026, 5, 1),
            "known_tables": set(),
        }
        return quality.validate_export(self.path, contract, **{**defaults, **options})
