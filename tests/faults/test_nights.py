"""Nights in a row through the real entry point, with what goes wrong in a year: nothing lost, nothing twice.

At the end the figures are those of a cold run over the same files, the alerts are the planted faults on
their nights, every reader has every edition once, and the storage has not run away.
"""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from year_of_nights import (
    DRIFTED,
    FIRST,
    MISSED,
    REFUSED,
    STALE,
    Fault,
    bytes_a_night,
    check,
    kept_until_now,
    live,
    table_of_alerts,
    table_of_sizes,
    write_world,
)

from roi_pipeline.defs.run import verify
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.alerts import find_alerts
from roi_pipeline.usecases.exports import load_export
from roi_pipeline.usecases.histories import archive_of
from roi_pipeline.usecases.studies import paths_of, study_in, warehouse_at

MOST_BYTES_A_NIGHT = 2_500_000  # run history of a night, a day of visits, its share of an edition
NIGHTS = int(os.environ.get("ROI_NIGHTS", "400"))
PERIOD = 30
# From Monday 6 April; on the Monday after, the week is whole.
MISCODED_WEEK = Fault("miscoded", 6, 6, alerts=((DRIFTED, 6),))
pytestmark = [pytest.mark.server, pytest.mark.timeout(36000)]


@pytest.mark.slow
def test_ten_nights_with_a_month_that_matures_while_the_machine_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = write_world(
        tmp_path / "study",
        10,
        Fault("off", 2, 2, alerts=((MISSED, 0),)),  # March matures on the second of these nights
        Fault("half", 4),
        Fault("utf16", 5),
        Fault("refused", 5, alerts=((REFUSED, 0),)),
        Fault("mute", 5),
        Fault("silent", 6, 2, alerts=((STALE, 1),)),
        Fault("renamed", 8),
        Fault("grown", 8),
        Fault("silent", 9),
        Fault("again", 10),
    )
    life = live(world, monkeypatch.setenv)
    nights = check(world, life, tmp_path / "cold")
    growth = bytes_a_night(nights)
    print(f"\n{table_of_alerts(world)}\n\n{table_of_sizes(nights, 1)}\n\n{life.seconds}")  # noqa: T201
    print(f"{growth:,.0f} bytes a night")  # noqa: T201
    assert growth < MOST_BYTES_A_NIGHT


def test_a_week_coded_otherwise_raises_one_alert_and_no_other_week_does(tmp_path: Path) -> None:
    """The exports of twenty nights alone: everything a year does to them, and what is said of the codes."""
    world = write_world(
        tmp_path / "study", 20, MISCODED_WEEK, Fault("half", 6), Fault("silent", 12),
        Fault("silent", 14, 6), Fault("restated", 7), Fault("utf16", 4),
    )  # fmt: skip
    study = study_in(str(world.folder))
    warehouse = warehouse_at(paths_of(study))
    drifted = dict[int, list[str]]()
    for number in range(1, world.nights + 1):
        world.deliver(number)
        as_of = FIRST + timedelta(days=number)
        loaded = load_export(warehouse, study.contracts[0], study=study, as_of=as_of)
        cycle = study.cycle(f"{FIRST:%Y-%m}", as_of=as_of)
        found = find_alerts(study, cycle, failed=(), feeds=(), last_night=None)
        keys = [alert.key for alert in found if alert.kind == "categories_drifted"]
        if keys:
            drifted[number] = keys
        (judged,) = loaded.categories  # what the asset check of the export shows
        assert judged.has_drifted == bool(keys)
        assert judged.drift is not None
    assert drifted == {number: [DRIFTED] for number in range(12, 19)}


@pytest.mark.soak
def test_a_year_of_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many nights as ROI_NIGHTS says, with the same faults every thirty nights.

    With ROI_YEAR they stand in that folder, and a year that was stopped goes on after its last night.
    """
    faults = list[Fault]()
    for start in range(0, NIGHTS - PERIOD + 1, PERIOD):
        faults += [
            Fault("off", start + 2, 3, alerts=((MISSED, 0),)),
            Fault("half", start + 6),
            Fault("refused", start + 8, alerts=((REFUSED, 0),)),
            Fault("killed", start + 9),
            Fault("silent", start + 12),
            Fault("silent", start + 14, 10, alerts=((STALE, 1),)),
            Fault("mute", start + 15),
            Fault("utf16", start + 24, 2),
            Fault("again", start + 25),
            Fault("purged", start + 28),
        ]
    faults += [Fault("restated", 7), Fault("renamed", 26), Fault("grown", 27)]
    faults += [MISCODED_WEEK]
    faults += [Fault("full", night) for night in (11, 41) if night <= NIGHTS]
    place = Path(os.environ.get("ROI_YEAR", tmp_path))
    place.mkdir(parents=True, exist_ok=True)
    world, life = kept_until_now(place / "kept") or (
        write_world(place / "study", NIGHTS, *faults),
        None,
    )
    life = live(world, monkeypatch.setenv, life=life, kept=place / "kept")
    shutil.rmtree(place / "cold", ignore_errors=True)
    nights = check(world, life, place / "cold")
    archive = archive_of(StudyPaths(world.folder))
    for name in archive.names():
        assert verify(world.folder, archive, name).is_identical
    usual = sorted(life.seconds)[len(life.seconds) // 2]
    print(  # noqa: T201
        f"\n{NIGHTS} nights, {life.kills} killed, {usual:.1f} s of processor time a night\n\n"
        f"{table_of_alerts(world)}\n\n{table_of_sizes(nights, 30)}"
    )
    assert life.kills > 0
    assert nights[-1].bytes_kept - nights[-1].bytes_of_runs < NIGHTS * MOST_BYTES_A_NIGHT
    assert max(night.bytes_of_runs for night in nights) < 100 * MOST_BYTES_A_NIGHT
