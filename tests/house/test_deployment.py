"""The systemd units are sound and give away little; Dagster started by hand reports to nobody."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from dagster._cli.utils import get_possibly_temporary_instance_for_cli

from roi_pipeline.defs.home import SETTINGS

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
INSTALLED = Path(sys.executable).parent
SERVICES = ("roi-daemon@.service", "roi-night@.service", "roi-webserver@.service")
MOST_EXPOSED = 2.5  # of 10, as `systemd-analyze security` counts
needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed"
)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they would be installed, with the programs of this environment."""
    for path in UNITS.iterdir():
        text = path.read_text("utf-8").replace("/opt/roi/bin", str(INSTALLED))
        (tmp_path / path.name.replace("@", "@acme")).write_text(text, "utf-8")
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("name", [*SERVICES, "roi-night@.timer"])
def test_systemd_finds_nothing_wrong_with_a_unit(units: Path, name: str) -> None:
    unit = units / name.replace("@", "@acme")
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    about = [line for line in found.stderr.splitlines() if "roi-" in line]
    assert about == []


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_gives_away_little(units: Path, name: str) -> None:
    unit = units / name.replace("@", "@acme")
    found = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", unit],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    exposure = re.search(r"exposure level.*?: (\d+\.\d)", found.stdout)
    assert exposure is not None, found.stderr
    assert float(exposure[1]) <= MOST_EXPOSED


def test_every_program_of_the_units_is_a_program_of_this_environment() -> None:
    texts = [(UNITS / name).read_text("utf-8") for name in SERVICES]
    programs = {name for text in texts for name in re.findall(r"/opt/roi/bin/([\w-]+)", text)}
    assert programs == {"dagster-daemon", "dagster-webserver", "roi"}
    assert all((INSTALLED / program).is_file() for program in programs)


def test_dagster_in_the_checkout_reports_to_nobody_and_runs_as_a_service_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    with get_possibly_temporary_instance_for_cli() as instance:
        assert not instance.telemetry_enabled
        assert instance.run_monitoring_enabled
        assert instance.get_settings("concurrency")["runs"]["max_concurrent_runs"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["dagster.yaml"]
    comment, settings = (ROOT / "dagster.yaml").read_text("utf-8").split("\n", 1)
    assert comment.startswith("#")
    assert settings == SETTINGS


def test_dagster_in_the_checkout_goes_where_dagster_home_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with get_possibly_temporary_instance_for_cli() as instance:
        assert instance.root_directory == str(home)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
