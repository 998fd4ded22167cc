from pathlib import Path

import pytest

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.examples import EXAMPLES, copy_example
from roi_pipeline.examples.planted import read_planted_truth
from roi_pipeline.settings import read_study


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_ships_a_configuration_without_problems(name: str) -> None:
    study = read_study(EXAMPLES[name].configuration, environment={})
    assert study.modules


def test_a_copied_example_is_a_study_with_exports(tmp_path: Path) -> None:
    target = tmp_path / "new" / "clinic"
    truth = copy_example("clinic", target, scale=0.05)
    assert read_study(target, environment={}).id == "clinic"
    assert read_planted_truth(target) == truth
    assert all((target / path).is_file() for path in truth.rows)


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("mine")
    with pytest.raises(NeedsAHuman, match=r"is not empty; .*'clinic'.*empty this one"):
        copy_example("clinic", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_a_file_is_no_target(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("")
    with pytest.raises(NeedsAHuman, match="is not empty"):
        copy_example("clinic", target)


def test_a_misspelt_example_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'clinic'"):
        copy_example("clinik", tmp_path)


def test_a_scale_too_small_for_the_planted_faults_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NeedsAHuman, match=r"scale 0.01; expected at least 0.05"):
        copy_example("clinic", tmp_path, scale=0.01)
