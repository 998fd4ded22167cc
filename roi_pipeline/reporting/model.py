"""What a report consists of, decided and worded but not laid out.

`sections` fills these values, templates lay them out as HTML, Markdown or e-mail. Every text is
final prose in one language, not yet escaped; every position is a share of the width it is drawn in.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from roi_pipeline.domain.study import Paper

Tone = Literal["good", "bad", "warn", "quiet", "plain"]
Align = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Whisker:
    """An interval drawn inside a table cell: positions from 0 to 1, `zero` is no change.

    Attributes:
        bar: where the standard's bar lies; None when there is none, or it is not to be drawn.
    """

    lower: float
    point: float
    upper: float
    zero: float
    tone: Tone
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class Spark:
    """A figure over cycles as columns inside a table cell, for eyes that want its course only.

    Attributes:
        columns: (bottom, height, is negative) of each cycle, as shares of the height.
        alt: the same in words.
    """

    columns: tuple[tuple[float, float, bool], ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a table: the text, a smaller note below it, and how it is to be read.

    Attributes:
        figure: the id of the figure that `text` prints, so that it can be found and compared.
    """

    text: str
    note: str = ""
    tone: Tone = "plain"
    chip: bool = False
    whisker: Whisker | None = None
    code: str = ""
    href: str = ""
    spark: Spark | None = None
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """Heading of a table column; our own words and figures are `steady`: broken at spaces only."""

    title: str
    align: Align = "start"
    is_steady: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings; `feet` are totals. The first column names the row.

    Attributes:
        is_sortable: its rows stand side by side, so that a reader may want another order.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    feet: tuple[tuple[Cell, ...], ...] = ()
    note: str = ""
    is_wide: bool = False
    is_sortable: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure with its name; `figure` is its id, as in a cell."""

    label: str
    value: str
    note: str = ""
    tone: Tone = "plain"
    figure: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A row of figures."""

    items: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs."""

    texts: tuple[str, ...]
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences under an optional heading."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence that must not be overlooked."""

    text: str
    tone: Tone = "warn"


@dataclass(frozen=True, slots=True)
class Line:
    """One result: a name, the verdict in a word, the figures."""

    text: str
    verdict: str = ""
    tone: Tone = "plain"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A titled box: a heading, a question it answers, and its lines."""

    title: str
    lead: str
    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """Boxes side by side."""

    items: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the evidence ladder."""

    grade: str
    name: str
    is_held: bool
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The evidence ladder A to E with what stands on each rung."""

    rungs: tuple[Rung, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fold:
    """Particulars shown on demand on screen, always in print."""

    title: str
    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class SeriesChart:
    """A metric over time beside what it would have been without the module.

    Attributes:
        points: (day, observed, counterfactual, lower, upper).
        go_lives: the first day of every wave, in order.
        band_label: what the band is, in the legend; empty when there is none.
        limit: the level a guardrail must keep, in the stored unit.
        scale: factor from the stored to the shown unit (100 for rates).
    """

    id: str
    title: str
    unit: str
    points: tuple[tuple[date, float | None, float | None, float | None, float | None], ...]
    go_lives: tuple[date, ...]
    go_live_label: str
    observed_label: str
    counterfactual_label: str
    band_label: str = ""
    limit: float | None = None
    limit_label: str = ""
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class EventChart:
    """The effect at each distance from go-live: (periods since go-live, estimate, lower, upper).

    Attributes:
        scale: factor from the stored to the shown unit (100 for rates).
    """

    id: str
    title: str
    unit: str
    axis: str
    points: tuple[tuple[int, float, float, float], ...]
    go_live_label: str
    before_label: str
    after_label: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class ForestChart:
    """Relative effects with intervals, one row each: (name, estimate, lower, upper, tone)."""

    id: str
    title: str
    axis: str
    rows: tuple[tuple[str, float, float, float, Tone], ...]
    better: str
    worse: str
    unclear: str


@dataclass(frozen=True, slots=True)
class WaterfallChart:
    """Steps from a first to a last amount: (name, amount, is_total, written amount)."""

    id: str
    title: str
    steps: tuple[tuple[str, float, bool, str], ...]


@dataclass(frozen=True, slots=True)
class TornadoChart:
    """How far each input moves ROI: (name, ROI low, ROI high, label low, label high), as fractions."""

    id: str
    title: str
    axis: str
    base: float
    bar: float | None
    bar_label: str
    rows: tuple[tuple[str, float, float, str, str], ...]


@dataclass(frozen=True, slots=True)
class TrendChart:
    """ROI over cycles: (cycle, ROI as a fraction or None, ROI written, P(ROI ≥ bar) written).

    Attributes:
        unrated: keys of the cycles that were not rated; their points are hollow.
    """

    id: str
    title: str
    axis: str
    bar: float | None
    bar_label: str
    points: tuple[tuple[str, float | None, str, str], ...]
    unrated: tuple[str, ...] = ()


Chart = SeriesChart | EventChart | ForestChart | WaterfallChart | TornadoChart | TrendChart


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with the sentence that says what it shows and a text for those who cannot see it."""

    chart: Chart
    caption: str
    alt: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Charts side by side."""

    items: tuple[Figure, ...]


Block = (
    Table | Facts | Prose | Bullets | Note | Cards | Ladder | Fold | Figures
)  # what a section is made of


@dataclass(frozen=True, slots=True)
class Section:
    """One titled part of a report.

    Attributes:
        blocks: the particulars; on a screen folded away, in print open.
        gist: what the section found, in one line; stands beside the title.
        is_open: nothing is folded away.
        is_appendix: printed behind the body of the report.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    lead: str = ""
    gist: str = ""
    is_open: bool = False
    is_appendix: bool = False


@dataclass(frozen=True, slots=True)
class Gauge:
    """ROI with its interval on a line from `low` to `high`; positions from 0 to 1.

    Attributes:
        marks: (position, label) of zero and the bar.
    """

    lower: float
    point: float
    upper: float
    marks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """What an owner reads first, and perhaps only."""

    verdict: str
    verdict_tone: Tone
    roi: str
    roi_label: str
    interval: str
    sentence: str
    grade: str
    grade_name: str
    action: str
    action_reason: str
    decide_by: str
    facts: tuple[Fact, ...]
    points: tuple[Line, ...]
    gauge: Gauge | None = None


@dataclass(frozen=True, slots=True)
class ToDo:
    """One decision: who does what by when, why, and the money at stake."""

    due: str
    what: str
    owner: str
    reason: str
    stake: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class PageOne:
    """What is forwarded alone: one printed page, one telephone scroll.

    Attributes:
        story: the report in one sentence.
        facts: at most four figures.
        table: a row per module, or per goal of a module.
        to_do: decisions in the order they are due.
        warnings: what throws doubt on the figures before anybody reads them, such as stale sources.
        figures: the one or two charts that say most.
        more: says how many rows or decisions stand further down only; empty when all stand here.
    """

    story: str
    facts: tuple[Fact, ...]
    table: Table | None
    to_do: tuple[ToDo, ...]
    more: str = ""
    warnings: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One report in one language.

    Attributes:
        module_id: the module, or `portfolio`.
        ribbon: says draft or restated in one word; empty for a final edition.
        paper: what it is printed on.
    """

    module_id: str
    language: str
    title: str
    subtitle: str
    company: str
    cycle: str
    period: str
    status: str
    ribbon: str
    headline: Headline
    page_one: PageOne
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    paper: Paper = "A4"
