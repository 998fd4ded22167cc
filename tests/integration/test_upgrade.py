"""A warehouse that an earlier version wrote is backed up, migrated, and gives what a cold run gives.

`study_before_versions.tar.xz` is the tiny study with three or four visits a store and day, evaluated
for 2026-02 as of 2026-03-10 by the last commit before warehouses had a version (59df472^).
"""

import shutil
import tarfile
from datetime import date
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from roi_pipeline.cli.app import NOTHING, OK, commands
from roi_pipeline.defs.run import evaluate_cycle
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.paths import StudyPaths
from roi_pipeline.engines import schema
from roi_pipeline.engines.schema import OlderWarehouse, known_version, migrations, read_migrations
from roi_pipeline.engines.store.credit import read_lifts
from roi_pipeline.engines.store.values import read_effects, read_value
from roi_pipeline.engines.warehouse import Warehouse
from roi_pipeline.usecases.studies import warehouse_at
from roi_pipeline.usecases.upgrade import upgrade_warehouse

OLD = Path(__file__).with_name("study_before_versions.tar.xz")
CYCLE, AS_OF = "2026-02", date(2026, 3, 10)
OLD_LIFTS = """create table effects.lifts (
    cycle_key varchar, module_id varchar, outcome_type varchar, kind varchar, grade varchar,
    actions double, gross_outcomes double, change double, change_lower double, change_upper double,
    incremental_outcomes double, incremental_lower double, incremental_upper double, placebo double,
    placebo_lower double, placebo_upper double, overlapping_actions bigint, immature_actions bigint,
    primary key (cycle_key, module_id, outcome_type))"""


def roi(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(commands, [str(each) for each in arguments])
    return result.exit_code, result.output


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The study as the earlier version left it."""
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path / "study", filter="data")
    return tmp_path / "study"


def stamp(folder: Path, version: int) -> None:
    with duckdb.connect(str(StudyPaths(folder).warehouse)) as connection:
        connection.execute(schema.TABLE)
        connection.execute(f"insert into {schema.VERSIONS} values ({version}, 'x', '9.9.9')")


def figures(folder: Path) -> tuple[object, ...]:
    with warehouse_at(StudyPaths(folder)).open() as connection:
        tables = [
            connection.execute(f"from {table} order by all").fetchall()
            for table in ("exports.pos__visits", "facts.visits", "metrics.visits_daily")
        ]
        assert all(len(rows) > 500 for rows in tables)
        found = (
            read_effects(connection, CYCLE, "greeter"),
            read_value(connection, CYCLE, "greeter"),
        )
    assert None not in found
    return (*tables, *found)


def test_a_night_upgrades_an_earlier_warehouse_and_ends_where_a_cold_run_ends(
    old: Path, tmp_path: Path
) -> None:
    cold = tmp_path / "cold"
    shutil.copytree(old, cold, ignore=shutil.ignore_patterns("out"))
    before = StudyPaths(old).warehouse.read_bytes()
    for folder in (old, cold):
        assert evaluate_cycle(folder, CYCLE, as_of=AS_OF).is_whole
    assert figures(old) == figures(cold)
    (backup,) = StudyPaths(old).backups.iterdir()
    assert roi("restore", backup, tmp_path / "restored")[0] == OK
    assert StudyPaths(tmp_path / "restored").warehouse.read_bytes() == before
    assert not StudyPaths(cold).backups.exists()


def test_a_command_that_only_reads_refuses_it_and_says_how_to_upgrade(old: Path) -> None:
    with (
        pytest.raises(
            OlderWarehouse, match=rf"found schema version 0; .* version {known_version()}"
        ),
        warehouse_at(StudyPaths(old)).open(),
    ):
        pass
    status, said = roi("upgrade", old)
    assert (status, "from schema version 0" in said) == (OK, True), said
    status, said = roi("upgrade", old)
    assert (status, "nothing to do" in said) == (OK, True), said
    assert len(list(StudyPaths(old).backups.iterdir())) == 1
    with warehouse_at(StudyPaths(old)).open() as connection:
        assert read_effects(connection, CYCLE, "greeter") is not None


@pytest.mark.parametrize("arguments", [("upgrade",), ("run", "--cycle", CYCLE, "--as-of", AS_OF)])
def test_a_newer_warehouse_is_refused_and_left_alone(
    old: Path, arguments: tuple[object, ...]
) -> None:
    stamp(old, known_version() + 3)
    before = StudyPaths(old).warehouse.read_bytes()
    status, said = roi(arguments[0], old, *arguments[1:])
    said = " ".join(said.split())
    assert status == NOTHING, said
    for part in (
        f"schema version {known_version() + 3}",
        f"versions up to {known_version()}",
        "Install roi_pipeline 9.9.9 or later",
    ):
        assert part in said
    assert StudyPaths(old).warehouse.read_bytes() == before
    assert not StudyPaths(old).backups.exists()


def test_a_migration_that_cannot_run_leaves_everything_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = schema.Migration(
        known_version() + 1, "cannot run", "create table roi.half (x integer); drop table roi.none;"
    )
    both = (*migrations(), bad)
    monkeypatch.setattr(schema, "migrations", lambda: both)
    for attempt in (1, 2):
        with pytest.raises(NeedsAHuman, match="it is as it was"):
            upgrade_warehouse(old)
        assert len(list(StudyPaths(old).backups.iterdir())) == attempt
    with duckdb.connect(str(StudyPaths(old).warehouse)) as connection:
        assert schema.found_version(connection) == (0, "")
        names = {row[0] for row in connection.execute("show all tables").fetchall()}
        assert "half" not in names


def test_lifts_of_the_first_shape_are_read_after_the_upgrade(tmp_path: Path) -> None:
    paths = StudyPaths(tmp_path)
    paths.out.mkdir()
    with duckdb.connect(str(paths.warehouse)) as connection:
        connection.execute("create schema effects")
        connection.execute(OLD_LIFTS)
        connection.execute(
            "insert into effects.lifts values ('2026-02', 'm', 'order', 'lift', 'C', "
            "10, 4, 0.1, 0.05, 0.15, 1, 0.5, 1.5, 0, -0.1, 0.1, 0, 0)"
        )
    upgrade_warehouse(tmp_path)
    with warehouse_at(paths).open() as connection:
        lift = read_lifts(connection, CYCLE)["m"]
    assert (lift.actions, lift.e_value) == (10, None)


def test_a_new_warehouse_is_of_the_present_version(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "w.duckdb", tmp_path / "p.duckdb")
    with warehouse.open() as connection:
        found = schema.found_version(connection)
    assert found is not None
    assert found[0] == known_version() >= 1
    assert upgrade_warehouse(tmp_path).backup is None


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"0002_b.sql": "-- migration 2 — b."}, r"found migrations \[2\]; expected \[1\]"),
        ({"0001_a.sql": "-- migration 2 — b."}, "found the first line"),
        ({"0001_a.sql": "alter table x"}, "found the first line"),
        ({"1_a.sql": "-- migration 1 — a."}, "found the first line"),
    ],
    ids=["a gap", "another number", "no header", "name without four digits"],
)
def test_a_misnumbered_migration_is_refused(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(NeedsAHuman, match=said):
        read_migrations(tmp_path)
