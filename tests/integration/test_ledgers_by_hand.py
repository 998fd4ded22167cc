"""A reader with a calculator gets every ledger of the examples from the printed pages alone.

Nothing here looks into `figures.json`: each line is the product of the factors its page prints, each
total the sum of the lines above, the net what is left, and ROI their quotient.
"""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from closed_examples import PARAMS, ClosedExample, closed_example
from printed_amounts import Tables, amount_of

from roi_pipeline.domain.rounding import rounded
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting.messages import read_words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
TIMES, JOINER = " × ", "\N{WORD JOINER}"
FACTOR = re.compile(
    r"([-\N{MINUS SIGN}]?)(?:CN¥|NT\$|US\$|¥|\$)?([0-9][0-9,]*(?:\.[0-9]+)?)\s?(%?)"
)
PERCENT = re.compile(r"([-\N{MINUS SIGN}]?)([0-9][0-9,]*)(\.[0-9]+)?\s?%")
Rows = list[list[str]]


@dataclass(frozen=True)
class Page:
    """What one module's page prints of its money."""

    language: Language
    tables: dict[str, tuple[Rows, Rows]]
    rated: int  # column of the rated window among the periods

    def lines(self, table: str) -> tuple[Rows, Rows]:
        return self.tables[f"t-{table}"]

    def stated(self, label: str) -> str:
        """A figure of the rated window."""
        wanted = read_words(self.language).get(label, label)
        (row,) = [row for row in self.lines("statements")[0] if row[0] == wanted]
        return row[self.rated]


def page_of(path: Path, language: Language) -> Page:
    text = path.read_text("utf-8").replace(JOINER, "").replace("\N{NO-BREAK SPACE}", " ")
    parser = Tables()
    parser.feed(text)
    name = read_words(language)["money.rated"]
    (head,) = re.findall(r'<table id="t-statements".*?</thead>', text, re.DOTALL)
    heads = re.findall(r"<th\b.*?</th>", head, re.DOTALL)
    (rated,) = [place for place, each in enumerate(heads, 1) if name in each]
    return Page(language, {each: (rows, feet) for each, rows, feet in parser.tables}, rated)


def multiplied(calculation: str) -> int:
    """The product of the printed factors, to the unit."""
    found = Decimal(1)
    for part in calculation.split(TIMES):
        sign, digits, percent = FACTOR.findall(part)[-1]
        factor = Decimal(digits.replace(",", "")) / (100 if percent else 1)
        found *= -factor if sign else factor
    return int(rounded(found))


def recomputed(page: Page, table: str, calculation: int) -> tuple[int, int]:
    """(lines multiplied, their total); lines that do not count or were recorded are as printed."""
    rows, ((*_, total),) = page.lines(table)
    indicative = read_words(page.language)["money.indicative"].partition("{x}")
    n, counted = 0, 0
    for row in rows:
        written = row[-1].removeprefix(indicative[0])
        amount = amount_of(written)
        if TIMES in row[calculation]:
            assert amount == multiplied(row[calculation]), row
            n += 1
        shown = re.split(r"[0-9](?![0-9,.])", written, maxsplit=1)[-1]
        is_indicative = written != row[-1] or (
            bool(indicative[2]) and shown.startswith(indicative[2])
        )
        counted += 0 if is_indicative or amount is None else amount
    if amount_of(total) is not None:
        assert counted == amount_of(total), (table, counted, total)
    return n, counted


@pytest.fixture(scope="module", params=PARAMS)
def example(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ClosedExample:
    return closed_example(request.param, tmp_path_factory)


def test_the_printed_ledgers_come_out_to_the_unit(example: ClosedExample) -> None:
    seen = 0
    for language in LANGUAGES:
        for path in sorted((example.reports / language).glob("*.html")):
            if path.stem != "portfolio":
                seen += check_ledger(page_of(path, language))
    n_modules = len(json.loads((example.reports / "figures.json").read_text("utf-8"))["modules"])
    assert seen >= 2 * n_modules > 0


def check_ledger(page: Page) -> int:
    """Lines recomputed on a page."""
    n_costs, costs = recomputed(page, "costs", 1)
    assert n_costs > 0
    if "t-benefits" not in page.tables:
        return n_costs
    n_benefits, benefits = recomputed(page, "benefits", 1)
    assert amount_of(page.stated("money.costs")) == costs
    if amount_of(page.stated("money.benefits")) is None:
        return n_costs + n_benefits
    assert amount_of(page.stated("money.benefits")) == benefits
    assert amount_of(page.stated("money.net")) == benefits - costs
    ratio = PERCENT.search(page.stated("ROI"))
    assert ratio is not None
    places = len(ratio[3] or ".") - 1
    roi = rounded(Decimal(100 * (benefits - costs)) / costs, places)
    printed = Decimal(f"{'-' if ratio[1] else ''}{ratio[2].replace(',', '')}{ratio[3] or ''}")
    assert printed == roi, page.stated("ROI")
    return n_costs + n_benefits
