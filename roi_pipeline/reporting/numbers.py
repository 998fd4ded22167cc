"""Figures as a reader of one language sees them: the only place in the product that rounds.

A change of a rate is always said twice and by name, in points and relative to what would have been:
21 % → 47 % is +26.0 points (+123.8 %). Nothing here decides what a figure means.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from roi_pipeline.domain.metrics import MetricUnit
from roi_pipeline.domain.texts import Language
from roi_pipeline.domain.windows import Window

NONE = "—"
MINUS = "\N{MINUS SIGN}"
LOCALES: dict[Language, str] = {"zh-CN": "zh_Hans_CN", "zh-TW": "zh_Hant_TW", "en": "en"}
DATE_PATTERNS: dict[Language, str] = {"zh-CN": "y年M月d日", "zh-TW": "y年M月d日", "en": "d MMM y"}
BIG_STEPS: dict[Language, tuple[tuple[Decimal, str], ...]] = {
    "zh-CN": ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万")),
    "zh-TW": ((Decimal(10) ** 8, "億"), (Decimal(10) ** 4, "萬")),
    "en": ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(10) ** 3, "k")),
}
HUNDRED = Decimal(100)
Figure = Decimal | float | int | None


def exact(value: Figure) -> Decimal | None:
    """The figure as a decimal, or None when there is none (also for NaN and infinities)."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return Decimal(repr(value)) if math.isfinite(value) else None


def rounded(value: Decimal, digits: int = 0) -> Decimal:
    """Half away from zero, never negative zero.

    >>> rounded(Decimal("-0.04"), 1), rounded(Decimal("2.5"))
    (Decimal('0.0'), Decimal('3'))
    """
    result = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def total_of_rounded(amounts: Iterable[Decimal]) -> Decimal:
    """The printed total of printed lines: each line rounded to whole units, then added.

    >>> total_of_rounded([Decimal("0.6"), Decimal("0.6")])
    Decimal('2')
    """
    return sum((rounded(amount) for amount in amounts), Decimal(0))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Formats for one language and one currency.

    Attributes:
        words: texts between figures: `to`, `points`, `relative`, unit names.
    """

    language: Language
    currency: str
    words: Mapping[str, str]

    def number(self, value: Figure, *, digits: int | None = None, signed: bool = False) -> str:
        """A plain figure; without `digits` as many as its size deserves.

        >>> Numbers("en", "CNY", {}).number(1234.5678)
        '1,235'
        """
        figure = exact(value)
        if figure is None:
            return NONE
        if digits is None:
            digits = 0 if isinstance(value, int) else _places(figure)
        return self._written(rounded(figure, digits), digits, signed=signed)

    def count(self, value: int) -> str:
        """A whole number."""
        return self.number(value, digits=0)

    def percent(self, value: Figure, *, digits: int = 1, signed: bool = False) -> str:
        """A fraction as per cent.

        >>> Numbers("en", "CNY", {}).percent(1.238, signed=True)
        '+123.8%'
        """
        figure = exact(value)
        if figure is None:
            return NONE
        scaled = figure * HUNDRED
        return self._written(rounded(scaled, digits), digits, signed=signed) + "%"

    def rate(self, value: Figure) -> str:
        """A level between 0 and 1 as per cent; small ones keep another digit."""
        figure = exact(value)
        is_small = figure is not None and 0 < abs(figure) < Decimal("0.01")
        return self.percent(value, digits=2 if is_small else 1)

    def points(self, value: Figure) -> str:
        """A change of a rate in points, with its sign and the word."""
        figure = exact(value)
        if figure is None:
            return NONE
        digits = 2 if 0 < abs(figure) < Decimal("0.01") else 1
        written = self._written(rounded(figure * HUNDRED, digits), digits, signed=True)
        return f"{written}{self.words['points']}"

    def probability(self, value: float | None) -> str:
        """A probability in whole per cent, never a certain 0 or 100."""
        if exact(value) is None or value is None:
            return NONE
        if value > 0.99:  # noqa: PLR2004
            return ">99%"
        return "<1%" if value < 0.01 else self.percent(value, digits=0)  # noqa: PLR2004

    def roi(self, value: Figure, *, bar: Figure = None) -> str:
        """ROI as per cent, with more digits where rounding would carry it across the bar.

        >>> Numbers("en", "CNY", {}).roi(Decimal("1.4996"), bar=Decimal("1.5"))
        '149.96%'
        """
        figure, limit = exact(value), exact(bar)
        if figure is None:
            return NONE
        start = 1 if 0 < abs(figure) < 1 else 0
        for digits in range(start, 5):
            shown = rounded(figure * HUNDRED, digits)
            if limit is None or (shown >= limit * HUNDRED) == (figure >= limit):
                return self._written(shown, digits) + "%"
        return self._written(figure * HUNDRED, 6) + "%"

    @property
    def symbol(self) -> str:
        """The currency's sign in this language (`CN¥`, `¥`, `NT$`)."""
        return get_currency_symbol(self.currency, locale=Locale.parse(LOCALES[self.language]))

    def money(self, value: Figure, *, signed: bool = False) -> str:
        """An amount in whole units of the currency.

        >>> Numbers("en", "CNY", {}).money(Decimal("-1234.5"))
        '−CN¥1,235'
        """
        return self._amount(value, 0, signed=signed)

    def price(self, value: Figure) -> str:
        """A unit price, with cents; small ones keep three digits that matter.

        >>> Numbers("en", "CNY", {}).price(Decimal("0.045"))
        'CN¥0.0450'
        """
        figure = exact(value)
        is_small = figure is not None and 0 < abs(figure) < 1
        return self._amount(value, 2 if figure is None or not is_small else 2 - figure.adjusted())

    def money_short(self, value: Figure, *, signed: bool = False) -> str:
        """An amount for a headline: `¥128.6万`, `CN¥1.3m`."""
        figure = exact(value)
        if figure is None:
            return NONE
        for step, name in BIG_STEPS[self.language]:
            if abs(figure) >= step:
                return self._amount(figure / step, 1, signed=signed) + name
        return self._amount(figure, 0, signed=signed)

    def value(self, value: Figure, unit: MetricUnit) -> str:
        """A metric's level in its own unit."""
        match unit:
            case "rate":
                return self.rate(value)
            case "money":
                return self.price(value)
            case "seconds" | "hours" | "days" | "score":
                return self._with_unit(self.number(value), unit)
            case "count" | "ratio":
                return self.number(value)

    def change(self, value: Figure, unit: MetricUnit) -> str:
        """A metric's absolute change in its own unit; a rate's in points."""
        match unit:
            case "rate":
                return self.points(value)
            case "money":
                return self._amount(value, 2, signed=True)
            case "seconds" | "hours" | "days" | "score":
                return self._with_unit(self.number(value, signed=True), unit)
            case "count" | "ratio":
                return self.number(value, signed=True)

    def relative(self, value: Figure) -> str:
        """A relative change, named as such: `相对 +123.8%`."""
        if exact(value) is None:
            return NONE
        return self.words["relative"].format(x=self.percent(value, signed=True))

    def change_both(self, value: Figure, relative: Figure, unit: MetricUnit) -> str:
        """Absolute change with the relative one behind it in brackets, if there is one."""
        absolute = self.change(value, unit)
        if exact(relative) is None:
            return absolute
        return self.words["in_brackets"].format(x=absolute, y=self.relative(relative))

    def interval(self, lower: Figure, upper: Figure, unit: MetricUnit) -> str:
        """Both ends of a change's interval, the unit said once."""
        low, high = exact(lower), exact(upper)
        if low is None or high is None:
            return NONE
        if unit == "money":
            return self.span(*(self._amount(end, 2, signed=True) for end in (low, high)))
        if unit == "rate":
            low, high = low * HUNDRED, high * HUNDRED
            digits = 2 if max(abs(low), abs(high)) < 1 else 1
        else:
            digits = max(_places(low), _places(high))
        ends = (self._written(rounded(end, digits), digits, signed=True) for end in (low, high))
        text = self.span(*ends)
        if unit == "rate":
            return text + self.words["points"]
        return self._with_unit(text, unit) if f"unit_{unit}" in self.words else text

    def span(self, lower: str, upper: str) -> str:
        """Two finished figures as `x to y`."""
        return self.words["to"].format(x=lower, y=upper)

    def day(self, day: date | None) -> str:
        """A calendar date."""
        if day is None:
            return NONE
        return format_date(day, DATE_PATTERNS[self.language], locale=LOCALES[self.language])

    def window(self, window: Window | None) -> str:
        """A window by its first and last day; readers do not know half-open dates."""
        if window is None or window.days == 0:
            return NONE
        last = window.end - timedelta(days=1)
        return self.span(self.day(window.start), self.day(last))

    def _with_unit(self, text: str, unit: MetricUnit) -> str:
        return NONE if text == NONE else self.words[f"unit_{unit}"].format(x=text)

    def _amount(self, value: Figure, digits: int, *, signed: bool = False) -> str:
        figure = exact(value)
        if figure is None:
            return NONE
        shown = rounded(figure, digits)
        sign = MINUS if shown < 0 else "+" if signed and shown > 0 else ""
        return f"{sign}{self.symbol}{self._written(abs(shown), digits)}"

    def _written(self, figure: Decimal, digits: int, *, signed: bool = False) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        text = format_decimal(abs(figure), pattern, locale=LOCALES[self.language])
        sign = MINUS if figure < 0 else "+" if signed and figure > 0 else ""
        return sign + text


def _places(figure: Decimal) -> int:
    """Digits behind the point for a figure whose unit does not say: about three that matter."""
    size = abs(figure)
    for limit, places in ((100, 0), (10, 1), (1, 2)):
        if size >= limit:
            return places
    return 3 if size else 0
