"""Records a decision that was taken: who, when, what and why, beside what had been advised.

It is written into the module's own file as a `[[decision]]`, so it is checked, hashed, archived and
computed again like everything else a study states.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from roi_pipeline.domain.advice import DecisionTaken
from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.standards import Action
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.study_files import append_blocks, toml_text


def record_decision(
    folder: Path,
    module_id: str,
    action: Action,
    *,
    by: str,
    on: date,
    because: str,
    environment: Mapping[str, str],
) -> tuple[Path, DecisionTaken]:
    """Append a decision to the module's file; the file stays as it was when that makes problems.

    Args:
        folder: the study.
        module_id: the module decided on.
        action: what was decided.
        by: who decided.
        on: the day.
        because: the reason, in the decider's words.
        environment: variables, for reading the study.

    Raises:
        StudyHasProblems: the study cannot be read, before or after.
        UnknownName: there is no such module.
    """
    from roi_pipeline.settings import read_study

    study = read_study(folder, environment=environment)
    known = {module.id: module.file for module in study.modules}
    if module_id not in known:
        raise UnknownName("module", module_id, known)
    cycle, advised = advice_before(folder, module_id, on)
    taken = DecisionTaken(action, by, on, because, cycle, advised)
    append_blocks(folder, [(known[module_id], as_toml(taken))], environment=environment)
    return folder / known[module_id], taken


def advice_before(folder: Path, module_id: str, day: date) -> tuple[str | None, Action | None]:
    """Cycle and advice of the newest edition that could be read on a day; None without any."""
    archive = archive_of(StudyPaths(folder))
    manifests = [archive.manifest(name) for name in archive.names()]
    read = [each for each in manifests if each.as_of <= day]
    for manifest in sorted(read, key=lambda each: each.as_of, reverse=True):
        for headline in manifest.headlines:
            if headline.module_id == module_id:
                return manifest.cycle_key, headline.action  # type: ignore[return-value]
    return None, None


def as_toml(taken: DecisionTaken) -> str:
    """The decision as it stands in a module's file.

    >>> print(as_toml(DecisionTaken("stop", "CEO", date(2026, 4, 20), "costs too much")), end="")
    [[decision]]
    action = "stop"
    by = "CEO"
    on = 2026-04-20
    because = "costs too much"
    """
    lines = [
        "[[decision]]",
        f'action = "{taken.action}"',
        f"by = {toml_text(taken.by)}",
        f"on = {taken.on.isoformat()}",
        f"because = {toml_text(taken.because)}",
    ]
    if taken.cycle and taken.advised:
        lines += [f'cycle = "{taken.cycle}"', f'advised = "{taken.advised}"']
    return "\n".join(lines) + "\n"
