"""The fields of the workbook that come back: decisions taken, and assumptions stated anew.

Both sheets are found by their title in any language and read by position; who fills them in needs no
more than the workbook that went out. What a field may hold is judged where it is entered.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from roi_pipeline.domain.advice import LADDER
from roi_pipeline.domain.editions import ModuleInputs
from roi_pipeline.domain.standards import Action
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.reporting.messages import read_words
from roi_pipeline.reporting.sheets import Sheets

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

ASSUMPTIONS, DECISIONS = "assumptions", "decisions"
DECISION_HEAD = {
    "workbook.id": 20, "workbook.module": 30, "decisions.advised": 24, "workbook.decided": 24,
    "workbook.decided_by": 24, "workbook.decided_on": 14, "workbook.because": 50,
}  # fmt: skip
STATED_HEAD = {
    "workbook.id": 26, "workbook.name": 26, "workbook.value": 14, "workbook.low": 12,
    "workbook.high": 12, "workbook.unit": 16, "workbook.source": 34, "workbook.owner": 18,
    "workbook.stated_on": 14,
}  # fmt: skip
NEW_HEAD = {
    "workbook.new_value": 14, "workbook.new_low": 12, "workbook.new_high": 12,
    "workbook.new_source": 34, "workbook.new_stated_on": 16,
}  # fmt: skip
ASSUMPTION_HEAD = STATED_HEAD | NEW_HEAD
DAY = "yyyy-mm-dd"


def write_decisions(writer: Sheets, modules: Sequence[ModuleInputs]) -> None:
    """A row per module with its advice, and room for what was decided."""
    sheet, say = writer.sheet(DECISIONS), writer.voice
    writer.head(sheet, list(DECISION_HEAD), list(DECISION_HEAD.values()))
    for row, inputs in enumerate(modules, 1):
        writer.text(sheet, row, 0, inputs.module.id)
        writer.text(sheet, row, 1, say.name("module", inputs.module.id))
        writer.text(sheet, row, 2, say.word(f"action.{inputs.value.decision.action}"))
        blanks(writer, sheet, row, range(3, 7), days=(5,))
        choices = [say.word(f"action.{action}") for action in LADDER]
        sheet.data_validation(row, 3, row, 3, {"validate": "list", "source": choices})


def blanks(
    writer: Sheets, sheet: "Worksheet", row: int, columns: Sequence[int], *, days: Sequence[int]
) -> None:
    """Empty fields to be filled in."""
    for column in columns:
        number = DAY if column in days else "General"
        writer.figure(sheet, row, column, None, number, role="input")


def titles(sheet: str) -> frozenset[str]:
    """What a sheet is called in each language."""
    return frozenset(read_words(language)[f"workbook.{sheet}"] for language in LANGUAGES)


def headings(head: Mapping[str, int]) -> tuple[frozenset[str], ...]:
    """What each column is called in each language."""
    return tuple(frozenset(read_words(each)[key] for each in LANGUAGES) for key in head)


def action_called(name: str) -> Action | None:
    """The action of that name in any language, or of that code; None when there is none."""
    for action in LADDER:
        names = {action, *(read_words(each)[f"action.{action}"] for each in LANGUAGES)}
        if name.strip().casefold() in {each.casefold() for each in names}:
            return action
    return None
