"""`roi diff`: how ROI got from one edition to another, and every figure that moved with its cause."""

from collections.abc import Iterator
from decimal import Decimal

from roi_pipeline.archive import Archive, changed_inputs, moved_figures
from roi_pipeline.domain.editions import BridgeStep, PreviousEdition
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.usecases.histories import rated_roi, read_kept

SHORT = 12


def diff_lines(archive: Archive, before: str, after: str) -> Iterator[str]:
    """The bridge of every module, the inputs that changed, the figures that moved."""
    old, new = archive.manifest(before), archive.manifest(after)
    yield f"{before} → {after}"
    yield from _bridges(archive, before, after)
    changes = changed_inputs(old, new)
    yield f"inputs that changed: {len(changes)}"
    for item in changes:
        yield f"  {item.kind} {item.name}: {_short(item.before)} → {_short(item.after)}"
    if old.as_of != new.as_of:
        yield f"  day: {old.as_of} → {new.as_of}"
    moved = moved_figures(old, new)
    yield f"figures that moved: {len(moved)}"
    for figure in moved:
        causes = ", ".join(cause.replace("_", " ") for cause in figure.causes)
        yield f"  {figure.name}: {figure.before or '—'} → {figure.after or '—'} ({causes})"


def _bridges(archive: Archive, before: str, after: str) -> Iterator[str]:
    from roi_pipeline import finance

    old, new = read_kept(archive, before), read_kept(archive, after)
    for module in new.modules:
        then = old.value(module.module_id)
        if then is None:
            yield f"{module.module_id}: not in {before}"
            continue
        yield f"{module.module_id}: ROI {_shown(then)} → {_shown(module.value)}"
        steps = _stored_bridge(archive, before, module.previous) or finance.bridge(
            then, module.value, scope="rated"
        )
        for step in steps:
            yield f"  {step.cause.replace('_', ' ')}: {_signed(step.roi_change)}"
        if not steps:
            yield "  no step: ROI did not move, or one of the two has none"


def _stored_bridge(
    archive: Archive, before: str, previous: PreviousEdition | None
) -> tuple[BridgeStep, ...]:
    """The bridge printed in the later edition, when it compares itself with the earlier one."""
    if previous is None or previous.edition_id != archive.manifest(before).edition_id:
        return ()
    return previous.bridge


def _shown(value: ModuleValue) -> str:
    roi = rated_roi(value)
    return "none" if roi is None else f"{roi:.4f}"


def _signed(change: Decimal) -> str:
    return f"{change:+.4f}"


def _short(value: str | None) -> str:
    return "not there" if value is None else value[:SHORT]
