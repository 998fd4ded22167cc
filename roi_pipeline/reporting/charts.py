"""Charts as static pictures: described in `model`, drawn with Altair, rendered without a browser.

Colours are safe for colour-blind readers and never the only sign; every chart has a width that stays
legible on a telephone. Titles, captions and alternative texts stand outside the picture.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from roi_pipeline.reporting.chart_texts import LABEL_WIDTH, room_for, widest, wrapped
from roi_pipeline.reporting.drawings import drawn_once
from roi_pipeline.reporting.fonts import STACK, register_fonts
from roi_pipeline.reporting.model import (
    Chart,
    EventChart,
    ForestChart,
    SeriesChart,
    Tone,
    TornadoChart,
    TrendChart,
    WaterfallChart,
)

if TYPE_CHECKING:
    import altair as alt

WIDTH = 440  # with FONT_SIZE: 11 px on a telephone of 390 px, 15 px in a column of a desk
FONT_SIZE = 13.8
INK, MUTED, GRID = "#1c2733", "#5a6675", "#e4e8ed"
MAIN, OTHER, BAND = "#0b5cad", "#6f7b8a", "#d5dce5"
GOOD, BAD, QUIET = "#00766c", "#c2410c", "#78838f"
# What each colour becomes on a dark page; the page's style sheet exchanges them.
DARK: dict[str, str] = {
    INK: "#e8ecf1",
    MUTED: "#a3aebb",
    GRID: "#2c3744",
    MAIN: "#6db3f8",
    OTHER: "#93a0af",
    BAND: "#34404e",
    GOOD: "#45c4b4",
    BAD: "#ff9a6b",
    QUIET: "#8f9baa",
}
TONES: dict[Tone, str] = {"good": GOOD, "bad": BAD, "quiet": QUIET, "warn": BAD, "plain": MAIN}
ROW_HEIGHT = 36  # room for a name in two lines
PER_CENT = 100.0
OVER_THE_RULES = 22  # between a plot and its legend, for the name of go-live
NAMED_LEFT_FROM = 0.6  # a go-live in the last two fifths has its name before it
# Where a bar's figure stands: (direction of the bar, alignment, distance).
TEXT_SIDES: tuple[tuple[str, Literal["left", "right"], int], ...] = (
    ("up", "left", 5),
    ("down", "right", -5),
)
THEME: dict[str, Any] = {
    "font": STACK,
    "padding": {"left": 4, "right": 6, "top": 8, "bottom": 4},
    "autosize": {"type": "fit", "contains": "padding"},
    "view": {"stroke": None},
    "axis": {
        "labelFont": STACK, "titleFont": STACK, "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "titleFontWeight": "normal", "labelColor": MUTED, "titleColor": MUTED,
        "gridColor": GRID, "domainColor": GRID, "tickColor": GRID, "labelLimit": 2 * LABEL_WIDTH,
    },
    "legend": {
        "labelFont": STACK, "labelFontSize": FONT_SIZE, "labelColor": INK, "orient": "top",
        "title": None, "symbolStrokeWidth": 2.5, "labelLimit": WIDTH, "padding": 0, "offset": 6,
        "layout": {"top": {"direction": "vertical", "anchor": "start"}},
    },
    "text": {"font": STACK, "fontSize": FONT_SIZE},
}  # fmt: skip


def chart_svg(chart: Chart) -> str:
    """The chart as SVG to stand inside a page, its ids unique to the chart."""
    svg = drawn_once(chart, _drawn)
    svg = re.sub(r' (?:aria-[a-z]+|role)="[^"]*"', "", svg)
    svg = re.sub(r'(id="|url\(#)([^")]+)', rf"\g<1>{chart.id}-\g<2>", svg)
    svg = re.sub(r' xmlns(?::xlink)?="[^"]*"', "", svg, count=2)
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _drawn(chart: Chart) -> str:
    import vl_convert

    register_fonts()
    return vl_convert.vegalite_to_svg(_specification(chart))


def chart_png(chart: Chart, *, scale: float = 2.0) -> bytes:
    """The chart as PNG on white, for e-mail."""
    import vl_convert

    register_fonts()
    return vl_convert.vegalite_to_png(_specification(chart, background="#ffffff"), scale=scale)


def _specification(chart: Chart, background: str = "transparent") -> dict[str, Any]:
    """The chart in Vega-Lite's words; rows and theme are joined last, which Altair would copy often."""
    from altair.utils.schemapi import debug_mode

    data = _Rows()
    with debug_mode(False):  # noqa: FBT003 - Altair's own signature; every chart is tested
        match chart:
            case SeriesChart():
                drawing = _series(chart, data)
            case EventChart():
                drawing = _events(chart, data)
            case ForestChart():
                drawing = _forest(chart, data)
            case WaterfallChart():
                drawing = _waterfall(chart, data)
            case TornadoChart():
                drawing = _tornado(chart, data)
            case TrendChart():
                drawing = _trend(chart, data)
        specification = drawing.to_dict(validate=False)
    specification["datasets"] = data.sets
    specification["config"] = {**THEME, "background": background}
    return specification


class _Rows:
    """The rows of a chart's layers, kept outside the drawing under their numbers."""

    def __init__(self) -> None:
        self.sets: dict[str, list[dict[str, Any]]] = {}

    def __call__(self, rows: list[dict[str, Any]]) -> "alt.NamedData":
        """Keep `rows` and give the name they are drawn by."""
        import altair as alt

        name = f"rows-{len(self.sets)}"
        self.sets[name] = rows
        return alt.NamedData(name=name)


def _layers(*layers: "alt.Chart | None", height: int) -> Any:  # noqa: ANN401 - Altair's own union
    import altair as alt

    drawn = [layer for layer in layers if layer is not None]
    return alt.layer(*drawn).properties(width=WIDTH, height=height)


def _series(chart: SeriesChart, data: _Rows) -> Any:  # noqa: ANN401
    import altair as alt

    def scaled(value: float | None) -> float | None:
        return None if value is None else round(value * chart.scale, 6)

    lines, band = [], []
    for day, observed, expected, low, high in chart.points:
        stamp = day.isoformat()
        pairs = ((chart.observed_label, observed), (chart.counterfactual_label, expected))
        lines += [{"d": stamp, "s": name, "y": scaled(y)} for name, y in pairs if y is not None]
        if low is not None and high is not None:
            is_rate = chart.scale == PER_CENT  # a rate's band is drawn where rates can be
            ends = (max(low, 0.0), min(high, 1.0)) if is_rate else (low, high)
            band.append(
                {"d": stamp, "l": scaled(ends[0]), "u": scaled(ends[1]), "s": chart.band_label}
            )
    axis = alt.Axis(
        format="%Y-%m", tickCount={"interval": "month", "step": _months(chart)}, grid=False,
        title=None, labelOverlap=True,
    )  # fmt: skip
    x = alt.X("d:T", scale=alt.Scale(type="utc"), axis=axis)
    y_axis = alt.Axis(title=chart.unit or None, tickCount=5, domain=False, ticks=False)
    color, dash = _series_scales(chart)
    key = alt.Legend(offset=OVER_THE_RULES, symbolType="square") if chart.band_label else None
    fill = alt.Fill("s:N", scale=alt.Scale(domain=[chart.band_label], range=[BAND]), legend=key)
    area = (
        alt.Chart(data(band))
        .mark_area(opacity=0.75)
        .encode(
            x=x,
            y=alt.Y("l:Q", axis=y_axis, scale=alt.Scale(zero=False)),
            y2=alt.Y2("u:Q"),
            fill=fill,
        )
        if band
        else None
    )
    line = (
        alt.Chart(data(lines))
        .mark_line(strokeWidth=2.2)
        .encode(
            x=x,
            y=alt.Y("y:Q", axis=y_axis, scale=alt.Scale(zero=False)),
            color=color,
            strokeDash=dash,
        )
    )
    return _layers(area, *_limit(chart, data), *_go_live(chart, x, data), line, height=250)


def _series_scales(chart: SeriesChart) -> tuple["alt.Color", "alt.StrokeDash"]:
    """Colour and dash of every line, each with its entry in the legend."""
    import altair as alt

    entries = [(chart.observed_label, MAIN, [1, 0]), (chart.counterfactual_label, OTHER, [5, 4])]
    if chart.limit is not None:
        entries.append((chart.limit_label, BAD, [8, 3]))
    names = [name for name, _, _ in entries]
    color = alt.Scale(domain=names, range=[color for _, color, _ in entries])
    dash = alt.Scale(domain=names, range=[dash for _, _, dash in entries])
    key = alt.Legend(offset=6 if chart.band_label else OVER_THE_RULES)
    return alt.Color("s:N", scale=color, legend=key), alt.StrokeDash("s:N", scale=dash, legend=key)


def _limit(chart: SeriesChart, data: _Rows) -> tuple["alt.Chart", ...]:
    """The level a guardrail must keep, across the chart."""
    import altair as alt

    if chart.limit is None:
        return ()
    color, dash = _series_scales(chart)
    row = data([{"y": round(chart.limit * chart.scale, 6), "s": chart.limit_label}])
    rule = alt.Chart(row).mark_rule(strokeWidth=1.8)
    return (rule.encode(y=alt.Y("y:Q"), color=color, strokeDash=dash),)


def _months(chart: SeriesChart) -> int:
    first, last = chart.points[0][0], chart.points[-1][0]
    return max(1, round((last - first).days / 30 / 6))


def _go_live(chart: SeriesChart, x: "alt.X", data: _Rows) -> tuple["alt.Chart", ...]:
    """A rule for every wave; the first is named, on the side that has room for it."""
    import altair as alt

    if not chart.go_lives:
        return ()
    days = [{"d": day.isoformat()} for day in chart.go_lives]
    rule = (
        alt.Chart(data(days)).mark_rule(color=INK, strokeDash=[2, 3], strokeWidth=1.2).encode(x=x)
    )
    first, last = chart.points[0][0], chart.points[-1][0]
    is_late = (chart.go_lives[0] - first).days > NAMED_LEFT_FROM * (last - first).days
    row = data([{"d": chart.go_lives[0].isoformat(), "t": chart.go_live_label}])
    text = (
        alt.Chart(row)
        .mark_text(
            align="right" if is_late else "left", baseline="bottom", y=-3, color=INK,
            fontWeight="bold",
        )
        .encode(x=x, text=alt.Text("t:N"))
    )  # fmt: skip
    return rule, text


def _events(chart: EventChart, data: _Rows) -> Any:  # noqa: ANN401
    """Placebo effects before go-live as open diamonds, effects after it as filled dots."""
    import altair as alt

    names, colours = [chart.before_label, chart.after_label], [OTHER, MAIN]
    rows = [
        {
            "x": period,
            "s": names[period >= 0],
            **{key: round(y * chart.scale, 6) for key, y in zip("elu", ends, strict=True)},
        }
        for period, *ends in chart.points
    ]
    axis = alt.Axis(title=chart.axis, tickMinStep=1, tickCount=8, grid=False)
    x = alt.X("x:Q", axis=axis, scale=alt.Scale(nice=False, padding=12))
    y_axis = alt.Axis(title=chart.unit or None, tickCount=5, domain=False, ticks=False)
    key = alt.Legend(offset=OVER_THE_RULES)
    colour = alt.Color("s:N", scale=alt.Scale(domain=names, range=colours), legend=key)
    shapes = alt.Scale(domain=names, range=["diamond", "circle"])
    shape = alt.Shape("s:N", scale=shapes, legend=key)
    base = alt.Chart(data(rows)).encode(x=x, color=colour)
    whiskers = base.mark_rule(strokeWidth=1.8, strokeCap="round").encode(
        y=alt.Y("l:Q", axis=y_axis), y2=alt.Y2("u:Q")
    )
    points = base.mark_point(size=52, filled=True, opacity=1).encode(
        y=alt.Y("e:Q", axis=y_axis), shape=shape
    )
    zero = alt.Chart(data([{"y": 0}])).mark_rule(color=INK, strokeWidth=1).encode(y=alt.Y("y:Q"))
    row = alt.Chart(data([{"x": -0.5, "t": chart.go_live_label}]))
    line = row.mark_rule(color=INK, strokeDash=[2, 3], strokeWidth=1.2).encode(x=x)
    text = row.mark_text(
        align="right", baseline="bottom", y=-3, color=INK, fontWeight="bold"
    ).encode(x=x, text=alt.Text("t:N"))
    return _layers(zero, line, whiskers, points, text, height=230)


def _row_axis() -> "alt.Axis":
    import altair as alt

    return alt.Axis(
        title=None, domain=False, ticks=False, labelColor=INK, labelPadding=8,
        labelExpr=r"split(datum.label, '\n')",
        labelBaseline={
            "condition": {"test": r"indexof(datum.label, '\n') > 0", "value": "bottom"},
            "value": "middle",
        }, labelLineHeight=FONT_SIZE * 1.15,
    )  # fmt: skip


def _forest(chart: ForestChart, data: _Rows) -> Any:  # noqa: ANN401
    import altair as alt

    words = {"good": chart.better, "bad": chart.worse, "quiet": chart.unclear}
    rows = [
        {
            "n": wrapped(name),
            "e": point,
            "l": lower,
            "u": upper,
            "t": words.get(tone, chart.unclear),
        }
        for name, point, lower, upper, tone in chart.rows
    ]
    used = [tone for tone in ("good", "quiet", "bad") if any(r["t"] == words[tone] for r in rows)]
    domain, colours = [words[tone] for tone in used], [TONES[tone] for tone in used]  # type: ignore[index]
    shapes = [{"good": "circle", "quiet": "diamond", "bad": "square"}[tone] for tone in used]
    y = alt.Y("n:N", sort=None, axis=_row_axis())
    x_axis = alt.Axis(
        title=chart.axis, tickCount=5, labelOverlap=True, labelSeparation=6, domain=False, ticks=False,
        labelExpr="datum.value ? format(datum.value, '+.0%') : '0%'",
    )  # fmt: skip
    colour = alt.Color("t:N", scale=alt.Scale(domain=domain, range=colours))
    base = alt.Chart(data(rows))
    zero = alt.Chart(data([{"x": 0}])).mark_rule(color=INK, strokeWidth=1).encode(x=alt.X("x:Q"))
    whiskers = base.mark_rule(strokeWidth=2.4, strokeCap="round").encode(
        x=alt.X("l:Q", axis=x_axis), x2=alt.X2("u:Q"), y=y, color=colour
    )
    points = base.mark_point(size=85, filled=True, opacity=1).encode(
        x=alt.X("e:Q", axis=x_axis), y=y, color=colour,
        shape=alt.Shape("t:N", scale=alt.Scale(domain=domain, range=shapes)),
    )  # fmt: skip
    return _layers(zero, whiskers, points, height=70 + ROW_HEIGHT * len(rows))


def _waterfall(chart: WaterfallChart, data: _Rows) -> Any:  # noqa: ANN401
    import altair as alt

    rows, level = [], 0.0
    for name, amount, is_total, written in chart.steps:
        start, end = (0.0, amount) if is_total else (level, level + amount)
        level = end
        kind = "down" if amount < 0 else "total" if is_total else "up"
        rows.append(
            {
                "n": wrapped(name),
                "a": start,
                "b": end,
                "m": max(start, end, 0),
                "k": kind,
                "w": written,
            }
        )
    highest = max((row["m"] for row in rows), default=1.0) or 1.0
    lowest = min(0.0, *(min(row["a"], row["b"]) for row in rows))
    room = room_for(highest - lowest, widest(row["w"] for row in rows), 0)
    x = alt.X("a:Q", axis=None, scale=alt.Scale(domain=[lowest, highest + room], nice=False))
    colour = alt.Color(
        "k:N", scale=alt.Scale(domain=["total", "up", "down"], range=[MAIN, GOOD, BAD]), legend=None
    )
    y = alt.Y("n:N", sort=None, axis=_row_axis(), scale=alt.Scale(paddingInner=0.28))
    base = alt.Chart(data(rows)).encode(y=y)
    bars = base.mark_bar(cornerRadius=2).encode(x=x, x2=alt.X2("b:Q"), color=colour)
    texts = base.mark_text(align="left", dx=6, color=INK).encode(
        x=alt.X("m:Q", axis=None), text=alt.Text("w:N")
    )
    zero = alt.Chart(data([{"x": 0}])).mark_rule(color=MUTED).encode(x=alt.X("x:Q", axis=None))
    return _layers(bars, zero, texts, height=16 + ROW_HEIGHT * len(rows))


def _tornado(chart: TornadoChart, data: _Rows) -> Any:  # noqa: ANN401
    import altair as alt

    rows = []
    for name, low, high, low_label, high_label in chart.rows:
        for roi, label in ((low, low_label), (high, high_label)):
            side = "down" if roi < chart.base else "up"
            rows.append({"n": wrapped(name), "a": chart.base, "b": roi, "w": label, "k": side})
    axis = alt.Axis(format=".0%", title=chart.axis, tickCount=6, domain=False, ticks=False)
    ends = [row["b"] for row in rows] + [chart.base]
    sides = [widest(row["w"] for row in rows if row["k"] == side) for side in ("down", "up")]
    left, right = (room_for(max(ends) - min(ends) or 1, *pair) for pair in (sides, sides[::-1]))
    scale = alt.Scale(domain=[min(ends) - left, max(ends) + right], nice=False)
    y = alt.Y("n:N", sort=None, axis=_row_axis(), scale=alt.Scale(paddingInner=0.3))
    colour = alt.Color(
        "k:N", scale=alt.Scale(domain=["up", "down"], range=[GOOD, BAD]), legend=None
    )
    base = alt.Chart(data(rows)).encode(y=y)
    bars = base.mark_bar(cornerRadius=2).encode(
        x=alt.X("a:Q", axis=axis, scale=scale), x2=alt.X2("b:Q"), color=colour
    )
    texts = [
        base.transform_filter(f"datum.k == '{side}'")
        .mark_text(align=align, dx=dx, color=INK)
        .encode(x=alt.X("b:Q", axis=axis, scale=scale), text=alt.Text("w:N"))
        for side, align, dx in TEXT_SIDES
    ]
    rule = alt.Chart(data([{"x": chart.base}])).mark_rule(color=INK).encode(x=alt.X("x:Q"))
    bar = _bar_rule(chart.bar, chart.bar_label, "x", data) if _inside(chart.bar, scale) else ()
    return _layers(bars, rule, *bar, *texts, height=54 + ROW_HEIGHT * len(chart.rows))


def _inside(bar: float | None, scale: "alt.Scale") -> bool:
    low, high = scale.domain
    return bar is not None and low < bar < high


def _bar_rule(bar: float | None, label: str, axis: str, data: _Rows) -> tuple["alt.Chart", ...]:
    """The rating's bar as a dashed line across the chart, named at its end."""
    import altair as alt

    row = alt.Chart(data([{"v": bar, "t": label}]))
    rule = row.mark_rule(color=MUTED, strokeDash=[5, 4])
    if axis == "x":
        text = row.mark_text(align="left", baseline="bottom", dx=4, y=-3, color=MUTED)
        return rule.encode(x=alt.X("v:Q")), text.encode(x=alt.X("v:Q"), text=alt.Text("t:N"))
    text = row.mark_text(align="right", baseline="bottom", dy=-4, x="width", color=MUTED)
    return rule.encode(y=alt.Y("v:Q")), text.encode(y=alt.Y("v:Q"), text=alt.Text("t:N"))


def _trend(chart: TrendChart, data: _Rows) -> Any:  # noqa: ANN401
    import altair as alt

    rows = [
        {"c": f"{cycle}|{chance}", "r": roi, "w": written, "h": cycle in chart.unrated}
        for cycle, roi, written, chance in chart.points
        if roi is not None
    ]
    cycles = [f"{cycle}|{chance}" for cycle, _, _, chance in chart.points]
    under = alt.Axis(title=None, labelAngle=0, ticks=False, labelExpr="split(datum.label, '|')")
    x = alt.X("c:O", sort=cycles, axis=under, scale=alt.Scale(domain=cycles))
    axis = alt.Axis(format=".0%", title=chart.axis, tickCount=5, domain=False, ticks=False)
    base = alt.Chart(data(rows)).encode(x=x, y=alt.Y("r:Q", axis=axis))
    line = base.mark_line(color=MAIN, strokeWidth=2)
    dots = base.mark_point(color=MAIN, filled=True, size=70, opacity=1).transform_filter("!datum.h")
    hollow = base.mark_point(color=MAIN, filled=False, size=70, opacity=1, strokeWidth=2)
    hollow = hollow.transform_filter("datum.h")
    values = base.mark_text(dy=-13, color=INK, fontWeight="bold").encode(text=alt.Text("w:N"))
    zero = alt.Chart(data([{"v": 0}])).mark_rule(color=MUTED).encode(y=alt.Y("v:Q"))
    bar = _bar_rule(chart.bar, chart.bar_label, "y", data) if chart.bar is not None else ()
    return _layers(zero, *bar, line, dots, hollow, values, height=230)


def dark_rules() -> str:
    """Style rules that exchange the colours of charts on a dark page."""
    pairs: Callable[[str], str] = lambda paint: "".join(  # noqa: E731
        f'svg [{paint}="{light}"]{{{paint}:{dark}}}' for light, dark in DARK.items()
    )
    return pairs("fill") + pairs("stroke")
