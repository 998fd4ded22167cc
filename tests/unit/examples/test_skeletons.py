"""A company starts from the contracts of its own systems; `roi check` names what is left to do."""

import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from roi_pipeline.cli import commands
from roi_pipeline.domain.errors import NeedsAHuman, StudyHasProblems, UnknownName
from roi_pipeline.examples.skeletons import chosen_systems, read_systems
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import read_catalogue, read_study
from roi_pipeline.usecases.start import measurable_with, start_study

DECLARED = tomllib.loads((shipped_folder("catalogue") / "systems.toml").read_text("utf-8"))
ENVIRONMENT = {"ROI_PEOPLE_KEY": "a secret of this test"}


def roi(*arguments: object) -> Result:
    return CliRunner(env=ENVIRONMENT).invoke(commands, [str(each) for each in arguments])


def fill_in(folder: Path) -> None:
    """What a company writes into the blanks."""
    study, module = folder / "study.toml", folder / "modules/first_module.toml"
    text = study.read_text("utf-8")
    for blank, filled in (
        ('company = { zh-CN = "" }', 'company = { zh-CN = "某公司" }'), ("# headcount", "headcount"),
        ('currency = ""', 'currency = "CNY"'), ('timezone = ""', 'timezone = "Asia/Shanghai"'),
        ("# history", "history"),
    ):  # fmt: skip
        assert blank in text
        text = text.replace(blank, filled)
    study.write_text(text, "utf-8")
    text = module.read_text("utf-8").replace('{ zh-CN = "" }', '{ zh-CN = "外呼" }')
    module.write_text(text.replace('owner = ""', 'owner = "sales"'), "utf-8")


@pytest.mark.parametrize("name", sorted(read_systems()))
def test_a_skeleton_of_every_system_is_a_study_once_its_blanks_are_filled(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "s"
    start_study(folder, [name])
    with pytest.raises(StudyHasProblems):
        read_study(folder, environment=ENVIRONMENT)
    fill_in(folder)
    if chosen := [*measurable_with(chosen_systems([name]))]:
        assert read_study(folder, environment=ENVIRONMENT).modules[0].pool[0].metric_id in chosen


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_every_metric_a_system_is_usually_judged_by_can_be_counted_from_it(name: str) -> None:
    known = read_catalogue()
    assert set(DECLARED[name]["pool"]) <= set(known)
    measurable = measurable_with(chosen_systems([name]))
    assert set(DECLARED[name]["pool"]) <= set(measurable)
    assert all(measurable[metric].units for metric in DECLARED[name]["pool"])


def test_check_lists_what_remains_file_by_file_until_nothing_does(tmp_path: Path) -> None:
    folder = tmp_path / "my company"
    result = roi("init", folder, "--source", "call_system", "--source", "crm")
    assert result.exit_code == 0, result.output
    blank = roi("check", folder)
    assert blank.exit_code == 1
    for place in ("study.toml, line", "headcount", "currency", "timezone", "history",
                  "modules/first_module.toml", "owner"):  # fmt: skip
        assert place in blank.output
    fill_in(folder)
    filled = roi("check", folder)
    assert filled.exit_code == 0, filled.output
    assert "nothing in [rollout] says when the module went live" in filled.output
    assert "sources/crm__leads.toml: no file matches exports/crm/leads*.csv" in filled.output


def test_check_compares_the_headers_of_files_with_the_contract(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    start_study(folder, ["call_system"])
    fill_in(folder)
    export = folder / "exports/dialler/calls_1.csv"
    export.parent.mkdir()
    export.write_text("通话编号,坐席,开始时间,结果\n1,A1,2025-01-01 10:00:00,接通\n", "utf-8")
    assert (
        "calls_1.csv called 'call_id_dialler'; known: 坐席, 开始时间" in roi("check", folder).output
    )
    corrected = tmp_path / "corrected"
    shutil.copytree(folder, corrected)
    contract = corrected / "sources/dialler__calls.toml"
    text = contract.read_text("utf-8")
    for ours, theirs in (("call_id_dialler", "通话编号"), ("agent_id", "坐席"),
                         ("started_at", "开始时间"), ("outcome_type", "结果")):  # fmt: skip
        text = text.replace(f'{ours} = "{ours}"', f'{ours} = "{theirs}"')
    contract.write_text(text, "utf-8")
    output = roi("check", corrected).output
    assert "has no header for branch_id, team_id, customer_phone, talk_seconds" in output


def test_what_a_contract_refers_to_is_set_aside_until_it_is_there(tmp_path: Path) -> None:
    start_study(tmp_path / "one", ["crm__leads"])
    text = (tmp_path / "one/sources/crm__leads.toml").read_text("utf-8")
    assert '"columns.customer_id_crm.references",  # until there is sources/crm__customers' in text
    start_study(tmp_path / "both", ["crm"])
    text = (tmp_path / "both/sources/crm__leads.toml").read_text("utf-8")
    assert "columns.customer_id_crm.references" not in text


def test_a_metric_of_another_unit_is_a_problem_before_anything_runs(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    start_study(folder, ["call_system", "crm"])
    fill_in(folder)
    module = folder / "modules/first_module.toml"
    pooled = '[[pool]]\nmetric = "lead_conversion_rate"\nrole = "secondary"\n'
    module.write_text(module.read_text("utf-8") + pooled, "utf-8")
    result = roi("check", folder)
    assert result.exit_code == 1
    assert "a metric that is counted by branch; metrics.leads_daily knows clinic" in result.output


def test_an_unknown_source_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="did you mean 'call_system'"):
        start_study(tmp_path / "s", ["call_sytem"])
    result = roi("init", tmp_path / "s", "--source", "nope")
    assert result.exit_code == 4
    assert "no source called 'nope'" in result.output
    assert "call_system" in result.output
    assert not (tmp_path / "s").exists()


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("mine")
    with pytest.raises(NeedsAHuman, match="is not empty"):
        start_study(tmp_path, ["crm"])


def test_an_example_and_sources_exclude_each_other(tmp_path: Path) -> None:
    result = roi("init", tmp_path / "s", "--source", "crm", "--example", "clinic")
    assert result.exit_code == 2
    assert "--example or --source" in result.output
