"""Amounts of money as a page prints them, with their cents rounded away and nothing shortened."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

AMOUNT = re.compile(
    r"(\N{MINUS SIGN}?)\u2060?(?:CN¥|NT\$|US\$|¥|\$)\s?([0-9]{1,3}(?:,[0-9]{3})*)(?![0-9,.]*[0-9]?\u2060?[0-9mkbn万億亿萬])"
)


@dataclass
class Tables(HTMLParser):
    """Every table of a page: its body rows and its foot rows, as texts of cells."""

    tables: list[tuple[str, list[list[str]], list[list[str]]]] = field(default_factory=list)
    _part: str = ""
    _cell: list[str] | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        match tag:
            case "table":
                self.tables.append((dict(attrs).get("id") or "", [], []))
            case "tbody" | "tfoot" | "thead":
                self._part = tag
            case "tr" if self.tables and self._part in ("tbody", "tfoot"):
                self._rows().append([])
            case "td" | "th":
                self._cell = []
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            if self._part in ("tbody", "tfoot") and self._rows():
                self._rows()[-1].append("".join(self._cell).strip())
            self._cell = None
        elif tag == "table":
            self._part = ""

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _rows(self) -> list[list[str]]:
        return self.tables[-1][1 if self._part == "tbody" else 2]


def amount_of(cell: str) -> int | None:
    """The amount a cell begins with; what stands behind it is a note."""
    found = AMOUNT.match(cell.lstrip("+\u2060"))
    return None if found is None else int(found[2].replace(",", "")) * (-1 if found[1] else 1)


def wrong_totals(page: Path) -> tuple[int, list[str]]:
    """(totals looked at, those that are not the sum of the column above)."""
    parser = Tables()
    parser.feed(page.read_text(encoding="utf-8"))
    seen, wrong = 0, list[str]()
    for name, rows, feet in parser.tables:
        for foot in feet:
            for column, cell in enumerate(foot):
                total = amount_of(cell)
                if total is None:
                    continue
                seen += 1
                parts = [amount_of(row[column]) for row in rows if len(row) > column]
                if sum(x for x in parts if x is not None) != total:
                    wrong.append(f"{page.name} {name} column {column}: {cell} for {parts}")
    return seen, wrong


def near_amounts(page: Path, *, smallest: int) -> list[tuple[int, int]]:
    """Amounts of a page that lie within two units of another; small ones may do so by chance.

    The cash of single quarters is left out: each is another quantity, and a plan pays about the same
    in all of them. That they add up to the statement is asked elsewhere.
    """
    text = re.sub(r'<table id="t-cash".*?</table>', "", page.read_text("utf-8"), flags=re.DOTALL)
    found = sorted({int(digits.replace(",", "")) for _, digits in AMOUNT.findall(text)})
    return [(x, y) for x, y in pairwise(found) if x >= smallest and y - x <= 2]
