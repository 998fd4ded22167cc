"""The table `[operations]` of study.toml: hours of the runs, expected sources, who is notified."""

from datetime import time
from typing import Annotated

from annotated_types import Ge, Len
from pydantic import Field

from roi_pipeline.domain.alerts import AlertSettings, AlertSeverity
from roi_pipeline.domain.operations import DriftWatch, Expectation, Operations, Rhythm
from roi_pipeline.domain.texts import Language
from roi_pipeline.domain.windows import Window
from roi_pipeline.settings.entries.entry import (
    Days,
    Entry,
    Fraction,
    Name,
    WindowEntry,
    Words,
    build,
)

LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ExpectationEntry(Entry):
    """When one source delivers."""

    source: Annotated[str, Len(1)]
    every: Rhythm
    by: LocalTime | None = None
    tolerance_days: Days | None = None
    column: Name | None = None
    closed: list[WindowEntry] | None = None
    are_gaps_reported: bool | None = None

    def to_domain(self) -> Expectation:
        """The expectation."""
        closed = tuple(Window(each.start, each.end) for each in self.closed or ())
        return build(Expectation, self, by=read_time(self.by, time.min), closed=closed)


class DriftEntry(Entry):
    """A column whose mix of categories is watched."""

    source: Annotated[str, Len(1)]
    column: Name
    date_column: Name | None = None
    every: Rhythm | None = None
    periods: Annotated[int, Ge(3)] | None = None
    minimum_count: Annotated[int, Ge(20)] | None = None
    smallest_shift: Fraction | None = None

    def to_domain(self) -> DriftWatch:
        """What is watched."""
        return build(DriftWatch, self)


class AlertsEntry(Entry):
    """Who is notified, and from when on."""

    to: list[str] | None = None
    channels: list[Words] | None = None
    language: Language | None = None
    least_severity: AlertSeverity | None = None
    notice_days: Days | None = None
    least_free_share: Fraction | None = None
    sign_of_life: bool | None = None

    def to_domain(self) -> AlertSettings:
        """The settings."""
        return build(AlertSettings, self)


class OperationsEntry(Entry):
    """The whole table."""

    nightly_at: LocalTime | None = None
    close_at: LocalTime | None = None
    expected: list[ExpectationEntry] = Field(default_factory=list[ExpectationEntry])
    drift: list[DriftEntry] = Field(default_factory=list[DriftEntry])
    alerts: AlertsEntry | None = None
    selftest_trials: Days | None = None

    def to_domain(self) -> Operations:
        """The settings of operation."""
        usual = Operations()
        return build(
            Operations,
            self,
            nightly_at=read_time(self.nightly_at, usual.nightly_at),
            close_at=read_time(self.close_at, usual.close_at),
            expected=tuple(each.to_domain() for each in self.expected),
            drift=tuple(each.to_domain() for each in self.drift),
            alerts=self.alerts.to_domain() if self.alerts else AlertSettings(),
        )


def read_time(text: str | None, otherwise: time) -> time:
    """A time written `02:30`."""
    return time.fromisoformat(text) if text else otherwise
