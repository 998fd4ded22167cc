"""Nights in a row through the real entry point, with what goes wrong in a year: nothing lost, nothing twice.

At the end the figures are those of a cold run over the same files, the alerts are the planted faults on
their nights, every reader has every edition once, and the storage has not run away.
"""

import os
from pathlib import Path

import pytest
from year_of_nights import (
    MISSED,
    REFUSED,
    STALE,
    Fault,
    check,
    live,
    table_of_alerts,
    table_of_sizes,
    write_world,
)

from roi_pipeline.defs.run import verify
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.usecases.histories import archive_of

MOST_BYTES_A_NIGHT = 2_500_000  # run history of a night, a day of visits, its share of an edition
NIGHTS = int(os.environ.get("ROI_NIGHTS", "400"))
PERIOD = 30
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
    growth = (nights[-1].bytes_kept - nights[0].bytes_kept) / len(nights)
    print(f"\n{table_of_alerts(world)}\n\n{table_of_sizes(nights, 1)}\n\n{life.seconds}")  # noqa: T201
    assert growth < MOST_BYTES_A_NIGHT


@pytest.mark.soak
def test_a_year_of_nights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many nights as ROI_NIGHTS says, with the same faults every thirty nights."""
    faults = list[Fault]()
    for start in range(0, NIGHTS - PERIOD + 1, PERIOD):
        faults += [
            Fault("off", start + 2, 3, alerts=((MISSED, 0),)),
            Fault("half", start + 6),
            Fault("refused", start + 8, alerts=((REFUSED, 0),)),
            Fault("killed", start + 9, 2),
            Fault("silent", start + 12),
            Fault("silent", start + 14, 10, alerts=((STALE, 1),)),
            Fault("mute", start + 15),
            Fault("utf16", start + 24, 2),
            Fault("again", start + 25),
            Fault("purged", start + 28),
        ]
    faults += [Fault("restated", 7), Fault("renamed", 26), Fault("grown", 27)]
    faults += [Fault("full", night) for night in (11, 41) if night <= NIGHTS]
    world = write_world(tmp_path / "study", NIGHTS, *faults)
    life = live(world, monkeypatch.setenv)
    nights = check(world, life, tmp_path / "cold")
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
