"""Where everything lies that the product makes for a study: one folder `out`, one name for each part."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class StudyPaths:
    """The places below a study's folder.

    >>> StudyPaths(Path("acme")).reports("2026-Q1").as_posix()
    'acme/out/reports/2026-Q1'
    """

    folder: Path

    @property
    def out(self) -> Path:
        """Everything the product makes; nothing in it is written by hand."""
        return self.folder / "out"

    @property
    def warehouse(self) -> Path:
        """The database that one process at a time writes."""
        return self.out / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        """The read-only copy that analysts keep open."""
        return self.out / "published.duckdb"

    @property
    def lake(self) -> Path:
        """Spark's tables, where the study names no other folder for them."""
        return self.out / "lake"

    @property
    def editions(self) -> Path:
        """The archive of published editions."""
        return self.out / "editions"

    @property
    def validation(self) -> Path:
        """The static pages on every rule and what it found."""
        return self.out / "validation"

    @property
    def plans(self) -> Path:
        """Plans as CSV, one file a module."""
        return self.out / "plans"

    @property
    def outbox(self) -> Path:
        """The record of what was mailed to whom."""
        return self.out / "outbox.sqlite"

    @property
    def alerts(self) -> Path:
        """The record of alerts and nights."""
        return self.out / "alerts.sqlite"

    @property
    def status_page(self) -> Path:
        """What the last night was like, for whoever runs the service."""
        return self.out / "index.html"

    @property
    def emails(self) -> Path:
        """E-mails written as files instead of sent."""
        return self.out / "emails"

    @property
    def sql_readings(self) -> Path:
        """What was read in the study's SQL, and in which texts."""
        return self.out / "sql_readings.json"

    @property
    def checked(self) -> Path:
        """What of the study's SQL was tried, and found to run."""
        return self.out / "checked.json"

    @property
    def measured(self) -> Path:
        """What each run took: rows, seconds, memory, disk."""
        return self.out / "measured.jsonl"

    @property
    def libraries(self) -> Path:
        """Which libraries the figures go through, as last found."""
        return self.out / "libraries.json"

    @property
    def charts(self) -> Path:
        """Charts of drafts as drawn, by what they show."""
        return self.out / "charts"

    @property
    def scratch(self) -> Path:
        """Unpacked exports and restored studies, while somebody works on them."""
        return self.out / "scratch"

    @property
    def backups(self) -> Path:
        """Backups that an upgrade made before it changed the warehouse."""
        return self.out / "backups"

    @property
    def dagster_home(self) -> Path:
        """Where Dagster keeps what ran."""
        return self.out / "dagster"

    def reports(self, cycle_key: str) -> Path:
        """Draft reports of a cycle."""
        return self.out / "reports" / cycle_key
