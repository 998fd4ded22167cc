"""Figures found by their ids in printed reports, each equal to its source in `figures.json`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl

from roi_pipeline.domain.texts import Language
from roi_pipeline.domain.windows import Window
from roi_pipeline.reporting.messages import numbers_in, read_words
from roi_pipeline.reporting.numbers import Numbers

PAYBACKS = {"payback": "payback_month", "payback_expected": "payback_expected_month"}
PERIODS = ("cycle", "since_go_live", "rated")
JOINER = "\N{WORD JOINER}"
Forms = set[str]


@dataclass
class Marked(HTMLParser):
    """(id, text) of every figure of a page that says which one it is."""

    found: list[tuple[str, str]] = field(default_factory=list)
    _open: str | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = dict(attrs).get("data-figure")

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found.append((self._open, data.replace(JOINER, "").strip()))
            self._open = None


def marked_figures(page: Path) -> list[tuple[str, str]]:
    """Every figure of a page with its id."""
    parser = Marked()
    parser.feed(page.read_text("utf-8"))
    return parser.found


def whole(amount: Decimal) -> Decimal:
    """Half away from zero, as a bookkeeper rounds."""
    return amount.quantize(Decimal(1), rounding=ROUND_HALF_UP)


class Source:
    """What each id stands for, read from nothing but the figures file."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        self.values = {
            each["value"]["module_id"]: each["value"] for each in self.document["modules"]
        }
        if self.document["portfolio"]:
            self.values["portfolio"] = self.document["portfolio"]
        self.effects = {
            each["module"]["id"]: each["effects"]["outcomes"] for each in self.document["modules"]
        }

    def forms(self, figure: str, language: Language) -> Forms:
        """The ways a report may print a figure; empty where it has none to print."""
        numbers = numbers_in(language, self.document["study"]["currency"])
        module_id, part, name = figure.split(".", 2)
        if part in PERIODS:
            return self._money(self.values[module_id], part, name, numbers)
        return self._effect(self.effects[module_id][part], part, name, numbers)

    def _money(self, value: Any, period: str, name: str, numbers: Numbers) -> Forms:
        statement, returns = value[period], value[period]["returns"]
        amounts = printed(statement)
        lines = {line["id"]: line["amount"] for line in statement["benefits"] + statement["costs"]}
        amounts |= {key: None if x is None else Decimal(x) for key, x in lines.items()}
        amounts |= {
            key: returns[key] and Decimal(returns[key]) for key in ("npv", "annualised_net")
        }
        if name in amounts:
            amount = amounts[name]
            return set() if amount is None else money_forms(amount, numbers)
        if name == "period":
            ends = (date.fromisoformat(statement["period"][end]) for end in ("start", "end"))
            return {numbers.window(Window(*ends))}
        if name.startswith("payback"):
            return month_forms(numbers.language, returns[PAYBACKS[name]])
        return self._ratio(value, period, name, numbers)

    def _ratio(self, value: Any, period: str, name: str, numbers: Numbers) -> Forms:
        """ROI and its interval, which nothing has that could not be estimated; the internal rate."""
        returns = value[period]["returns"]
        if name == "irr":
            return {numbers.percent(Decimal(returns["irr"]))} if returns["irr"] else set()
        # With the indicative lines there may be an ROI where those that count hold nothing.
        if printed(value[period])["benefits"] is None and name != "roi_indicative":
            return set()
        if name == "roi_interval":
            ends = [returns["roi_lower"], returns["roi_upper"]]
            return set() if None in ends else {numbers.roi_span(*map(Decimal, ends))}
        own = returns.get(name, returns["indicative_roi"] if name == "roi_indicative" else None)
        rois = {own, value["rating"]["roi"] if (period, name) == ("rated", "roi") else None}
        bars = {value["rating"]["bar"], None}
        return {
            numbers.roi(Decimal(roi), bar=None if bar is None else Decimal(bar))
            for roi in rois - {None}
            for bar in bars
        }

    def _effect(self, outcome: Any, metric_id: str, name: str, numbers: Numbers) -> Forms:
        unit = self.document["metrics"][metric_id]["unit"]
        if name in ("baseline", "post"):
            return {numbers.value(outcome[f"{name}_value"], unit)}
        ends = (outcome["lower"], outcome["upper"])
        if name == "effect":
            return {numbers.change(outcome["estimate"], unit, ends=ends)}
        return {numbers.interval(*ends, unit, beside=outcome["estimate"])}


def month_forms(language: Language, months: int | None) -> Forms:
    """A number of months in words; none for none."""
    if months is None:
        return set()
    words = read_words(language)["headline.months"]
    one_or_many = re.sub(r"\{n:plural (\w+)\|(\w+)\}", r"\1" if months == 1 else r"\2", words)
    return {one_or_many.replace("{n}", str(months))}


def money_forms(amount: Decimal, numbers: Numbers) -> Forms:
    """An amount in full and in short, with its sign and without."""
    shapes = (numbers.money, numbers.money_short)
    return {shape(amount, signed=signed) for shape in shapes for signed in (False, True)}


def printed(statement: dict[str, Any]) -> dict[str, Decimal | None]:
    """The sums of a statement as printed: every line rounded, then added."""
    won = [line for line in statement["benefits"] if line["is_in_rating"] and line["amount"]]
    spent = [line for line in statement["costs"] if line["is_counted"]]

    def total(lines: list[dict[str, Any]], stated: str) -> Decimal:
        amounts = [Decimal(line["amount"]) for line in lines]
        rest = whole(Decimal(stated) - sum(amounts, Decimal(0)))
        return sum(map(whole, amounts), Decimal(0)) + (rest if abs(rest) >= 1 else 0)

    returns = statement["returns"]
    costs = total(spent, returns["costs"])
    benefits = total(won, returns["benefits"])
    is_known = bool(won) or Decimal(returns["benefits"]) != 0
    ledgers = {
        name: total([line for line in won if line["ledger"] == name], statement[name])
        for name in ("realised", "estimated")
    }
    known = {"benefits": benefits, **ledgers}
    return {
        **{name: amount if is_known else None for name, amount in known.items()},
        "costs": costs,
        "net": benefits - costs,
    }


def wrong_figures(reports: Path, language: Language) -> tuple[int, list[str]]:
    """(figures compared, those that differ from their source) in HTML, Markdown and workbooks."""
    source, n, wrong = Source(reports / "figures.json"), 0, list[str]()
    for page in sorted((reports / language).glob("*.html")):
        text = _bare(page.with_suffix(".md").read_text("utf-8"))
        for figure, shown in marked_figures(page):
            forms = source.forms(figure, language)
            n += bool(forms)
            if forms and shown not in forms:
                wrong.append(f"{page.name}: {figure} is {shown}, source {sorted(forms)}")
            if not forms and re.search(r"\d", shown):
                wrong.append(f"{page.name}: {figure} is {shown} and has no source")
            if _bare(shown) not in text:
                wrong.append(f"{page.name}: {figure} {shown} is not in the Markdown")
        wrong += _wrong_in_workbook(page.with_suffix(".xlsx"), source)
    return n, wrong


def _bare(text: str) -> str:
    return text.replace("\\", "").replace(JOINER, "")


def _wrong_in_workbook(path: Path, source: Source) -> Iterator[str]:
    """Net benefit as printed, and every estimate, of a workbook beside a report."""
    if not path.exists() or path.stem == "portfolio":
        return
    sheets = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets
    cells = [list(sheet.iter_rows(values_only=True)) for sheet in sheets]
    net = printed(source.values[path.stem]["rated"])["net"]
    if not any(len(rows) > 9 and rows[9][2] == float(net or 0) for rows in cells):
        yield f"{path.name}: net {net} is not in the workbook"
    known = {
        value for rows in cells for row in rows for value in row if isinstance(value, float | int)
    }
    for metric_id, outcome in source.effects[path.stem].items():
        estimate = outcome.get("estimate")
        if estimate is not None and not any(abs(value - estimate) < 1e-12 for value in known):
            yield f"{path.name}: estimate of {metric_id} is not in the workbook"
