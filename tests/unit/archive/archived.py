"""Manifests of an archive that was never closed, for pages made from nothing else."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import PurePosixPath

from roi_pipeline.domain.archives import EditionInputsKept, Headline, Manifest
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language, Text
from roi_pipeline.domain.windows import Window


def archive_study(language: Language = "en", company: str = "Clinics") -> Study:
    return Study(
        id="clinic", folder=PurePosixPath("study"), company=Text({language: company}),
        headcount=5, currency="CNY", languages=(language,), timezone="UTC", cycle_kind="quarter",
        history=Window(date(2026, 1, 1), date(2027, 1, 1)), modules=(), contracts=(), metrics={},
        standards=(),
    )  # fmt: skip


def headline_of(module_id: str, **changes) -> Headline:  # noqa: ANN003
    line = Headline(module_id, Decimal("0.5"), None, None, "given", "meets", "continue", "CNY",
                    Decimal(3), Decimal(2))  # fmt: skip
    return replace(line, **changes)


def manifest_of(name: str, *headlines: Headline, **changes) -> Manifest:  # noqa: ANN003
    cycle, edition = name.split("/")
    status, number = edition.split("-")
    files = {f"reports/en/{line.module_id}.{kind}": "a" for line in headlines for kind in
             ("html", "xlsx")}  # fmt: skip
    manifest = Manifest(
        name=name, edition_id=f"clinic/{name}", study_id="clinic", cycle_key=cycle,
        status="final" if status == "final" else "restated", number=int(number),
        as_of=date(2026, 4, 15), seed=1, package_version="1",
        inputs=EditionInputsKept({}, ()), product={}, versions={}, headlines=headlines, files=files,
    )  # fmt: skip
    return replace(manifest, **changes)
