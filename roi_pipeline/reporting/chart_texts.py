"""How wide texts of a chart are, and how a name is broken so that none is cut."""

import re
from collections.abc import Iterable

PLOT_WIDTH = 270  # of a chart with a row for each name; the names stand beside it
FEWEST_PIXELS = 90  # that bars keep, however long the figures beside them
BREAK = "\n"
SIDE = 8  # pixels kept free beside a figure
WIDE_FROM = "\u2e80"  # first of the characters that are as wide as they are high
LABEL_WIDTH = 165
MOST_LINES = 3  # of a name beside its row; the table has the rest of a longer one


def wrapped(name: str) -> str:
    """The name in lines that fit beside its row: broken between words, Chinese anywhere.

    >>> wrapped("Outbound calls per agent and day").split(BREAK)
    ['Outbound calls per', 'agent and day']
    """
    pieces = re.findall(rf"[{WIDE_FROM}-\U0010ffff]|[^\s{WIDE_FROM}-\U0010ffff]+|\s+", name)
    lines, width = [""], 0.0
    for piece in pieces:
        size = widest([piece]) - SIDE
        if width + size > LABEL_WIDTH and lines[-1].strip():
            lines.append("")
            width = 0.0
        if piece.strip() or lines[-1]:
            lines[-1] += piece
            width += size
    lines = [line.strip() for line in lines if line.strip()]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], lines[MOST_LINES - 1] + "…"]
    return BREAK.join(lines)


def widest(texts: Iterable[str]) -> float:
    """Pixels the widest of figures takes beside its bar."""
    sizes = ([14.0 if c >= WIDE_FROM else 8.0 for c in text] for text in texts)
    return max((sum(size) for size in sizes), default=0.0) + SIDE


def room_for(span: float, here: float, there: float) -> float:
    """How far an axis reaches beyond its bars for figures that take so many pixels.

    Args:
        span: what the bars cover, in the axis's own unit.
        here: pixels of the figures at this end.
        there: pixels of the figures at the other end.
    """
    return span * here / max(PLOT_WIDTH - here - there, FEWEST_PIXELS)
