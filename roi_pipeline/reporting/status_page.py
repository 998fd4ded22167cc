"""The status page: was last night good, what is stale, which file was rejected, what is due, what was mailed.

Static, self-contained, written whole or not at all; for whoever runs the service.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from roi_pipeline.domain.nights import Night, ServiceStatus, SourceStatus
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message
from roi_pipeline.files import write_whole
from roi_pipeline.reporting.alert_mail import alert_line, service_voice
from roi_pipeline.reporting.messages import Voice, plain
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.resources import shipped_folder

MEGABYTE = 1e6
LOAD_TONES = {"refused": "bad", "unreadable": "bad"}
FEED_TONES = {"arrived": "good", "late": "warn", "gaps": "warn", "missing": "bad"}
LINKS = (
    ("editions/index.html", "status_link_editions"),
    ("validation/index.html", "status_link_validation"),
)


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    tone: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    title: str
    columns: tuple[_Column, ...]
    rows: tuple[tuple[_Cell, ...], ...]
    empty: str


def write_status_page(page: Path, *, study: Study, status: ServiceStatus) -> Path:
    """Write the page.

    Args:
        page: where it goes; links are relative to its folder.
        study: gives company, names and language.
        status: what it shows; at least one night.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    language = study.languages[0]
    say = service_voice(language, study)
    environment = Environment(
        loader=FileSystemLoader(shipped_folder("report_templates")),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    night = status.nights[0]
    is_good = night.is_good and not any(each.alert.severity == "error" for each in status.alerts)
    text = environment.get_template("status/index.html.j2").render(
        language=language,
        company=plain(study.company.into(language)) or study.id,
        title=_word(say, "title"),
        verdict=_Cell(_word(say, "good" if is_good else "bad"), "good" if is_good else "bad"),
        lead=_lead(say, night, status),
        links=[
            _Cell(say.sentence(Message(code)), address=address)
            for address, code in LINKS
            if (page.parent / address).is_file()
        ],
        tables=_tables(say, study, status, page.parent),
    )
    return write_whole(page, text)


def _word(say: Voice, name: str) -> str:
    return say.sentence(Message(f"status_{name}"))


def _lead(say: Voice, night: Night, status: ServiceStatus) -> str:
    values = {"as_of": night.as_of, "cycle": night.cycle_key}
    lead = say.sentence(Message("status_lead", values))
    if status.next_due is None:
        return lead
    cycle, day = status.next_due
    return f"{lead} {say.sentence(Message('status_next_due', {'cycle': cycle, 'day': day}))}"


def _tables(say: Voice, study: Study, status: ServiceStatus, folder: Path) -> list[_Table]:
    return [
        _table(
            say, "alerts", ["alert", "since"],
            [
                [_Cell(alert_line(each.alert, say)), _Cell(say.numbers.day(each.since))]
                for each in status.alerts
            ],
        ),
        _table(
            say, "sources",
            ["source", "state", "newest", "last_file", "result", "rows#", "refused#", "next_due_day"],
            [_source(say, each) for each in status.sources],
        ),
        _table(
            say, "modules", ["module", "roi#", "rating", "action", "draft"],
            _modules(say, study, status, folder),
        ),
        _table(
            say, "mails", ["edition", "accepted#", "waiting#", "undeliverable"],
            [
                [
                    _Cell(each.edition_id),
                    _Cell(say.numbers.count(each.accepted)),
                    _Cell(say.numbers.count(each.waiting), "warn" if each.waiting else ""),
                    _Cell(", ".join(each.undeliverable) or NONE, "bad" if each.undeliverable else ""),
                ]
                for each in status.mails
            ],
        ),
        _table(
            say, "nights",
            ["night", "cycle", "edition", "result", "rows#", "refused#", "size#", "growth#", "runs#", "free#"],
            _nights(say, status.nights),
        ),
    ]  # fmt: skip


def _table(
    say: Voice, name: str, columns: Sequence[str], rows: Iterable[Sequence[_Cell]]
) -> _Table:
    """A table whose columns are named in the catalogue; a `#` behind a name says it holds figures."""
    return _Table(
        _word(say, name),
        tuple(
            _Column(_word(say, f"column_{each.removesuffix('#')}"), each.endswith("#"))
            for each in columns
        ),
        tuple(tuple(row) for row in rows),
        _word(say, "none"),
    )


def _source(say: Voice, source: SourceStatus) -> list[_Cell]:
    feed, count = source.feed, say.numbers.count
    state = _Cell(_word(say, f"feed_{feed.state}"), FEED_TONES[feed.state]) if feed else _Cell(NONE)
    newest = say.numbers.day(feed.newest) if feed and feed.newest else NONE
    status = source.last_status
    result = _Cell(say.name("load", status), LOAD_TONES.get(status, "")) if status else _Cell(NONE)
    return [
        _Cell(source.table),
        state,
        _Cell(newest),
        _Cell(plain(source.last_file) or NONE),
        result,
        _Cell(count(source.rows_loaded)),
        _Cell(count(source.rows_quarantined)),
        _Cell(say.numbers.day(feed.next_due) if feed else NONE),
    ]


def _modules(
    say: Voice, study: Study, status: ServiceStatus, folder: Path
) -> Iterable[list[_Cell]]:
    language = study.languages[0]
    by_id = {value.module_id: value for value in status.modules}
    for module in study.modules:
        name = _Cell(plain(module.name.into(language)))
        value = by_id.get(module.id)
        if value is None:
            yield [
                name,
                _Cell(NONE),
                _Cell(_word(say, "no_figures"), "bad"),
                _Cell(NONE),
                _Cell(NONE),
            ]
            continue
        page = f"reports/{value.cycle_key}/{language}/{module.id}.html"
        grade = value.rating.grade
        rating = say.name("rating", grade) if grade else ""
        verdict = f"verdict.{value.rating.status}"
        yield [
            name,
            _Cell(say.numbers.roi(value.rating.roi)),
            _Cell(say.word(verdict, grade=rating) if verdict in say.words else rating or NONE),
            _Cell(say.name("action", value.decision.action)),
            _Cell(value.cycle_key, address=page if (folder / page).is_file() else ""),
        ]


def _nights(say: Voice, nights: Sequence[Night]) -> Iterable[list[_Cell]]:
    for place, night in enumerate(nights):
        before = nights[place + 1] if place + 1 < len(nights) else None
        growth = None if before is None else night.bytes_kept - before.bytes_kept
        result = _Cell(_word(say, "good"), "good")
        if night.failed or night.kept_out:
            result = _Cell(", ".join((*night.failed, *night.kept_out)), "bad")
        elif night.stale:
            result = _Cell(", ".join(night.stale), "warn")
        yield [
            _Cell(say.numbers.day(night.as_of)),
            _Cell(night.cycle_key),
            _Cell(say.name("status", night.edition)),
            result,
            _Cell(say.numbers.count(night.rows_loaded)),
            _Cell(say.numbers.count(night.rows_quarantined)),
            _Cell(_megabytes(say, night.bytes_kept)),
            _Cell(NONE if growth is None else _megabytes(say, growth)),
            _Cell(_megabytes(say, night.bytes_of_runs)),
            _Cell(_megabytes(say, night.bytes_free)),
        ]


def _megabytes(say: Voice, size: int) -> str:
    return f"{say.numbers.number(round(size / MEGABYTE, 1))} MB"
