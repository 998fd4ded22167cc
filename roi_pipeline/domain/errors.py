"""The two families of errors, and the errors more than one room raises.

`NeedsAHuman` will fail again however often it is tried; `TryAgain` may pass later. The retry policy
of the nightly job looks at nothing else. Every message names the thing, the value found, what was
expected and what to do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class RoiError(Exception):
    """Any error this product raises on purpose."""


class NeedsAHuman(RoiError):  # noqa: N818  (what to do, not that it went wrong)
    """Trying again cannot help: a file, a setting or a decision has to change."""


class TryAgain(RoiError):  # noqa: N818  (what to do, not that it went wrong)
    """Trying again may help: a server was busy, a file was still being written."""


class DiskIsFull(NeedsAHuman):
    """No space is left; what was under way was not kept, and the same command does it again."""

    def __init__(self, folder: object, found: str) -> None:
        super().__init__(
            f"{folder}: the disk is full ({found}); what was under way is not kept half-written. "
            "Free some space, then give the same command again"
        )


class StudyIsBusy(TryAgain):
    """Another process writes the study, and the stated time to wait for it is over."""


class UnknownName(NeedsAHuman):
    """A name in the configuration that nothing answers to."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        close = get_close_matches(name, self.known, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        super().__init__(f"no {kind} called {name!r}{hint}; known: {', '.join(self.known)}")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a study: where it stands, what was found, what to do.

    Attributes:
        file: path of the file relative to the study folder.
        key: dotted key inside the file, such as `pool[2].metric`.
        value: the value found, as text; empty when the key is missing.
        expected: what would have been accepted.
        remedy: what to do about it, as an instruction.
        known: accepted names when the value is a name nothing answers to.
        line: line of the file, counted from 1; 0 when it belongs to no single line.
    """

    file: str
    key: str
    value: str
    expected: str
    remedy: str
    known: tuple[str, ...] = ()
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else self.file
        place = f"{place}: {self.key}" if self.key else place
        known = f" Known: {', '.join(self.known)}." if self.known else ""
        found = f"found {self.value!r}" if self.value else "nothing found"
        return f"{place}: {found}; expected {self.expected}. {self.remedy}{known}"


class StudyHasProblems(NeedsAHuman):
    """A study that may not be computed from; carries every problem found, not the first one."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(
            f"  {number}. {problem}" for number, problem in enumerate(self.problems, 1)
        )
        super().__init__(f"{len(self.problems)} problem(s) in the study:\n{lines}")
