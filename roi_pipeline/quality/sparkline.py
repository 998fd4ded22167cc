"""A rule's history as a small static SVG: one bar per run, its height the share of broken rows."""

from collections.abc import Sequence

from roi_pipeline.domain.histories import RuleRun

BAR, GAP, HEIGHT, SHOWN_RUNS = 7, 2, 30, 30
FLOOR = 2.0


def share_broken(run: RuleRun) -> float:
    """Fraction of the rows asked that broke the rule; all of them when it could not be asked."""
    if not run.was_evaluated:
        return 1.0
    return run.n_unexpected / run.n_checked if run.n_checked else 0.0


def sparkline(runs: Sequence[RuleRun], *, label: str) -> str:
    """SVG of the latest runs, oldest left; `label` must already be escaped.

    The tallest bar is the worst run, so the shape shows the course and the table beside it the
    figures. Colours come from the page's classes.
    """
    latest = runs[-SHOWN_RUNS:]
    worst = max((share_broken(run) for run in latest), default=0.0)
    bars = [_bar(position, run, worst) for position, run in enumerate(latest)]
    width = len(latest) * (BAR + GAP)
    return (
        f'<svg class="spark" role="img" aria-label="{label}" width="{width}" height="{HEIGHT}" '
        f'viewBox="0 0 {width} {HEIGHT}"><line class="floor" x1="0" x2="{width}" '
        f'y1="{HEIGHT - 0.5}" y2="{HEIGHT - 0.5}"></line>{"".join(bars)}</svg>'
    )


def _bar(position: int, run: RuleRun, worst: float) -> str:
    scaled = share_broken(run) / worst if worst else 0.0
    height = FLOOR + scaled * (HEIGHT - FLOOR - 2)
    kind = "ok" if run.passed else run.severity
    return (
        f'<rect class="{kind}" x="{position * (BAR + GAP)}" y="{HEIGHT - 1 - height:.1f}" '
        f'width="{BAR}" height="{height:.1f}" rx="1.5"></rect>'
    )
