"""A folder of studies, one night for all of them: a broken study keeps none of the others from its reports."""

from pathlib import Path

from click.testing import CliRunner
from tiny_study import write_tiny_study

from roi_pipeline.cli.app import NOTHING, commands
from roi_pipeline.usecases.nights import nights_of
from roi_pipeline.usecases.studies import study_in


def night_of_all(folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(commands, ["night", str(folder), "--all", "--as-of", "2026-04-15"])
    return result.exit_code, result.output


def test_a_broken_study_is_named_and_the_one_after_it_has_its_night(tmp_path: Path) -> None:
    broken = write_tiny_study(tmp_path / "acme")
    settings = broken / "study.toml"
    settings.write_text(settings.read_text("utf-8").replace('"month"', '"fortnight"'), "utf-8")
    sound = write_tiny_study(tmp_path / "bolt")
    status, said = night_of_all(tmp_path)
    assert status == NOTHING
    assert said.index("study acme") < said.index("fortnight") < said.index("study bolt")
    assert nights_of(study_in(str(sound)))[0].is_good
    assert (sound / "out/reports/2026-04/en/portfolio.html").is_file()
    assert not (broken / "out/reports").exists()


def test_a_folder_without_a_study_says_what_was_expected(tmp_path: Path) -> None:
    status, said = night_of_all(tmp_path)
    assert status == NOTHING
    assert "expected a folder of study folders" in said
