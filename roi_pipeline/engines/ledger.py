"""What the finance systems recorded, read back as values: ledger vouchers and payroll months."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.domain.money import CostCategory, LedgerFacts, PayrollMovement, RecordedCost
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.queries import read_rows
from roi_pipeline.engines.warehouse import table_exists

if TYPE_CHECKING:
    import duckdb

CATEGORIES: tuple[CostCategory, ...] = get_args(CostCategory)
LEDGER_TABLES = ("facts.module_costs", "facts.payroll_months")


def read_ledger_facts(connection: "duckdb.DuckDBPyConnection") -> LedgerFacts:
    """Everything recorded; empty where the study delivers no ledger or payroll export."""
    return LedgerFacts(_recorded_costs(connection), _payroll(connection))


def _recorded_costs(connection: "duckdb.DuckDBPyConnection") -> tuple[RecordedCost, ...]:
    if not table_exists(connection, "facts.module_costs"):
        return ()
    rows = read_rows(connection, "ledger.recorded_costs")
    return tuple(_recorded_cost(*row) for row in rows)


def _recorded_cost(  # noqa: PLR0917  (one row)
    document: str,
    reference: str,
    day: date,
    amount: Decimal,
    currency: str,
    start: date | None,
    end: date | None,
    module_id: str | None,
    category: str | None,
) -> RecordedCost:
    wanted = category or "vendor_fee"
    known: CostCategory | None = next((item for item in CATEGORIES if item == wanted), None)
    if known is None:
        raise UnknownName(f"cost category of voucher {document}", str(category), CATEGORIES)
    return RecordedCost(
        reference=reference,
        day=day,
        amount=amount,
        source=f"facts.module_costs {document}",
        currency=currency or None,
        period=Window(start, end) if start is not None and end is not None else None,
        module_id=module_id,
        category=known,
    )


def _payroll(connection: "duckdb.DuckDBPyConnection") -> tuple[PayrollMovement, ...]:
    """One movement per role and month over all branches and teams."""
    if not table_exists(connection, "facts.payroll_months"):
        return ()
    rows = read_rows(connection, "ledger.payroll_movements")
    return tuple(
        PayrollMovement(
            role=role,
            month=month,
            headcount=headcount,
            base_cost=base,
            loaded_cost=loaded,
            paid_hours=hours,
            source="facts.payroll_months",
            overtime_hours=overtime,
            agency_hours=agency,
        )
        for role, month, headcount, base, loaded, hours, overtime, agency in rows
    )
