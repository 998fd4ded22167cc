"""The product outside its repository: the wheel carries SQL, templates, catalogue and examples."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_ships_what_the_product_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for folder in ("sql/facts", "report_templates/report", "catalogue/metrics", "studies/clinic"):
        assert any(name.startswith(f"roi_pipeline/_shipped/{folder}/") for name in names), folder
    assert not [name for name in names if "/exports/" in name or name.endswith(".duckdb")]


def test_the_installed_wheel_writes_and_checks_a_study_anywhere(
    wheel: Path, tmp_path: Path
) -> None:
    place = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    environment = {**os.environ, "PYTHONPATH": str(place)}

    def roi(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "roi_pipeline.cli", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    where = subprocess.run(
        [sys.executable, "-c", "import roi_pipeline; print(roi_pipeline.__file__)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(place) in where.stdout
    assert roi("init", "study", "--example", "callcentre-startup", "--scale", "0.2").returncode == 0
    checked = roi("check", "study")
    assert checked.returncode == 0, checked.stderr
    assert "no problems found" in checked.stdout


def test_the_workspace_loads_in_dagster() -> None:
    dagster = Path(sys.executable).parent / "dagster"
    done = subprocess.run(
        [str(dagster), "definitions", "validate", "-w", "workspace.yaml"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in (done.stdout + done.stderr).lower()
