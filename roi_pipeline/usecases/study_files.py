"""Appends what was decided or stated anew to the files of a study, so that it is read like all else."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from roi_pipeline.domain.errors import StudyHasProblems
from roi_pipeline.files import write_whole


def toml_text(text: str) -> str:
    r"""A text as TOML has it.

    >>> print(toml_text('a "b"\x7f'))
    "a \"b\"\u007f"
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def append_blocks(
    folder: Path, blocks: Sequence[tuple[str, str]], *, environment: Mapping[str, str]
) -> None:
    """Append each block to its file; every file stays as it was when the study then has problems.

    Args:
        folder: the study.
        blocks: (file, TOML), in the order they are appended.
        environment: variables, for reading the study.

    Raises:
        StudyHasProblems: the study cannot be read with them.
    """
    from roi_pipeline.settings.study import study_problems

    before = {folder / file: (folder / file).read_text("utf-8") for file, _ in blocks}
    texts = dict(before)
    for file, block in blocks:
        texts[folder / file] = f"{texts[folder / file].rstrip()}\n\n{block}"
    for path, text in texts.items():
        write_whole(path, text)
    problems = study_problems(folder, environment) if blocks else ()
    if problems:
        for path, text in before.items():
            write_whole(path, text)
        raise StudyHasProblems(problems)
