"""An edition on disk: its reports, and the values behind them as they are stored and read back."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from roi_pipeline.domain.archives import KeptEdition, KeptModule
from roi_pipeline.domain.editions import EditionInputs, ModuleInputs
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.engines.store.values import to_json
from roi_pipeline.usecases.histories import VALUES

REPORTS = "reports"
# What is stored of a module besides which one it is; nothing is carried by hand, so nothing is lost.
CARRIED = tuple(field.name for field in fields(KeptModule) if field.name != "module_id")


def write_edition(inputs: EditionInputs, folder: Path) -> None:
    """Every report of an edition and the values behind them, below `folder`."""
    from roi_pipeline.reporting import render_edition, render_pdf

    study, reports = inputs.study, folder / REPORTS
    spoken: tuple[Language, ...] = (
        *study.languages, *(reader.language for reader in study.readers)
    )  # fmt: skip
    render_edition(inputs, reports, languages=tuple(dict.fromkeys(spoken)))
    known = {module.module.id for module in inputs.modules}
    for reader in study.readers:
        if "pdf" not in reader.attachments:
            continue
        for module_id in reader.modules or ("portfolio",):
            page = reports / reader.language / f"{module_id}.html"
            target = page.with_suffix(".pdf")
            if not target.exists() and module_id in {*known, "portfolio"}:
                target.write_bytes(render_pdf(page.read_text("utf-8")))
    (folder / VALUES).write_text(to_json(kept_edition(inputs)), "utf-8")


def kept_edition(inputs: EditionInputs) -> KeptEdition:
    """The edition without the study, as it is stored."""
    return KeptEdition(
        status=inputs.status,
        number=inputs.number,
        modules=tuple(KeptModule(item.module.id, **_carried(item)) for item in inputs.modules),
        missing=inputs.missing,
        portfolio=inputs.portfolio,
        provenance=inputs.provenance,
        scores=inputs.scores,
    )


def restored_edition(kept: KeptEdition, study: Study, cycle: Cycle) -> EditionInputs:
    """The edition as the reporting room wants it, from what is stored."""
    return EditionInputs(
        study=study,
        cycle=cycle,
        status=kept.status,
        number=kept.number,
        modules=tuple(
            ModuleInputs(study.module(item.module_id), **_carried(item)) for item in kept.modules
        ),
        missing=kept.missing,
        portfolio=kept.portfolio,
        provenance=kept.provenance,
        scores=kept.scores,
    )


def _carried(item: ModuleInputs | KeptModule) -> dict[str, Any]:
    return {name: getattr(item, name) for name in CARRIED}
