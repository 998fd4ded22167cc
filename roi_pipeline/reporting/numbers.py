"""Figures as a reader of one language sees them; how a figure is rounded says `domain.rounding`.

A change of a rate is always said twice and by name, in points and relative to what would have been:
21 % → 47 % is +26.0 points (+123.8 %). Nothing here decides what a figure means.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from roi_pipeline.domain.metrics import MetricUnit
from roi_pipeline.domain.rounding import rounded
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
            digits = 0 if isinstance(value, int) else places_of(figure)
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

    def share(self, value: Figure) -> str:
        """A share of rows as per cent, with no more digits than it has; none but zero reads as zero.

        >>> [Numbers("en", "CNY", {}).share(share) for share in (0.2, 0.00001, 0, 0.00668)]
        ['20%', '<0.01%', '0%', '0.67%']
        """
        figure = exact(value)
        if figure is None:
            return NONE
        scaled = rounded(figure * HUNDRED, 2)
        if figure > 0 and not scaled:
            return "<0.01%"
        places = -int(scaled.normalize().as_tuple().exponent)
        return self._written(scaled, max(places, 0)) + "%"

    def rate(self, value: Figure) -> str:
        """A level between 0 and 1 as per cent; small ones keep another digit."""
        figure = exact(value)
        is_small = figure is not None and 0 < abs(figure) < Decimal("0.01")
        return self.percent(value, digits=2 if is_small else 1)

    def points(self, value: Figure) -> str:
        """A change of a rate in points, with its sign and the word."""
        return self.change(value, "rate")

    def size(self, value: Figure) -> str:
        """The size of a change of a rate in points: no direction, so no sign.

        >>> Numbers("en", "CNY", {"points": " points"}).size(-0.0512)
        '5.1 points'
        """
        figure = exact(value)
        return NONE if figure is None else self.points(abs(figure)).removeprefix("+")

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

    def roi_span(self, lower: Figure, upper: Figure) -> str:
        """Two ROIs as `x to y`, both with the same digits.

        >>> Numbers("en", "CNY", {"to": "{x} to {y}"}).roi_span(-0.026, 1.86)
        '−3% to 186%'
        """
        ends = [end * HUNDRED for end in (exact(lower), exact(upper)) if end is not None]
        if len(ends) < 2:  # noqa: PLR2004 - an interval has two ends
            return NONE
        digits = _kept(ends, 0 if max(map(abs, ends)) >= HUNDRED else 1)
        return self.span(*(self._written(rounded(end, digits), digits) + "%" for end in ends))

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

    def price(self, value: Figure, *, digits: int | None = None) -> str:
        """A unit price, with cents; small ones keep three digits that matter.

        >>> Numbers("en", "CNY", {}).price(Decimal("0.045"))
        'CN¥0.0450'
        """
        return self._amount(value, price_digits(value) if digits is None else digits)

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

    def change(self, value: Figure, unit: MetricUnit, *, ends: Sequence[Figure] = ()) -> str:
        """A metric's absolute change in its own unit; a rate's in points.

        Args:
            value: the change.
            unit: unit of the metric.
            ends: of the change's interval where it stands beside it; all get the same digits.
        """
        figure = exact(value)
        if figure is None:
            return NONE
        digits = _change_digits(figure, ends, unit)
        if unit == "money":
            return self._amount(figure, digits, signed=True)
        scaled = figure * HUNDRED if unit == "rate" else figure
        return self._named(self._written(rounded(scaled, digits), digits, signed=True), unit)

    def relative(self, value: Figure) -> str:
        """A relative change, named as such: `相对 +123.8%`."""
        if exact(value) is None:
            return NONE
        return self.words["relative"].format(x=self.percent(value, signed=True))

    def change_both(
        self, value: Figure, relative: Figure, unit: MetricUnit, *, ends: Sequence[Figure] = ()
    ) -> str:
        """Absolute change with the relative one behind it in brackets, if there is one."""
        absolute = self.change(value, unit, ends=ends)
        if exact(relative) is None:
            return absolute
        return self.words["in_brackets"].format(x=absolute, y=self.relative(relative))

    def interval(
        self, lower: Figure, upper: Figure, unit: MetricUnit, *, beside: Figure = None
    ) -> str:
        """Both ends of a change's interval, the unit said once.

        Args:
            lower: lower end.
            upper: upper end.
            unit: unit of the metric.
            beside: the change itself where it stands beside; all three get the same digits.
        """
        low, high = exact(lower), exact(upper)
        if low is None or high is None:
            return NONE
        digits = _change_digits(exact(beside), (low, high), unit)
        if unit == "money":
            return self.span(*(self._amount(end, digits, signed=True) for end in (low, high)))
        scale = HUNDRED if unit == "rate" else 1
        ends = (
            self._written(rounded(end * scale, digits), digits, signed=True) for end in (low, high)
        )
        return self._named(self.span(*ends), unit)

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

    def _named(self, text: str, unit: MetricUnit) -> str:
        """A change with the word for its unit, if the unit has one."""
        if unit == "rate":
            return text + self.words["points"]
        return self._with_unit(text, unit) if f"unit_{unit}" in self.words else text

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


def _change_digits(change: Decimal | None, ends: Sequence[Figure], unit: MetricUnit) -> int:
    """Digits with which a change and the ends of its interval are written side by side."""
    if unit == "money":
        return 2
    scale = HUNDRED if unit == "rate" else Decimal(1)
    known = [end * scale for end in map(exact, ends) if end is not None]
    every = known if change is None else [change * scale, *known]
    largest = max(map(abs, every), default=Decimal(0))
    small_rate = 2 if 0 < largest < 1 else 1
    return _kept(known or every, small_rate if unit == "rate" else places_of(largest))


def _kept(figures: Sequence[Decimal], digits: int) -> int:
    """At most two digits more, so that an end that is not zero does not read as zero."""
    for more in range(2):
        if all(rounded(figure, digits + more) for figure in figures if figure):
            return digits + more
    return digits + 2


def price_digits(value: Figure) -> int:
    """Digits a unit price is printed with at least."""
    figure = exact(value)
    is_small = figure is not None and 0 < abs(figure) < 1
    return 2 if figure is None or not is_small else 2 - figure.adjusted()


def places_of(figure: Decimal) -> int:
    """Digits behind the point for a figure whose unit does not say: about three that matter."""
    size = abs(figure)
    for limit, places in ((100, 0), (10, 1), (1, 2)):
        if size >= limit:
            return places
    return 3 if size else 0
