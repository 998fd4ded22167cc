"""The systemd units are sound, start programs that are installed, and give away little."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
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
