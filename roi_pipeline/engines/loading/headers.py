"""Finds a contract's columns among the headers of a file; says what is missing, unknown or twice."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from roi_pipeline.domain.contracts import Column, Contract
from roi_pipeline.domain.deliveries import Delivery
from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.personal import is_header_like, shown_headers, shown_text
from roi_pipeline.domain.texts import Message

INVISIBLE = re.compile("[\u200b\u200c\u200d\ufeff]")


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """Where each column of the contract stands in a file.

    Attributes:
        positions: column name → place of its header, counted from 0.
        missing: columns the file lacks and may lack.
        unknown: headers no column answers to; `shown` is what a message may list of them.
    """

    positions: Mapping[str, int]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    shown: str = ""


def match_headers(contract: Contract, delivery: Delivery) -> HeaderMatch:
    """Match headers whatever their blanks, width and case.

    Raises:
        NeedsAHuman: a column nothing can be loaded without is missing, a header stands twice, or
            there is an unknown one and the contract allows none.
    """
    places = [normal_header(header) for header in delivery.headers]
    positions = {
        column.name: place
        for column in contract.columns
        if (place := _place(column, places)) is not None
    }
    _refuse_repeated(contract, delivery, places)
    missing = [column for column in contract.columns if column.name not in positions]
    used = set(positions.values())
    for column in missing:
        if column.is_required or column.severity == "stop" or column.name in contract.key:
            raise _missing(column, contract, delivery, used)
    unknown = tuple(
        header
        for place, header in enumerate(delivery.headers)
        if place not in used and header.strip() and not header.startswith("/")
    )
    shown = shown_headers(unknown, known=len(used), wanted=len(contract.columns))
    if unknown and not contract.table_rules.are_extra_columns_allowed:
        raise NeedsAHuman(
            f"{delivery.path} has columns the contract does not know: {shown}; "
            "add them to the contract, or write are_extra_columns_allowed = true in [table]"
        )
    return HeaderMatch(positions, tuple(column.name for column in missing), unknown, shown)


def _missing(
    column: Column, contract: Contract, delivery: Delivery, used: AbstractSet[int]
) -> NeedsAHuman:
    """That a header is not there, with those that are; cells that are no header may be people's."""
    wanted = " / ".join(column.headers or (column.name,))
    if len(used) * 2 < len(contract.columns) and not is_header_like(delivery.headers):
        return NeedsAHuman(
            f"no header called {wanted!r} in {delivery.path}: its first line has "
            f"{len(delivery.headers)} cells, {len(used)} of which are headers of the contract; "
            "expected a header line. Have it delivered with one, or correct header_row in [location]"
        )
    shown = [
        header if place in used else shown_text(header)
        for place, header in enumerate(delivery.headers)
    ]
    return UnknownName(f"header in {delivery.path}", wanted, shown)


def normal_header(header: str) -> str:
    """A header as it is compared.

    >>> normal_header(" 通话\u3000编号 ") == normal_header("通话 编号")
    True
    """
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", header))
    return " ".join(plain.split()).casefold()


def _place(column: Column, places: list[str]) -> int | None:
    for header in column.headers or (column.name,):
        if normal_header(header) in places:
            return places.index(normal_header(header))
    return None


def _refuse_repeated(contract: Contract, delivery: Delivery, places: list[str]) -> None:
    known = {
        normal_header(h) for column in contract.columns for h in (*column.headers, column.name)
    }
    repeated = [place for place, count in Counter(places).items() if count > 1 and place in known]
    if repeated:
        raise NeedsAHuman(
            f"{delivery.path} has the header {repeated[0]!r} {places.count(repeated[0])} times; "
            "it is unclear which one is meant: have it delivered with distinct headers"
        )


def header_findings(contract: Contract, delivery: Delivery, match: HeaderMatch) -> list[Finding]:
    """Notes about columns that are missing or unknown but did not stop the file."""
    findings = [
        Finding(
            check=f"{name}_is_delivered",
            subject=delivery.file_id,
            passed=False,
            severity=contract.column(name).severity,
            message=Message("column_not_delivered", {"column": name, "file": delivery.path}),
        )
        for name in match.missing
    ]
    if match.unknown:
        values = {"columns": match.shown, "file": delivery.path}
        findings.append(
            Finding(
                check="every_column_is_known",
                subject=delivery.file_id,
                passed=False,
                severity="note",
                message=Message("columns_not_read", values),
            )
        )
    return findings
