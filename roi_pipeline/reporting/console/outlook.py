"""Business cases, scenarios and experiments on the command line: the report's blocks as text."""

from collections.abc import Iterator, Sequence

from roi_pipeline.domain.outlook import Outlook, ScenarioColumn
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Language
from roi_pipeline.reporting.console.speech import console_voice, left, places, right
from roi_pipeline.reporting.model import Block, Bullets, Cell, Prose, Table
from roi_pipeline.reporting.sections.outlook import case_blocks, next_cycle_blocks, scenario_blocks


def case_lines(study: Study, outlook: Outlook, language: Language = "en") -> Iterator[str]:
    """The ex-ante cases."""
    yield from block_lines(case_blocks(console_voice(language, study), study, outlook.cases))


def scenario_lines(
    study: Study, columns: Sequence[ScenarioColumn], language: Language = "en"
) -> Iterator[str]:
    """The scenarios side by side."""
    yield from block_lines(scenario_blocks(console_voice(language, study), columns))


def experiment_lines(study: Study, outlook: Outlook, language: Language = "en") -> Iterator[str]:
    """Next cycle's experiments and next year's bar."""
    yield from block_lines(next_cycle_blocks(console_voice(language, study), study, outlook))


def block_lines(blocks: Sequence[Block]) -> Iterator[str]:
    """Blocks as text, one empty line between them."""
    for number, block in enumerate(blocks):
        if number:
            yield ""
        match block:
            case Prose(texts=texts):
                yield from texts
            case Bullets(items=items):
                yield from (f"- {item}" for item in items)
            case Table():
                yield from _table_lines(block)
            case _:
                msg = f"{type(block).__name__} has no form on the console"
                raise TypeError(msg)


def _table_lines(table: Table) -> Iterator[str]:
    heads = [column.title for column in table.columns]
    rows = [[_cell(cell) for cell in row] for row in (*table.rows, *table.feet)]
    widths = [max(places(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    is_end = [column.align == "end" for column in table.columns]
    yield table.caption
    for row in [heads, *rows]:
        cells = (
            right(text, width) if at_end else left(text, width)
            for text, width, at_end in zip(row, widths, is_end, strict=True)
        )
        yield ("  " + "  ".join(cells)).rstrip()
    if table.note:
        yield f"  {table.note}"


def _cell(cell: Cell) -> str:
    parts = [cell.text, cell.code, f"({cell.note})" if cell.note else ""]
    return " ".join(part for part in parts if part)
