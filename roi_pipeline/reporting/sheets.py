"""Typed fields of a workbook and their few looks; text is never read as a formula."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from roi_pipeline.reporting.messages import Voice, plain

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

MONEY, SHARE, PLAIN = "#,##0.00", "0.0%", "General"
LONGEST_TEXT = 32_000


@dataclass(slots=True)
class Sheets:
    """Writes typed fields; keeps the few cell formats."""

    book: "Workbook"
    voice: Voice
    formats: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])

    def style(self, number: str = PLAIN, role: str = "given") -> Any:  # noqa: ANN401
        """A cell format: `head`, `input` (may be changed), `given`, `computed` or `total`."""
        looks: dict[str, dict[str, Any]] = {
            "head": {"bold": True, "bg_color": "#E9EDF1", "bottom": 1, "text_wrap": True},
            "title": {"bold": True, "font_size": 15},
            "note": {"font_color": "#5A6675", "text_wrap": True, "valign": "top"},
            "input": {"font_color": "#0B5CAD"},
            "given": {"font_color": "#4D5966"},
            "computed": {},
            "total": {"bold": True, "top": 1},
        }
        key = (number, role)
        if key not in self.formats:
            look = {"font_name": "Microsoft YaHei", "font_size": 10, "num_format": number}
            self.formats[key] = self.book.add_format({**look, **looks[role]})
        return self.formats[key]

    def sheet(self, name: str) -> "Worksheet":
        """A new sheet under its name in the reader's language."""
        return self.book.add_worksheet(self.title(name))

    def title(self, name: str) -> str:
        """The sheet's name."""
        return self.voice.word(f"workbook.{name}")

    def head(self, sheet: "Worksheet", names: Sequence[str], widths: Sequence[int]) -> None:
        """Headings of a sheet, frozen and repeated on every printed page."""
        for column, (name, width) in enumerate(zip(names, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, self.voice.word(name), self.style(role="head"))
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)

    def text(self, sheet: "Worksheet", row: int, column: int, text: str) -> None:
        """Text as text, whatever it begins with."""
        sheet.write_string(row, column, plain(text)[:LONGEST_TEXT], self.style())

    def formula(  # noqa: PLR0917 - sheet, place, formula, value, look
        self,
        sheet: "Worksheet",
        row: int,
        column: int,
        formula: str,
        value: Decimal | float | None,
        number: str = PLAIN,
        role: str = "computed",
    ) -> None:
        """A formula of ours with its value, for programs that do not recalculate."""
        cached: Any = "" if value is None else float(value)
        sheet.write_formula(row, column, formula, self.style(number, role), cached)

    def figure(  # noqa: PLR0917 - sheet, place, value, look
        self,
        sheet: "Worksheet",
        row: int,
        column: int,
        value: Decimal | float | None,
        number: str = PLAIN,
        role: str = "given",
    ) -> None:
        """A number, or an empty field when there is none."""
        if value is None:
            sheet.write_blank(row, column, None, self.style(number, role))
        else:
            sheet.write_number(row, column, float(value), self.style(number, role))
