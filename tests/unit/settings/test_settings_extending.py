"""A source may say only how it differs from a standard contract; its mistakes keep their places."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from roi_pipeline.domain.contracts import Contract, DatabaseLocation
from roi_pipeline.domain.errors import Problem
from roi_pipeline.resources import shipped_folder
from roi_pipeline.settings import read_standard_contracts, read_study

Put = Callable[[str, str], None]
Problems = Callable[[], tuple[Problem, ...]]
BASE = """
system = "crm"
entity = "leads"
owner = "sales"

[location]
glob = "exports/crm/leads*.csv"
kind = "csv"
delimiter = ";"

[key]
columns = ["lead_id"]

[[column]]
name = "lead_id"
type = "text"
header = "lead_id"
is_required = true
tolerance = 0.05

[[column]]
name = "clinic_id"
type = "text"
references = "erp__clinics.clinic_id"

[[column]]
name = "stage_type"
type = "text"
is_closed = true
values = { "won" = "won", "lost" = "lost" }

[[column]]
name = "value_amount"
type = "money"
minimum = 0
maximum = 100

[[rule]]
name = "a_won_lead_has_a_value"
sql = "stage_type <> 'won' or value_amount > 0"

[table]
minimum_rows = 5
"""
CLINICS = """
system = "erp"
entity = "clinics"
column = [{ name = "clinic_id", type = "text" }]
"""
EXTENDS = 'extends = "catalogue/contracts/crm__leads.toml"\n'
LEADS = "sources/crm__leads.toml"


@pytest.fixture(autouse=True)
def base(catalogue: Path) -> Path:
    path = catalogue / "contracts/crm__leads.toml"
    path.parent.mkdir()
    path.write_text(BASE, "utf-8")
    (path.parent / "erp__clinics.toml").write_text(CLINICS, "utf-8")
    return path


@pytest.fixture
def contract(
    study: Path, catalogue: Path, environment: dict[str, str]
) -> Callable[[str], Contract]:
    """The contract that a source of this text gives."""

    def _read(text: str) -> Contract:
        (study / LEADS).write_text(text, "utf-8")
        read = read_study(study, environment=environment, catalogue=catalogue)
        return next(each for each in read.contracts if each.table == "crm__leads")

    return _read


Read = Callable[[str], Contract]


def test_a_source_that_only_extends_is_the_standard_contract(
    contract: Read, catalogue: Path
) -> None:
    standard, _ = read_standard_contracts(catalogue)
    assert contract(EXTENDS) == replace(standard, file=LEADS)


def test_a_text_is_the_header_and_a_table_overrides_key_by_key(contract: Read) -> None:
    read = contract(
        EXTENDS + '[columns]\nlead_id = "线索号"\n'
        'stage_type = { header = "阶段", values = { "成交" = "won" } }\n'
        'value_amount = { headers = ["金额", "成交额"], maximum = 500 }\n'
    )
    lead, clinic, stage, amount = read.columns
    assert (lead.headers, lead.is_required, lead.tolerance) == (("线索号",), True, 0.05)
    assert clinic.headers == ("clinic_id",)
    assert (stage.headers, stage.values, stage.is_closed) == (("阶段",), {"成交": "won"}, True)
    assert (amount.headers, amount.minimum) == (("金额", "成交额"), Decimal(0))
    assert amount.maximum == Decimal(500)


def test_a_new_name_is_added_behind_and_what_is_omitted_is_gone(contract: Read) -> None:
    read = contract(
        EXTENDS
        + 'omit = ["columns.clinic_id", "columns.lead_id.tolerance", "table.minimum_rows"]\n'
        '[columns]\nteam_id = { type = "text", header = "班组" }\n'
        "[rules]\nteams_are_named = { sql = \"team_id <> ''\" }\n"
    )
    assert [each.name for each in read.columns] == [
        "lead_id",
        "stage_type",
        "value_amount",
        "team_id",
    ]
    assert read.column("lead_id").tolerance == 0
    assert [each.name for each in read.rules] == ["a_won_lead_has_a_value", "teams_are_named"]
    assert read.table_rules.minimum_rows == 1


def test_tables_merge_and_another_kind_of_place_replaces_the_place(contract: Read) -> None:
    read = contract(EXTENDS + '[location]\nencoding = "gb18030"\n[key]\nordering = "stage_type"\n')
    assert (read.location.encoding, read.location.delimiter) == ("gb18030", ";")  # type: ignore[union-attr]
    assert (read.key, read.ordering) == (("lead_id",), "stage_type")
    read = contract(EXTENDS + '[location]\nurl = "sqlite:///a.db"\nquery = "select 1"\n')
    assert read.location == DatabaseLocation("sqlite:///a.db", "select 1")


MISTAKES = [
    ("an unknown base", 'extends = "catalogue/contracts/crm__lead.toml"\n', "extends", 1,
     "Did you mean 'catalogue/contracts/crm__leads.toml'?"),
    ("a base that is no text", "extends = 5\n", "extends", 1, "a standard contract"),
    ("extends misspelt", 'extend = "catalogue/contracts/crm__leads.toml"\n', "extend", 1,
     "Did you mean 'extends'?"),
    ("a misspelt column", EXTENDS + '[columns]\nled_id = "线索号"\n', "columns.led_id", 3,
     "Did you mean 'lead_id'?"),
    ("a new column without type", EXTENDS + '[columns]\nteam = { header = "班组" }\n', "columns.team", 3,
     "or type with a new one"),
    ("a new rule without sql", EXTENDS + "[rules]\nthe_week_is_long = { tolerance = 0.1 }\n",
     "rules.the_week_is_long", 3, "or sql with a new one"),
    ("a column that is a number", EXTENDS + "[columns]\nlead_id = 5\n", "columns.lead_id", 3, "a table such as"),
    ("an unknown key of a column", EXTENDS + '[columns]\nlead_id = { heading = "线索号" }\n',
     "columns.lead_id.heading", 3, "Did you mean 'header'?"),
    ("a wrong value of a column", EXTENDS + "[columns.value_amount]\nmaximum = true\n",
     "columns.value_amount.maximum", 3, "a number such as 48.50"),
    ("bounds that cross the inherited one", EXTENDS + "[columns]\nvalue_amount = { maximum = -1 }\n",
     "columns.value_amount.maximum", 3, "at least the minimum, 0"),
    ("columns that are a list", EXTENDS + "columns = []\n", "columns", 2, "a table with name"),
    ("columns written in full", EXTENDS + '[[column]]\nname = "x"\ntype = "text"\n', "column", 2,
     "[columns] by name"),
    ("an omission that is no list", EXTENDS + 'omit = "columns.lead_id"\n', "omit", 2, "a list such as"),
    ("an omission of nothing", EXTENDS + 'omit = ["columns.led_id"]\n', "omit[0]", 2,
     "Did you mean 'columns.lead_id'?"),
    ("an omission inside a value", EXTENDS + 'omit = ["columns.lead_id.type.x"]\n', "omit[0]", 2,
     "something that stands in catalogue/contracts/crm__leads.toml"),
    ("an unknown key at the top", EXTENDS + 'ower = "x"\n', "ower", 2, "Did you mean 'owner'?"),
    ("an unknown key of a table", EXTENDS + "[table]\nminimum_row = 3\n", "table.minimum_row", 3,
     "Did you mean 'minimum_rows'?"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key", "line", "says"),
    [case[1:] for case in MISTAKES],
    ids=[case[0].replace(" ", "_") for case in MISTAKES],
)
def test_a_mistake_is_named_where_it_was_written(
    put: Put, problems: Problems, text: str, key: str, line: int, says: str
) -> None:
    put(LEADS, text)
    (problem,) = problems()
    assert (problem.file, problem.key, problem.line) == (LEADS, key, line)
    assert says in str(problem)


def test_a_broken_line_is_one_problem(put: Put, problems: Problems) -> None:
    put(LEADS, EXTENDS + '[columns]\nlead_id = "线索号\nclinic_id = "门店"\n')
    (problem,) = problems()
    assert (problem.file, problem.line) == (LEADS, 3)


def test_an_inherited_value_that_does_not_fit_says_where_it_comes_from(
    put: Put, problems: Problems, base: Path
) -> None:
    base.write_text(BASE.replace("erp__clinics.clinic_id", "erp__shops.shop_id"), "utf-8")
    put(LEADS, EXTENDS)
    own = [problem for problem in problems() if problem.file == LEADS]
    (problem,) = own
    line = BASE.split("\n").index('references = "erp__clinics.clinic_id"') + 1
    assert problem.key == "columns.clinic_id.references"
    assert problem.line == 1
    assert f"(from catalogue/contracts/crm__leads.toml, line {line})" in problem.value
    assert 'omit = ["columns.clinic_id.references"]' in problem.remedy
    put(LEADS, EXTENDS + 'omit = ["columns.clinic_id.references"]\n')
    assert [problem for problem in problems() if problem.file == LEADS] == []


def test_every_source_of_an_example_extends_the_standard_contract_of_its_name() -> None:
    sources = sorted(shipped_folder("studies").glob("*/sources/*.toml"))
    assert len(sources) == 48
    for path in sources:
        first = path.read_text("utf-8").partition("\n")[0]
        assert first == f'extends = "catalogue/contracts/{path.name}"'


@pytest.mark.parametrize(
    "line", ["[columns]\nteam_id = {", 'omit = ["columns.clinic_id"', "omit = [2025-02-30]"]
)
def test_what_is_broken_in_its_line_is_asked_nothing_more(
    study: Path, problems: Problems, line: str
) -> None:
    """A value that cannot be read is neither an unknown name nor a column without a type."""
    (study / LEADS).write_text(f"{EXTENDS}{line}\n", "utf-8")
    (problem,) = problems()
    assert (problem.file, problem.line > 0) == (LEADS, True)
    assert problem.remedy
