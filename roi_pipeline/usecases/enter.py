"""Enters what a workbook that went out brings back: decisions taken and assumptions stated anew.

Everything is validated first and all problems come in one list; then every file is written, or none. What
the study already holds is not entered twice, so that the same workbook may come back again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from roi_pipeline.domain.advice import LADDER, DecisionTaken
from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.domain.modules import Module
from roi_pipeline.domain.money import Assumption
from roi_pipeline.domain.standards import Action
from roi_pipeline.domain.study import Study
from roi_pipeline.usecases.decide import advice_before, as_toml
from roi_pipeline.usecases.study_files import append_blocks, toml_text

STUDY_FILE = "study.toml"
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """What was taken over.

    Attributes:
        decisions: (module, decision).
        assumptions: (file, the new version).
    """

    decisions: tuple[tuple[str, DecisionTaken], ...]
    assumptions: tuple[tuple[str, Assumption], ...]


def enter_workbook(folder: Path, workbook: Path, *, environment: Mapping[str, str]) -> Entered:
    """Take over what was filled in; the study stays as it was when any of it is wrong.

    Args:
        folder: the study.
        workbook: a workbook of one of its reports, filled in.
        environment: variables, for reading the study.

    Raises:
        StudyHasProblems: a field cannot be taken over, or the study with it cannot be read.
        NeedsAHuman: this is no workbook of a report.
    """
    from roi_pipeline.settings import read_study

    study = read_study(folder, environment=environment)
    problems: list[Problem] = []
    entered = Entered(
        tuple(_decisions(folder, study, workbook, problems)),
        tuple(_assumptions(study, workbook, problems)),
    )
    if problems:
        raise StudyHasProblems(tuple(problems))
    append_blocks(folder, _blocks(study, entered), environment=environment)
    return entered


def _rows(workbook: Path, sheet: str, head: Mapping[str, int]) -> Iterator[tuple[int, Row]]:
    """Rows below the headings of a sheet with their number, padded to its columns."""
    from roi_pipeline.reporting.entries import headings, titles
    from roi_pipeline.sources.workbooks import sheet_texts

    first, *rows = sheet_texts(workbook, titles(sheet)) or ((),)
    names = headings(head)
    wrong = [
        Problem(
            workbook.name, f"{sheet} column {number}", name, " or ".join(sorted(expected)),
            "Leave the columns of the workbook as they were sent",
        )
        for number, (name, expected) in enumerate(
            zip((*first, *[""] * len(names)), names, strict=False), 1
        )
        if name not in expected
    ]  # fmt: skip
    if wrong:
        raise StudyHasProblems(tuple(wrong))
    for number, row in enumerate(rows, 2):
        yield number, (*row, *[""] * len(names))[: len(names)]


def _decisions(
    folder: Path, study: Study, workbook: Path, problems: list[Problem]
) -> Iterator[tuple[str, DecisionTaken]]:
    from roi_pipeline.reporting.entries import DECISION_HEAD, DECISIONS, action_called

    modules = {module.id: module for module in study.modules}
    for number, row in _rows(workbook, DECISIONS, DECISION_HEAD):
        module_id, _, _, decided, by, on, because = row
        if not any((decided, by, on, because)):
            continue
        seen = _Fields(workbook.name, f"{DECISIONS} row {number}", problems)
        module = modules.get(module_id)
        if module is None:
            remedy = "Leave the column Id as it was sent"
            seen.wrong("module", module_id, "a module of the study", remedy, tuple(modules))
        action: Action | None = action_called(decided) if decided else None
        if action is None:
            seen.wrong(
                "decision", decided, "one of the actions", "Choose one from the list", LADDER
            )
        day = seen.day("day of the decision", on)
        is_whole = all([seen.words("who decided", by), seen.words("reason", because)])
        if module is None or action is None or day is None or not is_whole:
            continue
        cycle, advised = advice_before(folder, module_id, day)
        taken = DecisionTaken(action, by, day, because, cycle, advised)
        if taken not in module.decisions:
            yield module_id, taken


def _assumptions(
    study: Study, workbook: Path, problems: list[Problem]
) -> Iterator[tuple[str, Assumption]]:
    from roi_pipeline.reporting.entries import ASSUMPTION_HEAD, ASSUMPTIONS

    for number, row in _rows(workbook, ASSUMPTIONS, ASSUMPTION_HEAD):
        (key, _, _, _, _, unit, _, owner, _, *new) = row
        if not any(new):
            continue
        seen = _Fields(workbook.name, f"{ASSUMPTIONS} row {number}", problems)
        value, low, high, source, on = new
        number_of = [
            seen.number(*each)
            for each in (("new value", value), ("new low", low), ("new high", high))
        ]
        day = seen.day("day from which it is valid", on)
        if not value:
            seen.wrong("new value", "", "a number", "Fill it in")
        file, known = _home(study, key)
        if file is None:
            seen.wrong(
                "assumption",
                key,
                "an assumption of the study",
                "Leave the column Id as it was sent",
            )
        if not seen.words("source of the new value", source) or file is None:
            continue
        if day is None or number_of[0] is None:
            continue
        last = known[-1] if known else None
        stated = Assumption(
            id=key.rsplit(".", 1)[-1], value=number_of[0], unit=last.unit if last else unit,
            source=source, owner=last.owner if last else owner, stated_on=day,
            low=number_of[1], high=number_of[2], name=last.name if last else None,
        )  # fmt: skip
        if stated not in known:
            yield file, stated


def _home(study: Study, key: str) -> tuple[str | None, Sequence[Assumption]]:
    """The file an assumption of the workbook is stated in, and its versions there, oldest first."""
    module_id, _, name = key.rpartition(".")
    owner: Module | None = next((each for each in study.modules if each.id == module_id), None)
    if module_id and owner is None:
        return None, ()
    own = _versions(owner.assumptions, name) if owner else []
    shared = _versions(study.assumptions, name)
    if owner is not None and (own or not shared):
        return owner.file, own
    return (STUDY_FILE, shared) if shared else (None, ())


def _versions(assumptions: Sequence[Assumption], name: str) -> list[Assumption]:
    return sorted((x for x in assumptions if x.id == name), key=lambda x: x.stated_on)


@dataclass(frozen=True, slots=True)
class _Fields:
    """One row's fields, each taken over or named among the problems."""

    file: str
    place: str
    problems: list[Problem]

    def wrong(
        self, field: str, value: str, expected: str, remedy: str, known: Sequence[str] = ()
    ) -> None:
        """Note what is wrong with a field."""
        problem = Problem(self.file, f"{self.place}, {field}", value, expected, f"{remedy}.")
        self.problems.append(replace(problem, known=tuple(known)))

    def words(self, field: str, text: str) -> bool:
        """Whether a text is there."""
        if not text:
            self.wrong(field, "", "a text", "Fill it in")
        return bool(text)

    def day(self, field: str, text: str) -> date | None:
        """A day, as a date field or written 2026-03-31."""
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self.wrong(field, text, "a day", "Write it as 2026-03-31")
            return None

    def number(self, field: str, text: str) -> Decimal | None:
        """A number; None where the field is empty."""
        if not text:
            return None
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self.wrong(field, text, "a number", "Write digits only, such as 0.35")
            return None
        return Decimal(f"{number.normalize():f}")


def _blocks(study: Study, entered: Entered) -> list[tuple[str, str]]:
    """(file, what is appended to it)."""
    files = {module.id: module.file for module in study.modules}
    return [
        *((files[module_id], as_toml(taken)) for module_id, taken in entered.decisions),
        *((file, assumption_toml(stated)) for file, stated in entered.assumptions),
    ]


def assumption_toml(stated: Assumption) -> str:
    """The version of an assumption as it stands in a file.

    >>> print(assumption_toml(Assumption("price", Decimal("36"), "CNY/sale", "list", "finance",
    ...     date(2026, 3, 10))), end="")
    [[assumption]]
    id = "price"
    value = "36"
    unit = "CNY/sale"
    source = "list"
    owner = "finance"
    stated_on = 2026-03-10
    """
    named = [("id", stated.id), ("value", stated.value), ("low", stated.low), ("high", stated.high),
             ("unit", stated.unit), ("source", stated.source), ("owner", stated.owner)]  # fmt: skip
    lines = [
        "[[assumption]]",
        *(f"{key} = {toml_text(str(value))}" for key, value in named if value is not None),
        f"stated_on = {stated.stated_on.isoformat()}",
    ]
    if stated.name is not None:
        names = ", ".join(
            f"{key} = {toml_text(text)}" for key, text in stated.name.by_language.items()
        )
        lines.append(f"name = {{ {names} }}")
    return "\n".join(lines) + "\n"
