"""A world that delivers into a small study night after night, with what goes wrong in a year.

Time is an argument, so a night takes seconds. Every fault says which alert it has to raise and on which
night; whatever else is raised is one too many.
"""

import os
import pickle
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from statistics import median

from servers import Script, scripted_server
from tiny_study import DAILY, FACT, GO_LIVE, SOURCE, STORES, SWITCHED_ON, write_tiny_study

from roi_pipeline.cli.app import DISK_FULL
from roi_pipeline.defs.retention import purge_runs
from roi_pipeline.defs.run import close_study, evaluate_cycle, run_due
from roi_pipeline.domain.nights import Night
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines.store.values import from_json, read_effects, read_value
from roi_pipeline.engines.writer_lock import unheard
from roi_pipeline.usecases.alerts import open_alerts
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.nights import alert_log
from roi_pipeline.usecases.studies import study_in, warehouse_at

FIRST = date(2026, 4, 1)
ZONE = "Australia/Sydney"  # summer time ends on 5 April 2026 and begins on 4 October
READERS = ("owner@example.com", "sales@example.com")
STALE, REFUSED, MISSED, DRIFTED, NOT_CLOSED = (
    "feed_stale:pos__visits",
    "delivery_refused:pos__visits",
    "night_missed:night",
    "categories_drifted:pos__visits.visit_reason",
    "run_failed:reports/edition",
)
OPERATIONS = """
[operations.alerts]
to = ["ops@example.com"]
least_free_share = 0.0

[[operations.expected]]
source = "pos__visits"
every = "day"
tolerance_days = 1
column = "visited_at"

[[operations.drift]]
source = "pos__visits"
column = "visit_reason"
"""
REASON = """
[[column]]
name = "visit_reason"
type = "text"
header = "reason"
"""
REASONS, MISCODED = ("walk-in", "appointment", "online"), "other"
DATED = "visits.visit_date,  -- when"
MOMENT = "local_date(visits.visited_at, $timezone) as visit_date,  -- when"
SMALL_DISK = """
cp -a "$1/." "$2" && mount -t tmpfs -o size=900m tmpfs "$1" && cp -a "$2/." "$1" || exit 99
used=$(df -k --output=used "$1" | tail -1)
mount -o remount,size=$((used + $3))k "$1" || exit 98
"$4" -m roi_pipeline.cli night "$1" --as-of "$5" >"$2.txt" 2>&1
status=$?
rm -rf "$2" && cp -a "$1" "$2" || exit 97
exit $status
"""


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong on a night, counted from the first.

    Attributes:
        kind: `off` machine off · `silent` nothing arrives · `half` a file cut in the middle, whole the
            night after · `refused` a file without its key, gone the night after · `again` an old month
            delivered again · `utf16` another encoding · `renamed` a header that the contract learns on
            this night · `grown` a dated headcount change · `mute` the mail server is down · `miscoded` whoever enters the visits chooses one reason for
            most of them · `killed` the
            night's process is killed · `full` the disk is full · `restated` a late file of the last
            closed cycle, closed again · `purged` Dagster's older history is deleted.
        nights: on how many nights in a row.
        alerts: keys of the alerts it raises, each with how many nights later.
    """

    kind: str
    night: int
    nights: int = 1
    alerts: tuple[tuple[str, int], ...] = ()

    @property
    def span(self) -> range:
        """The nights it is on."""
        return range(self.night, self.night + self.nights)


@dataclass
class Life:
    """What the nights were like.

    Attributes:
        begun: (night, alert) as each began.
        seconds: of processor time, a night.
        kills: how many processes were still at work when they were killed.
        nights: how many there have been.
    """

    script: Script
    nights: int = 0
    begun: list[tuple[int, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    kills: int = 0


@dataclass
class World:
    """The systems that deliver into a study."""

    folder: Path
    nights: int
    faults: tuple[Fault, ...]
    chance: random.Random = field(default_factory=lambda: random.Random(3))  # noqa: S311
    owed: list[date] = field(default_factory=list)
    header: str = "sale"

    def has(self, kind: str, number: int) -> bool:
        """Whether a fault of a kind is on a night."""
        return any(fault.kind == kind and number in fault.span for fault in self.faults)

    @property
    def expected(self) -> list[tuple[int, str]]:
        """(night, alert) of everything planted."""
        return sorted(each for fault in self.faults for each in raised_by(fault))

    def deliver(self, number: int) -> None:
        """What the systems put there before a night."""
        exports = self.folder / "exports"
        for path in exports.glob("*.whole"):
            path.replace(path.with_suffix(".csv"))
        (exports / "visits_bad.csv").unlink(missing_ok=True)
        self._change_settings(number)
        self.owed.append(FIRST + timedelta(days=number - 1))
        if self.has("silent", number):
            return
        path = exports / f"visits_{self.owed[-1]}.csv"
        encoding = "utf-16" if self.has("utf16", number) else "utf-8"
        is_miscoded = self.has("miscoded", number)
        write_visits(
            path,
            self.owed,
            self.chance,
            header=self.header,
            encoding=encoding,
            is_miscoded=is_miscoded,
        )
        self.owed.clear()
        if self.has("half", number):
            whole = path.read_bytes()
            path.with_suffix(".whole").write_bytes(whole)
            lines = whole.splitlines(keepends=True)
            path.write_bytes(b"".join(lines[: len(lines) // 2]))
        if self.has("refused", number):
            head = f"visit,store,at,reason,{self.header}\n"
            row = ",S1,2026-04-02 10:00:00,online,true\n"
            (exports / "visits_bad.csv").write_text(head + row * 3)
        if self.has("again", number):
            shutil.copy(exports / "visits_2026-02.csv", exports / f"visits_2026-02_{number}.csv")
        if self.has("restated", number):
            days = [date(2026, 3, 10) + timedelta(days=each) for each in range(5)]
            write_visits(exports / "visits_late.csv", days, self.chance, extra="-late")

    def _change_settings(self, number: int) -> None:
        if self.has("renamed", number):
            self.header = "sold"
            edit(
                self.folder / "sources/pos__visits.toml",
                'header = "sale"',
                'headers = ["sale", "sold"]',
            )
        if self.has("grown", number):
            day = FIRST + timedelta(days=number)
            with (self.folder / "study.toml").open("a", encoding="utf-8") as file:
                file.write(f"\n[[headcount_change]]\nvalid_from = {day}\nheadcount = 200\n")


def raised_by(fault: Fault) -> tuple[tuple[int, str], ...]:
    """(night, alert) of a fault; nothing closes on a night that refused a delivery, and that is said too."""
    raised = tuple((fault.night + later, key) for key, later in fault.alerts)
    days = {FIRST + timedelta(days=night) for night in fault.span}
    if fault.kind == "refused" and days & {ripe for _, ripe in closings()}:
        raised += ((fault.night, NOT_CLOSED),)
    return raised


def edit(path: Path, before: str, after: str) -> None:
    """Replace what stands once in a file."""
    text = path.read_text("utf-8")
    assert text.count(before) == 1, (path, before)
    path.write_text(text.replace(before, after), "utf-8")


def write_visits(
    path: Path,
    days: list[date],
    chance: random.Random,
    *,
    header: str = "sale",
    encoding: str = "utf-8",
    extra: str = "",
    is_miscoded: bool = False,
) -> None:
    """Visits in local wall time, also in the hour that comes twice when summer time ends."""
    lines = [f"visit,store,at,reason,{header}"]
    reasons = random.Random(path.name)  # noqa: S311 - its own, so that no other draw depends on it
    for day in days:
        for store in STORES:
            is_on = store in SWITCHED_ON and day >= GO_LIVE
            for number in range(chance.randint(18, 24)):
                at = datetime.combine(day, datetime.min.time()) + timedelta(
                    minutes=number * 60 + 30
                )
                is_sale = str(chance.random() < (0.34 if is_on else 0.22)).lower()
                reason = reasons.choices(REASONS, (5, 3, 2))[0]
                if is_miscoded and reasons.random() < 0.7:
                    reason = MISCODED
                visit = f"{store}-{day:%y%m%d}-{number}{extra}"
                lines.append(f"{visit},{store},{at},{reason},{is_sale}")
    path.write_text("\n".join(lines) + "\n", encoding)


def write_world(folder: Path, nights: int, *faults: Fault) -> World:
    """The study before its first night, with three months of history."""
    write_tiny_study(folder)
    edit(folder / "study.toml", ", end = 2026-04-15 }", " }")
    edit(folder / "study.toml", '"Asia/Shanghai"', f'"{ZONE}"')
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(OPERATIONS)
    dated = 'name = "visit_date"\ntype = "date"\nheader = "day"'
    assert dated in SOURCE
    assert DATED in FACT
    assert "visits.visit_date" in DAILY
    moment = 'name = "visited_at"\ntype = "timestamp"\nheader = "at"'
    edit(folder / "sources/pos__visits.toml", dated, moment)
    with (folder / "sources/pos__visits.toml").open("a", encoding="utf-8") as file:
        file.write(REASON)
    edit(folder / "sql/facts/visits.sql", DATED, MOMENT)
    edit(
        folder / "sql/facts/visits.sql",
        "where visits.visit_date < $as_of",
        "where local_date(visits.visited_at, $timezone) < $as_of",
    )
    world = World(folder, nights, faults)
    for month, days in ((1, 31), (2, 28), (3, 31)):
        path = folder / f"exports/visits_2026-{month:02}.csv"
        all_days = [date(2026, month, day) for day in range(1, days + 1)]
        write_visits(path, all_days, world.chance)
    return world


def live(
    world: World,
    setenv: Callable[[str, str], None],
    *,
    life: Life | None = None,
    kept: Path | None = None,
) -> Life:
    """Every night that has not been yet, and what was raised on it.

    Args:
        world: what delivers.
        setenv: sets a variable of the environment.
        life: of the nights before, where the world goes on.
        kept: written after every night, for `kept_until_now`.
    """
    life = life or Life(Script())
    with scripted_server(life.script) as port:
        for name, value in {
            "ROI_SMTP_HOST": "127.0.0.1", "ROI_SMTP_PORT": str(port), "ROI_SMTP_SECURITY": "none",
            "ROI_SMTP_FROM": "roi@example.com",
        }.items():  # fmt: skip
            setenv(name, value)
        for number in range(life.nights + 1, world.nights + 1):
            world.deliver(number)
            if not world.has("off", number):
                is_mute = world.has("mute", number)
                life.script.always = ("connect", "421 down") if is_mute else ("", "")
                began = time.process_time()
                _night(world, life, number)
                life.seconds.append(time.process_time() - began)
            life.nights = number
            print(progress(world, life), file=sys.stderr, flush=True)  # noqa: T201
            if kept:
                part = kept.with_suffix(".part")
                part.write_bytes(pickle.dumps((world, life)))
                part.replace(kept)
    return life


def kept_until_now(kept: Path) -> tuple[World, Life] | None:
    """The world after the last night that was kept, for a year that takes more than one process."""
    return pickle.loads(kept.read_bytes()) if kept.is_file() else None  # noqa: S301 - written here


def progress(world: World, life: Life) -> str:
    """One line on the night that is over: seconds, megabytes in `out/`, alerts that are not as planted."""
    size = {
        part.name: sum(each.stat().st_size for each in part.rglob("*") if each.is_file()) / 1e6
        for part in sorted((world.folder / "out").iterdir())
        if part.is_dir()
    }
    shown = " ".join(f"{name} {each:.1f}" for name, each in size.items() if each >= 0.05)
    seconds = life.seconds[-1] if life.seconds else 0.0
    clock = f"{datetime.now():%H:%M:%S}"  # noqa: DTZ005 - for whoever watches
    planted = {each for each in world.expected if each[0] <= life.nights}
    other = sorted(planted.symmetric_difference(life.begun))
    said = f", alerts missing or extra: {other}" if other else ""
    return f"night {life.nights} {clock}: {seconds:.1f} s of processor time, MB: {shown}{said}"


def _night(world: World, life: Life, number: int) -> None:
    folder, as_of = world.folder, FIRST + timedelta(days=number)
    if world.has("killed", number):
        life.kills += _kill_one(folder, as_of, world.chance)
    if world.has("full", number):
        _run_on_a_small_disk(folder, as_of)
    held = {alert.alert.key for alert in open_alerts(study_in(str(folder)))}
    for outcome in run_due(folder, as_of=as_of):
        holds = {alert.alert.key for alert in open_alerts(study_in(str(folder)))}
        life.begun += [((outcome.as_of - FIRST).days, key) for key in sorted(holds - held)]
        held = holds
    if world.has("restated", number):
        ripe = dict(closings())["2026-03"]
        assert close_study(folder, "2026-03", as_of=ripe).name == "2026-03/restated-1"
    if world.has("purged", number):
        assert purge_runs(folder, as_of=as_of, keep_days=20, wait_seconds=0, waiting=unheard)


def _kill_one(folder: Path, as_of: date, chance: random.Random) -> bool:
    """Start the night and kill it at a random moment; whether it was still at work."""
    command = [
        sys.executable,
        "-m",
        "roi_pipeline.cli",
        "night",
        str(folder),
        "--as-of",
        str(as_of),
    ]
    seconds = chance.uniform(1.0, 8.0)  # of processor time: a loaded machine kills no earlier
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        while process.poll() is None:
            if processor_seconds(process.pid) >= seconds:
                os.killpg(process.pid, 9)
                process.wait()
                return True
            time.sleep(0.02)
    return False


def processor_seconds(pid: int) -> float:
    """What a running process has used, all its threads together."""
    after_name = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _run_on_a_small_disk(folder: Path, as_of: date) -> None:
    """The night on a file system with two megabytes to spare: it says so and ends with its status."""
    copy = folder.with_name("small_disk")
    copy.mkdir()
    arguments = [folder, copy, "2000", sys.executable, str(as_of)]
    command = ["unshare", "-rm", "sh", "-c", SMALL_DISK, "sh", *map(str, arguments)]
    status = subprocess.run(command, check=False).returncode
    said = copy.with_name("small_disk.txt")
    assert status == DISK_FULL, (status, said.read_text("utf-8") if said.is_file() else "")
    shutil.rmtree(folder)
    copy.rename(folder)


def check(world: World, life: Life, cold: Path) -> tuple[Night, ...]:
    """What must hold after any nights: the state of a cold run, the planted alerts, each e-mail once.

    Returns:
        Every night that was kept, the first one first.
    """
    folder, last = world.folder, FIRST + timedelta(days=world.nights)
    study, archive = study_in(str(folder)), archive_of(StudyPaths(folder))
    shutil.copytree(folder, cold, ignore=shutil.ignore_patterns("out"))
    closed = sorted({name.split("/")[0] for name in archive.names()})
    assert closed == [key for key, day in closings() if day <= last]
    for key, as_of in last_looks(last):
        evaluate_cycle(cold, key, as_of=as_of)
        found = list(differences(figures(folder, key), figures(cold, key), key))
        assert not found, found
    for table in ("facts.visits", "metrics.visits_daily"):
        found = rows(folder, table)
        assert len(found) > 500
        assert found == rows(cold, table)
    assert sorted(life.begun) == world.expected
    assert open_alerts(study) == ()
    assert {reader: life.script.copies[reader] for reader in READERS} == dict.fromkeys(
        READERS, len(archive.names())
    )
    ids = life.script.message_ids()
    assert len(ids) == len(set(ids))
    assert alert_log(study).waiting() == ()
    payloads = alert_log(study).nights(world.nights * 3)
    nights = tuple(reversed([from_json(each, Night) for each in payloads]))
    assert {(night.as_of - FIRST).days for night in nights} == set(range(1, world.nights + 1))
    return nights


def closings() -> Iterator[tuple[str, date]]:
    """Months from the first that matures after the first night, each with the day it matures."""
    month = date(2026, 3, 1)
    while month.year < 2029:
        following = (month + timedelta(days=31)).replace(day=1)
        yield f"{month:%Y-%m}", following + timedelta(days=3)
        month = following


def last_looks(last: date) -> Iterator[tuple[str, date]]:
    """Every month the nights have seen, each with the last day it was seen from.

    A month that has not matured stands as the draft of the night that covered its last day.
    """
    for key, ripe in closings():
        begins = date.fromisoformat(f"{key}-01")
        if begins < last:
            ends = (begins + timedelta(days=31)).replace(day=1)
            yield key, ripe if ripe <= last else min(ends, last)


def figures(folder: Path, cycle_key: str) -> tuple[object, object]:
    """Effects and values of the module in a cycle, as they are stored."""
    with warehouse_at(StudyPaths(folder)).open() as connection:
        found = (
            read_effects(connection, cycle_key, "greeter"),
            read_value(connection, cycle_key, "greeter"),
        )
    assert None not in found
    return found


def rows(folder: Path, table: str) -> list[tuple[object, ...]]:
    """Every row of a table, sorted."""
    with warehouse_at(StudyPaths(folder)).open() as connection:
        return connection.execute(f"select * from {table} order by all").fetchall()


def differences(one: object, other: object, path: str) -> Iterator[str]:
    """Where two values differ, down to the field."""
    if one == other:
        return
    if is_dataclass(one) and type(one) is type(other):
        for each in fields(one):
            pair = getattr(one, each.name), getattr(other, each.name)
            yield from differences(*pair, f"{path}.{each.name}")
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for place, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{path}.{place}")
    else:
        yield f"{path}: {one} | {other}"


def table_of_alerts(world: World) -> str:
    """Fault, nights and what it raised, as a table of the documents."""
    lines = ["| fault | night | nights | alert, begun on night |", "|---|---|---|---|"]
    for fault in sorted(world.faults, key=lambda each: each.night):
        raised = ", ".join(f"`{key}`, {night}" for night, key in raised_by(fault)) or "none"
        lines.append(f"| {fault.kind} | {fault.night} | {fault.nights} | {raised} |")
    return "\n".join(lines)


def bytes_a_night(nights: tuple[Night, ...]) -> float:
    """Growth a night: the median slope between any two drafts (Theil and Sen).

    A night is measured while it runs, with the journals of its databases, some megabytes or none: the
    difference of the first and the last night is as much theirs as the nights'.
    """
    drafts = [night for night in nights if night.edition == "draft"]
    return median(
        (later.bytes_kept - earlier.bytes_kept) / (later.as_of - earlier.as_of).days
        for earlier, later in combinations(drafts, 2)
        if later.as_of > earlier.as_of
    )


def table_of_sizes(nights: tuple[Night, ...], every: int) -> str:
    """What is kept after every so many nights, and the growth a night since the row before."""
    lines = ["| night | kept (MB) | run history (MB) | growth a night (MB) |", "|---|---|---|---|"]
    drafts = [night for night in nights if night.edition == "draft"]
    shown = [drafts[0], *drafts[every::every]]
    for place, night in enumerate(shown):
        growth = ""
        if place:
            before = shown[place - 1]
            days = max((night.as_of - before.as_of).days, 1)
            growth = f"{(night.bytes_kept - before.bytes_kept) / days / 1e6:.2f}"
        kept, runs = night.bytes_kept / 1e6, night.bytes_of_runs / 1e6
        lines.append(f"| {(night.as_of - FIRST).days} | {kept:.1f} | {runs:.1f} | {growth} |")
    return "\n".join(lines)
