"""`roi explain`: from a figure in a report back to the export files it was computed from.

Sentence → figures it is made of → effect and design → sample sizes → SQL files with hashes → export
files with hashes and rows. Everything is read from what the run stored; nothing is recomputed.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.usecases.edition import edition_inputs
from roi_pipeline.usecases.facts import buildable_files
from roi_pipeline.usecases.lineage import lineage
from roi_pipeline.usecases.studies import loaded_warehouse, study_in

if TYPE_CHECKING:
    from roi_pipeline.reporting.console.explained import Explanation

HASH_DIGITS = 16
MOST_NEAR = 8
LEDGERS = ("facts.module_costs",)  # where costs come from that an export recorded


class NoSuchFigure(NeedsAHuman):
    """A name no figure of the cycle has; near ones are offered."""

    def __init__(self, name: str, known: Iterable[str], *, folder: Path, cycle_key: str) -> None:
        names = sorted(known)
        owner = name.partition(".")[0]
        near = get_close_matches(name, names, n=MOST_NEAR, cutoff=0.5)
        near = near or [each for each in names if each.startswith(f"{owner}.")][:MOST_NEAR]
        self.name, self.near = name, tuple(near)
        offered = f"; near: {', '.join(near)}" if near else ""
        super().__init__(
            f"no figure of {cycle_key} is called {name!r}{offered}. "
            f"roi explain {folder} {cycle_key} lists every name"
        )


def explain(folder: Path, cycle_key: str, name: str, language: Language = "en") -> tuple[str, ...]:
    """The chain behind one figure of a report, as lines.

    Raises:
        NoSuchFigure: no figure has that name; near ones are offered.
        NeedsAHuman: the cycle was not evaluated yet.
    """
    from roi_pipeline.reporting.console.explained import explanations

    study = study_in(str(folder))
    edition = _stored(folder, study, cycle_key)
    known = explanations(edition, language)
    if name not in known:
        raise NoSuchFigure(name, known, folder=folder, cycle_key=cycle_key)
    return tuple(_lines(study, edition, known[name], language))


def explainable(folder: Path, cycle_key: str, language: Language = "en") -> tuple[str, ...]:
    """Every name `explain` answers for in a cycle, each with its sentence."""
    from roi_pipeline.reporting.console.explained import explanations

    study = study_in(str(folder))
    known = explanations(_stored(folder, study, cycle_key), language)
    return tuple(f"{name}  {found.sentences[0]}" for name, found in known.items())


def _stored(folder: Path, study: Study, cycle_key: str) -> EditionInputs:
    warehouse = loaded_warehouse(folder, why="a figure is explained from what a run stored")
    with warehouse.open() as connection:
        return edition_inputs(connection, study, _cycle(study, cycle_key), "draft")


def _cycle(study: Study, key: str) -> Cycle:
    """The cycle as it was seen once it had matured, or at the end of the history."""
    end = study.cycle(key, as_of=date.max).window.end
    return study.cycle(key, as_of=min(end + timedelta(days=study.maturity_days), study.history.end))


def _lines(
    study: Study, edition: EditionInputs, found: "Explanation", language: Language
) -> Iterator[str]:
    from roi_pipeline.reporting.console.explained import effect_chain, module_context
    from roi_pipeline.reporting.console.speech import console_voice, worded

    voice = console_voice(language, study)
    yield from found.sentences
    if found.parts:
        yield worded(voice, "explain_parts", names=", ".join(found.parts))
    for source in dict.fromkeys(found.sources):
        yield worded(voice, "explain_source", source=source)
    tables = dict[str, None]()
    for module_id, metric_id in found.metrics:
        tables[study.metric(metric_id).table] = None
        context = module_context(edition, module_id, language)
        yield from (f"  {line}" for line in effect_chain(context, metric_id))
    if not found.metrics and found.sources:
        tables |= dict.fromkeys(LEDGERS)
    yield from (f"  {line}" for line in _source_lines(study, edition, tuple(tables), voice))


def _source_lines(
    study: Study,
    edition: EditionInputs,
    tables: tuple[str, ...],
    voice,  # noqa: ANN001 - a Voice, which only the reporting room makes
) -> Iterator[str]:
    from roi_pipeline.reporting.console.speech import worded

    files = {file.table: file for file in buildable_files(study)}
    behind = {file.path: file for table in tables for file in lineage(files, table)}
    for path, file in behind.items():
        yield worded(voice, "explain_sql", path=f"sql/{path}", hash=file.sha256[:HASH_DIGITS])
    exports = {name for file in behind.values() for name in file.inputs}
    for load in edition.provenance.files:
        if f"exports.{load.table}" in exports:
            yield worded(
                voice, "explain_export", path=load.path, hash=load.sha256[:HASH_DIGITS],
                read=load.rows_read, loaded=load.rows_loaded, quarantined=load.rows_quarantined,
                duplicates=load.rows_duplicate,
            )  # fmt: skip
