"""`roi diff`: how ROI got from one edition to another, and every figure that changed with its cause."""

from collections.abc import Iterator

from roi_pipeline.archive import Archive, changed_inputs, moved_figures
from roi_pipeline.domain.archives import EditionDiff, ModuleDiff
from roi_pipeline.domain.editions import BridgeStep, PreviousEdition
from roi_pipeline.usecases.histories import rated_roi, read_kept


def diff_editions(archive: Archive, before: str, after: str) -> EditionDiff:
    """The bridge of every module, the inputs that changed, the figures that changed."""
    old, new = archive.manifest(before), archive.manifest(after)
    return EditionDiff(
        before=before,
        after=after,
        modules=tuple(_bridges(archive, before, after)),
        inputs=tuple(changed_inputs(old, new)),
        figures=tuple(moved_figures(old, new)),
        days=None if old.as_of == new.as_of else (old.as_of, new.as_of),
    )


def _bridges(archive: Archive, before: str, after: str) -> Iterator[ModuleDiff]:
    from roi_pipeline import finance

    old, new = read_kept(archive, before), read_kept(archive, after)
    for module in new.modules:
        then = old.value(module.module_id)
        if then is None:
            yield ModuleDiff(module.module_id, is_in_both=False)
            continue
        steps = _stored_bridge(archive, before, module.previous) or finance.bridge(
            then, module.value, scope="rated"
        )
        yield ModuleDiff(
            module.module_id,
            is_in_both=True,
            roi_before=rated_roi(then),
            roi_after=rated_roi(module.value),
            steps=tuple(steps),
        )


def _stored_bridge(
    archive: Archive, before: str, previous: PreviousEdition | None
) -> tuple[BridgeStep, ...]:
    """The bridge printed in the later edition, when it compares itself with the earlier one."""
    if previous is None or previous.edition_id != archive.manifest(before).edition_id:
        return ()
    return previous.bridge
