"""The index pages of the archive: cycle against cycle, then every edition with its figures and files.

Static, self-contained, the same bytes for the same archive; written whole or not at all.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from roi_pipeline.domain.archives import Headline, Manifest
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import FALLBACKS, Language
from roi_pipeline.files import write_whole
from roi_pipeline.reporting.messages import numbers_in, plain, read_words
from roi_pipeline.reporting.numbers import Numbers
from roi_pipeline.reporting.scripts import policy, script
from roi_pipeline.resources import shipped_folder

TEMPLATES = "archive"
PAGE = "index.html"
PORTFOLIO = "portfolio"
OWN_NAMES: dict[Language, str] = {"zh-CN": "简体中文", "zh-TW": "繁體中文", "en": "English"}
LINKED = ("html", "pdf", "xlsx", "md")


@dataclass(frozen=True, slots=True)
class _Speech:
    """The page's language: its own words, the reports' words, figures and names."""

    language: Language
    labels: Mapping[str, str]
    words: Mapping[str, str]
    numbers: Numbers
    study: Study

    def word(self, key: str, **values: str) -> str:
        return self.words.get(key, key.rpartition(".")[2]).format(**values)

    def module(self, module_id: str) -> str:
        """The module's name today; its id when the study no longer has it."""
        if module_id == PORTFOLIO:
            return self.word("portfolio.name")
        names = {module.id: module.name.into(self.language) for module in self.study.modules}
        return plain(names.get(module_id) or module_id)


def write_archive_page(folder: Path, *, study: Study, manifests: Iterable[Manifest]) -> Path:
    """Write the archive's pages, one in each language of the study, and give the first.

    `index.html` speaks the study's first language, `index.en.html` and the like the others.

    Args:
        folder: the archive; links are relative to it.
        study: gives company, names and languages.
        manifests: of every edition, in the order they were made.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(shipped_folder("report_templates") / TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template, known = environment.get_template("index.html.j2"), tuple(manifests)
    for language in study.languages:
        speech = _speech(study, language)
        text = template.render(
            t=speech.labels,
            language=language,
            company=plain(study.company.into(language)) or study.id,
            others=[
                (page_name(study, other), other, OWN_NAMES[other])
                for other in study.languages if other != language
            ],
            cycles=_cycles(known, speech),
            grid=_grid(known, speech),
            script=script("search"),
            policy=policy("search"),
        )  # fmt: skip
        write_whole(folder / page_name(study, language), text)
    return folder / PAGE


def page_name(study: Study, language: Language) -> str:
    """The file of the archive's page in a language."""
    return PAGE if language == study.languages[0] else f"index.{language}.html"


def _speech(study: Study, language: Language) -> _Speech:
    numbers = numbers_in(language, study.currency)
    return _Speech(language, _labels(language), read_words(language), numbers, study)


def _grid(manifests: Sequence[Manifest], speech: _Speech) -> dict[str, Any]:
    """Cycle against cycle: a row per module, the latest edition of each cycle, the latest first."""
    latest = {manifest.cycle_key: manifest for manifest in manifests}
    keys = sorted(latest, reverse=True)
    modules = list(dict.fromkeys(line.module_id for key in keys for line in latest[key].headlines))
    rows = []
    for module_id in modules:
        found = {
            key: line
            for key in keys
            for line in latest[key].headlines
            if line.module_id == module_id
        }
        cells = []
        for key, before in zip(keys, [*keys[1:], None], strict=True):
            line, earlier = found.get(key), found.get(before or "")
            cells.append(
                {
                    "roi": speech.numbers.roi(line.roi) if line else "",
                    "rating": _rating(line, speech) if line else "",
                    "change": _change(line, earlier, speech),
                    "address": _address(latest[key], module_id, speech) if line else "",
                }
            )
        rows.append({"name": speech.module(module_id), "cells": cells})
    return {"cycles": keys, "rows": rows}


def _change(line: Headline | None, earlier: Headline | None, speech: _Speech) -> str:
    """How far ROI moved since the cycle or edition before: `▲ 12 points`."""
    if line is None or earlier is None or line.roi is None or earlier.roi is None:
        return ""
    points = speech.numbers.number(abs(line.roi - earlier.roi) * 100, digits=0)
    if points == speech.numbers.number(0, digits=0):
        return speech.word("page_one.same")
    return speech.word("page_one.up" if line.roi > earlier.roi else "page_one.down", points=points)


def _address(manifest: Manifest, module_id: str, speech: _Speech) -> str:
    page = f"reports/{speech.language}/{module_id}.html"
    return f"{manifest.name}/{page}" if page in manifest.files else ""


@cache
def _labels(language: Language) -> Mapping[str, str]:
    path = shipped_folder("report_templates") / TEMPLATES / "texts.toml"
    texts = tomllib.loads(path.read_text("utf-8"))
    order = (language, *FALLBACKS[language])
    return {
        key: next(by_language[each] for each in order if each in by_language)
        for key, by_language in texts.items()
    }


def _cycles(manifests: Sequence[Manifest], speech: _Speech) -> list[dict[str, Any]]:
    """Cycles with the latest first; in each the latest edition first."""
    keys = sorted({manifest.cycle_key for manifest in manifests}, reverse=True)
    by_name = {manifest.name: manifest for manifest in manifests}
    return [
        {
            "key": key,
            "editions": _editions([m for m in manifests if m.cycle_key == key], by_name, speech),
        }
        for key in keys
    ]


def _editions(
    manifests: Sequence[Manifest], by_name: Mapping[str, Manifest], speech: _Speech
) -> list[dict[str, Any]]:
    return [
        {
            "name": manifest.name,
            "status": speech.word(f"status.{manifest.status}"),
            "as_of": speech.numbers.day(manifest.as_of),
            "is_replaced": manifest is not manifests[-1],
            "has_gaps": bool(manifest.gaps),
            "compared": (
                speech.labels["compared"].format(edition=manifest.previous)
                if manifest.previous
                else ""
            ),
            "manifest": f"{manifest.name}/manifest.json",
            "lines": [
                _line(line, manifest, by_name.get(manifest.previous or ""), speech)
                for line in manifest.headlines
            ],
        }
        for manifest in reversed(manifests)
    ]


def _line(
    line: Headline, manifest: Manifest, previous: Manifest | None, speech: _Speech
) -> dict[str, Any]:
    own = [path for path in sorted(manifest.files) if _belongs(path, line.module_id)]
    here = [path for path in own if path.startswith(f"reports/{speech.language}/")]
    before = previous.headlines if previous else ()
    earlier = next((each for each in before if each.module_id == line.module_id), None)
    return {
        "name": speech.module(line.module_id),
        "address": _address(manifest, line.module_id, speech),
        "roi": speech.numbers.roi(line.roi),
        "change": _change(line, earlier, speech),
        "rating": _rating(line, speech),
        "action": speech.word(f"action.{line.action}"),
        "links": [
            {"address": f"{manifest.name}/{path}", "text": _link_text(path, is_alone=bool(here))}
            for path in here or own
        ],
    }


def _rating(line: Headline, speech: _Speech) -> str:
    grade = speech.word(f"rating.{line.rating_grade}") if line.rating_grade else ""
    if f"verdict.{line.rating_status}" in speech.words:
        return speech.word(f"verdict.{line.rating_status}", grade=grade)
    return grade or line.rating_status


def _belongs(path: str, module_id: str) -> bool:
    stem, _, ending = path.rpartition("/")[2].rpartition(".")
    return path.startswith("reports/") and stem == module_id and ending in LINKED


def _link_text(path: str, *, is_alone: bool) -> str:
    """The kind of the file; its language too where it is not the page's own."""
    language, _, name = path.removeprefix("reports/").rpartition("/")
    kind = name.rpartition(".")[2].upper()
    return kind if is_alone else f"{language} {kind}"
