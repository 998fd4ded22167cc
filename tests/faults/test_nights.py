"""Nights in a row through the real entry point, with what goes wrong in a year: nothing is lost, nothing said twice.

Time is an argument, so a night takes seconds. At the end the figures are those of a cold run over the
same files, the alerts are the planted faults, and the storage has not run away.
"""

import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from servers import Script, scripted_server
from tiny_study import write_tiny_study, write_visits

from roi_pipeline.defs.run import evaluate_cycle, run_due
from roi_pipeline.domain.effects import ModuleEffects
from roi_pipeline.domain.nights import Night
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.engines.store.values import read_effects, read_value
from roi_pipeline.usecases.nights import nights_of
from roi_pipeline.usecases.studies import study_in, warehouse_at

pytestmark = [pytest.mark.server, pytest.mark.timeout(7200)]
FIRST = date(2026, 4, 1)
OPERATIONS = """
[operations.alerts]
to = ["ops@example.com"]
least_free_share = 0.0

[[operations.expected]]
source = "pos__visits"
every = "day"
tolerance_days = 1
column = "visit_date"
"""


@dataclass
class Plan:
    """What happens on which night, counted from the first; every other night a day's file arrives.

    Attributes:
        dead: nights on which nothing arrives; the days come with the next file.
        off: nights on which the machine is off.
        half: nights whose file is cut in the middle, completed the night after.
        bad: nights that also bring a file without its key, corrected the night after.
        again: nights that deliver an earlier month again.
        mute: nights on which the mail server is down.
        expected: alerts that have to be raised, and no others.
        closes: cycles that mature meanwhile, and when.
    """

    nights: int
    dead: frozenset[int] = frozenset()
    off: frozenset[int] = frozenset()
    half: frozenset[int] = frozenset()
    bad: frozenset[int] = frozenset()
    again: frozenset[int] = frozenset()
    mute: frozenset[int] = frozenset()
    expected: frozenset[str] = frozenset()
    closes: tuple[tuple[str, date], ...] = (("2026-03", date(2026, 4, 4)),)


@dataclass
class World:
    """The systems that deliver into a study."""

    folder: Path
    plan: Plan
    chance: random.Random = field(default_factory=lambda: random.Random(3))  # noqa: S311
    owed: list[date] = field(default_factory=list)

    def deliver(self, number: int) -> None:
        """What the systems put there before a night."""
        self._complete(number - 1)
        self.owed.append(FIRST + timedelta(days=number - 1))
        if number in self.plan.dead:
            return
        path = self.folder / f"exports/visits_{self.owed[-1]}.csv"
        write_visits(path, self.owed, self.chance)
        self.owed.clear()
        if number in self.plan.half:
            whole = path.read_bytes()
            path.with_suffix(".whole").write_bytes(whole)
            lines = whole.splitlines(keepends=True)
            path.write_bytes(b"".join(lines[: len(lines) // 2]))
        if number in self.plan.bad:
            (self.folder / "exports/visits_bad.csv").write_text(
                "visit,store,day,sale\n,S1,2026-04-02,true\n" * 3
            )
        if number in self.plan.again:
            shutil.copy(
                self.folder / "exports/visits_2026-02.csv",
                self.folder / "exports/visits_2026-02_again.csv",
            )

    def _complete(self, number: int) -> None:
        for path in (self.folder / "exports").glob("*.whole"):
            path.replace(path.with_suffix(".csv"))
        if number in self.plan.bad:
            (self.folder / "exports/visits_bad.csv").unlink()


def write_world(folder: Path, plan: Plan) -> World:
    write_tiny_study(folder)
    settings = folder / "study.toml"
    text = settings.read_text("utf-8").replace(", end = 2026-04-15 }", " }")
    settings.write_text(text + OPERATIONS, "utf-8")
    return World(folder, plan)


def live(world: World, setenv: Callable[[str, str], None]) -> Script:
    """Every night of the plan; the mails that were accepted."""
    script = Script()
    with scripted_server(script) as port:
        for name, value in {
            "ROI_SMTP_HOST": "127.0.0.1", "ROI_SMTP_PORT": str(port), "ROI_SMTP_SECURITY": "none",
            "ROI_SMTP_FROM": "roi@example.com",
        }.items():  # fmt: skip
            setenv(name, value)
        for number in range(1, world.plan.nights + 1):
            world.deliver(number)
            if number in world.plan.off:
                continue
            script.always = ("connect", "421 down") if number in world.plan.mute else ("", "")
            for _ in run_due(world.folder, as_of=FIRST + timedelta(days=number)):
                pass
    return script


def figures(folder: Path, cycle_key: str) -> tuple[ModuleEffects | None, ModuleValue | None]:
    with warehouse_at(StudyPaths(folder)).open() as connection:
        return (
            read_effects(connection, cycle_key, "greeter"),
            read_value(connection, cycle_key, "greeter"),
        )


def differences(one: object, other: object, path: str = "") -> list[str]:
    """Where two values differ, down to the field."""
    if one == other:
        return []
    if is_dataclass(one) and type(one) is type(other):
        names = [field.name for field in fields(one)]
        pairs = [(name, getattr(one, name), getattr(other, name)) for name in names]
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        pairs = [(str(place), *pair) for place, pair in enumerate(zip(one, other, strict=True))]
    else:
        return [f"{path}: {one} | {other}"]
    return [line for name, a, b in pairs for line in differences(a, b, f"{path}.{name}")]


def raised(folder: Path) -> set[str]:
    with closing(sqlite3.connect(StudyPaths(folder).alerts)) as connection:
        return {key for (key,) in connection.execute("select key from alerts")}


def still_open(folder: Path) -> set[str]:
    query = "select key from alerts where until is null"
    with closing(sqlite3.connect(StudyPaths(folder).alerts)) as connection:
        return {key for (key,) in connection.execute(query)}


def check(world: World, script: Script, tmp_path: Path) -> tuple[Night, ...]:
    """What must hold after any plan."""
    folder, last = world.folder, FIRST + timedelta(days=world.plan.nights)
    cold = tmp_path / "cold"
    shutil.copytree(folder, cold, ignore=shutil.ignore_patterns("out"))
    key = f"{(last - timedelta(days=1)):%Y-%m}"
    for cycle_key, as_of in (*world.plan.closes, (key, last)):
        evaluate_cycle(cold, cycle_key, as_of=as_of)
        assert differences(figures(folder, cycle_key), figures(cold, cycle_key)) == []
    assert raised(folder) == world.plan.expected
    assert still_open(folder) == set()
    assert script.copies["owner@example.com"] == len(world.plan.closes)
    assert script.copies["sales@example.com"] == len(world.plan.closes)
    nights = nights_of(study_in(str(folder)))
    ids = script.message_ids()
    assert len(ids) == len(set(ids))
    return nights


@pytest.mark.soak
def test_a_week_with_a_dead_feed_a_bad_file_and_a_closing_day_slept_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(
        nights=8,
        off=frozenset({2, 3}),  # 4 April, when March matures, is slept through
        half=frozenset({4}),
        bad=frozenset({4}),
        dead=frozenset({5, 6}),
        mute=frozenset({6}),
        again=frozenset({7}),
        expected=frozenset(
            {"night_missed:night", "delivery_refused:pos__visits", "feed_stale:pos__visits"}
        ),
    )
    world = write_world(tmp_path / "study", plan)
    script = live(world, monkeypatch.setenv)
    nights = check(world, script, tmp_path)
    assert [night.as_of.day for night in nights if night.edition == "draft"] == [
        9,
        8,
        7,
        6,
        5,
        4,
        3,
        2,
    ]
    assert (world.folder / "out/editions/2026-03/final-1/manifest.json").is_file()


@pytest.mark.soak
def test_sixty_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(
        nights=60,
        off=frozenset({2, 3, 4, 33, 34}),
        half=frozenset({6, 20, 41}),
        bad=frozenset({12, 44}),
        dead=frozenset(range(22, 32)),
        again=frozenset({36}),
        mute=frozenset({24}),
        closes=(("2026-03", date(2026, 4, 4)), ("2026-04", date(2026, 5, 4))),
        expected=frozenset(
            {"night_missed:night", "delivery_refused:pos__visits", "feed_stale:pos__visits"}
        ),
    )
    world = write_world(tmp_path / "study", plan)
    nights = check(world, live(world, monkeypatch.setenv), tmp_path)
    sizes = [night.bytes_kept for night in nights]
    assert max(sizes) < 3 * min(sizes)
