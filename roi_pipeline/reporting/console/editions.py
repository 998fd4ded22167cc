"""Editions in words for the command line: what recomputing one found, how two of them differ."""

from collections.abc import Iterator
from decimal import Decimal

from roi_pipeline.domain.archives import ChangedInput, EditionDiff, ModuleDiff, Verdict
from roi_pipeline.domain.texts import Language
from roi_pipeline.reporting.console.speech import console_voice, worded
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.numbers import NONE

SHORT = 12


def verdict_lines(verdict: Verdict, language: Language = "en") -> Iterator[str]:
    """Whether an edition came out identical, and everything that did not."""
    voice = console_voice(language)
    if verdict.is_identical:
        yield worded(voice, "identical", edition=verdict.name, files=verdict.n_files)
    else:
        yield worded(voice, "not_identical", edition=verdict.name)
    if verdict.reason:
        yield worded(voice, "not_recomputed", reason=verdict.reason)
    for code, items in (
        ("broken", verdict.broken),
        ("differs", verdict.reports),
        ("product_changed", verdict.product),
        ("changed_since", verdict.since),
    ):
        for item in items:
            yield _changed(voice, code, item)


def diff_lines(diff: EditionDiff, language: Language = "en") -> Iterator[str]:
    """The bridge of every module, the inputs that changed, the figures that changed with a cause."""
    voice = console_voice(language)
    yield worded(voice, "diff_head", before=diff.before, after=diff.after)
    for module in diff.modules:
        yield from _module_lines(voice, module, diff.before)
    yield worded(voice, "diff_inputs", n=len(diff.inputs))
    for item in diff.inputs:
        yield _changed(voice, "diff_input", item)
    if diff.days is not None:
        before, after = (day.isoformat() for day in diff.days)
        yield worded(voice, "diff_day", before=before, after=after)
    yield worded(voice, "diff_figures", n=len(diff.figures))
    for figure in diff.figures:
        causes = ", ".join(worded(voice, f"cause_{cause}") for cause in figure.causes)
        yield worded(
            voice, "diff_figure", name=figure.name, causes=causes,
            before=figure.before or NONE, after=figure.after or NONE,
        )  # fmt: skip


def _module_lines(voice: Voice, module: ModuleDiff, before: str) -> Iterator[str]:
    if not module.is_in_both:
        yield worded(voice, "diff_new_module", module=module.module_id, before=before)
        return
    yield worded(
        voice, "diff_roi", module=module.module_id, before=_roi(voice, module.roi_before),
        after=_roi(voice, module.roi_after),
    )  # fmt: skip
    for step in module.steps:
        cause = worded(voice, f"cause_{step.cause}")
        yield worded(voice, "diff_step", cause=cause, change=f"{step.roi_change:+.4f}")
    if not module.steps:
        yield worded(voice, "diff_no_step")


def _changed(voice: Voice, code: str, item: ChangedInput) -> str:
    before, after = (
        worded(voice, "not_there") if value is None else value[:SHORT]
        for value in (item.before, item.after)
    )
    return worded(voice, code, kind=item.kind, name=item.name, before=before, after=after)


def _roi(voice: Voice, roi: Decimal | None) -> str:
    return worded(voice, "diff_no_roi") if roi is None else f"{roi:.4f}"
