"""The index page of the archive: every published edition, its headline figures and its files.

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
from roi_pipeline.reporting.messages import numbers_in, plain, read_words
from roi_pipeline.reporting.numbers import Numbers
from roi_pipeline.resources import shipped_folder

TEMPLATES = "archive"
PAGE = "index.html"
PORTFOLIO = "portfolio"
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
    """Write `index.html` into the archive's folder.

    Args:
        folder: the archive; links are relative to it.
        study: gives company, names and language.
        manifests: of every edition, in the order they were made.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    speech = _speech(study)
    environment = Environment(
        loader=FileSystemLoader(shipped_folder("report_templates") / TEMPLATES),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("index.html.j2").render(
        t=speech.labels,
        language=speech.language,
        company=plain(study.company.into(speech.language)) or study.id,
        cycles=_cycles(tuple(manifests), speech),
    )
    folder.mkdir(parents=True, exist_ok=True)
    page, temporary = folder / PAGE, folder / f".{PAGE}.part"
    temporary.write_text(text, encoding="utf-8", newline="\n")
    temporary.replace(page)
    return page


def _speech(study: Study) -> _Speech:
    language = study.languages[0]
    words = read_words(language)
    numbers = numbers_in(language, study.currency)
    return _Speech(language, _labels(language), words, numbers, study)


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
    return [
        {"key": key, "editions": _editions([m for m in manifests if m.cycle_key == key], speech)}
        for key in keys
    ]


def _editions(manifests: Sequence[Manifest], speech: _Speech) -> list[dict[str, Any]]:
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
            "lines": [_line(line, manifest, speech) for line in manifest.headlines],
        }
        for manifest in reversed(manifests)
    ]


def _line(line: Headline, manifest: Manifest, speech: _Speech) -> dict[str, Any]:
    page = f"reports/{speech.language}/{line.module_id}.html"
    return {
        "name": speech.module(line.module_id),
        "address": f"{manifest.name}/{page}" if page in manifest.files else "",
        "roi": speech.numbers.roi(line.roi),
        "rating": _rating(line, speech),
        "action": speech.word(f"action.{line.action}"),
        "links": [
            {"address": f"{manifest.name}/{path}", "text": _link_text(path)}
            for path in sorted(manifest.files)
            if _belongs(path, line.module_id)
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


def _link_text(path: str) -> str:
    language, _, name = path.removeprefix("reports/").rpartition("/")
    return f"{language} {name.rpartition('.')[2].upper()}"
