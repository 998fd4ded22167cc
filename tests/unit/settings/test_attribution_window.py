"""A metric that counts 7 days is refused in a module whose own window is another."""

from pathlib import Path
from shutil import copytree

import pytest

from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import study_problems

MODULE = "modules/smart_invitation.toml"


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    return Path(copytree(shipped_folder("studies") / "clinic", tmp_path / "clinic"))


@pytest.mark.parametrize(("was", "now"), [
    ("window_days = 7", "window_days = 14"),
    ("window_days = 7", 'window_days = 7\ndays = "calendar"'),
])  # fmt: skip
def test_another_window_needs_the_metrics_that_count_by_it(
    clinic: Path, was: str, now: str
) -> None:
    file = clinic / MODULE
    text = file.read_text("utf-8").replace(was, now)
    file.write_text(text, "utf-8")
    found = [each for each in study_problems(clinic, {}) if each.file == MODULE]
    assert {each.value for each in found} == {
        "visit_rate_7d", "consult_rate_7d", "revenue_7d_per_invitation", "placebo_visit_rate_7d",
    }  # fmt: skip
    for before, after in (
        ("visit_rate_7d", "visit_rate"), ("consult_rate_7d", "consult_rate"),
        ("revenue_7d_per_invitation", "revenue_per_action"),
        ("placebo_visit_rate_7d", "placebo_visit_rate"),
    ):  # fmt: skip
        text = text.replace(f'"{before}"', f'"{after}"')
    file.write_text(text, "utf-8")
    assert not study_problems(clinic, {})
