"""What a night was like, and everything the status page shows."""

from dataclasses import dataclass
from datetime import date

from roi_pipeline.domain.alerts import OpenAlert
from roi_pipeline.domain.feeds import Feed
from roi_pipeline.domain.statements import ModuleValue


@dataclass(frozen=True, slots=True)
class Night:
    """One run of the main job, as it is kept.

    Attributes:
        edition: `draft`, or `final` for a run that closed a cycle.
        failed: steps that failed.
        stale: sources whose newest rows were older than declared.
        rows_loaded: of the files that were new or changed on this night; so is `rows_quarantined`.
        bytes_kept: size of everything the product made for the study.
        bytes_of_runs: the part of it that is Dagster's history.
        kept_out: sources of which a file was rejected or could not be read.
    """

    as_of: date
    cycle_key: str
    edition: str
    failed: tuple[str, ...]
    stale: tuple[str, ...]
    rows_loaded: int
    rows_quarantined: int
    bytes_kept: int
    bytes_of_runs: int
    bytes_free: int
    kept_out: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nothing failed, every file was taken in and every source was fresh."""
        return not (self.failed or self.kept_out or self.stale)


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source on the status page.

    Attributes:
        last_file: path of the file that was new last.
        last_status: what the loader made of it.
        rows_loaded: rows of last night's new files; so is `rows_quarantined`.
        feed: None when nothing says when the source is expected.
    """

    table: str
    last_file: str
    last_status: str
    last_as_of: date | None
    rows_loaded: int
    rows_quarantined: int
    feed: Feed | None


@dataclass(frozen=True, slots=True)
class MailStatus:
    """E-mails of one edition by state."""

    edition_id: str
    accepted: int
    waiting: int
    undeliverable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """Everything the status page shows.

    Attributes:
        nights: the last nights, the newest first; the first is the one that has just ended.
        modules: money of each module in the cycle of the last night.
        next_due: (cycle, day) of the next edition to be made.
        editions: number of published editions.
    """

    nights: tuple[Night, ...]
    alerts: tuple[OpenAlert, ...]
    sources: tuple[SourceStatus, ...]
    modules: tuple[ModuleValue, ...]
    next_due: tuple[str, date] | None
    mails: tuple[MailStatus, ...]
    editions: int
