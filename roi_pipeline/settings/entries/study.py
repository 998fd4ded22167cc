"""study.toml: the company, its calendar, its assumptions, readers and exchange rates."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from annotated_types import Ge, Len
from pydantic import Field

from roi_pipeline.domain.money import Assumption
from roi_pipeline.domain.outlook import Scenario, change_in
from roi_pipeline.domain.study import Paper, Reader
from roi_pipeline.domain.texts import Language
from roi_pipeline.domain.windows import OPEN_END, CycleKind, Window
from roi_pipeline.settings.entries.engine import EngineEntry
from roi_pipeline.settings.entries.entry import (
    AboveZero,
    Days,
    Entry,
    Name,
    Number,
    OpenWindowEntry,
    StudyName,
    Translations,
    Words,
    build,
    text,
)
from roi_pipeline.settings.entries.operations import OperationsEntry


class AssumptionEntry(Entry):
    """A number nobody measured, with who stands behind it."""

    id: Name
    value: Number
    unit: Words
    source: Words
    owner: Words
    stated_on: date
    low: Number | None = None
    high: Number | None = None
    name: Translations | None = None

    def to_domain(self) -> Assumption:
        """The assumption."""
        return build(Assumption, self, name=text(self.name) if self.name else None)


class ReaderEntry(Entry):
    """Somebody who gets reports by e-mail."""

    address: str
    language: Language
    modules: list[str] | None = None
    attachments: list[Words] | None = None
    digest: Literal["weekly"] | None = None

    def to_domain(self) -> Reader:
        """The reader."""
        return build(Reader, self)


class ExchangeRateEntry(Entry):
    """What one unit of a currency is worth in the study's, from a day on."""

    currency: str
    day: date
    rate: AboveZero


class HeadcountChangeEntry(Entry):
    """People of the company from a day on."""

    valid_from: date
    headcount: Annotated[int, Ge(1)]


class ScenarioEntry(Entry):
    """Changes of inputs under a name."""

    name: Translations
    changes: Annotated[list[Words], Len(1)]

    def to_domain(self) -> Scenario:
        """The scenario; what cannot be read as a change was reported."""
        found = tuple(change for each in self.changes if (change := change_in(each)) is not None)
        return Scenario(text(self.name), found)


class StudyEntry(Entry):
    """The whole file."""

    id: StudyName
    company: Translations
    headcount: Annotated[int, Ge(1)]
    currency: str
    languages: Annotated[list[Language], Len(1)]
    timezone: str
    cycle: CycleKind
    history: OpenWindowEntry
    country: str | None = None
    maturity_days: Days | None = None
    max_rate_age_days: Days | None = None
    people_key_variable: Words | None = None
    people_key: Words | None = None
    assumption: list[AssumptionEntry] = Field(default_factory=list[AssumptionEntry])
    reader: list[ReaderEntry] = Field(default_factory=list[ReaderEntry])
    exchange_rate: list[ExchangeRateEntry] = Field(default_factory=list[ExchangeRateEntry])
    headcount_change: list[HeadcountChangeEntry] = Field(default_factory=list[HeadcountChangeEntry])
    operations: OperationsEntry | None = None
    engine: EngineEntry | None = None
    paper: Paper | None = None
    terms: dict[str, Translations] = Field(default_factory=dict[str, Translations])
    scenario: list[ScenarioEntry] = Field(default_factory=list[ScenarioEntry])

    @property
    def history_window(self) -> Window:
        """Days the exports cover; an open end is the end of time."""
        return Window(self.history.start, self.history.end or OPEN_END)

    @property
    def rates(self) -> dict[tuple[str, date], Decimal]:
        """Exchange rates by currency and day."""
        return {(entry.currency, entry.day): entry.rate for entry in self.exchange_rate}
