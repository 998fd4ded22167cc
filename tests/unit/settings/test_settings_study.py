"""A sound study becomes domain values; an unsound one is refused whole."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import roi_pipeline.settings
from roi_pipeline.domain.contracts import DatabaseLocation, FileLocation
from roi_pipeline.domain.errors import Problem, StudyHasProblems
from roi_pipeline.domain.operations import Operations
from roi_pipeline.domain.windows import OPEN_END, Window
from roi_pipeline.finance.periods import standard_in_force
from roi_pipeline.settings import read_study, study_problems
from roi_pipeline.settings.study import study_fingerprint

Change = Callable[[str, str, str], None]
Put = Callable[[str, str], None]
Problems = Callable[[], tuple[Problem, ...]]
CALLS, MODULE, STUDY = (
    "sources/telephony__calls.toml",
    "modules/smart_invitation.toml",
    "study.toml",
)
BENEFIT = """
[[benefit]]
id = "visits_again"
category = "revenue"
name = {{ en = "More visits" }}
metric = "{metric}"
unit_value = "value_of_a_visit"
destination = "revenue_won"
owner = "finance"
attribution_share = {share}
"""


def test_a_sound_study_has_no_problems(problems: Problems) -> None:
    assert problems() == ()


def test_a_study_carries_what_study_toml_says(
    study: Path, catalogue: Path, environment: dict[str, str]
) -> None:
    read = read_study(study, environment=environment, catalogue=catalogue)
    assert (read.id, read.headcount, read.currency, read.country) == ("clinic", 86, "CNY", "CN")
    assert read.company.into("zh-TW") == "清颜医美"
    assert read.languages == ("zh-CN", "en")
    assert (read.cycle_kind, read.maturity_days) == ("quarter", 5)
    assert read.history == Window(date(2025, 1, 1), date(2026, 5, 1))
    assert read.people_key == "a secret of the tests"
    assert "a secret" not in repr(read)
    hour = read.assumptions[0]
    assert (hour.value, hour.low, hour.high) == (Decimal("48.50"), Decimal(40), Decimal(60))
    assert read.assumptions[1].value == Decimal("0.42")
    assert read.readers[0].modules == ("smart_invitation",)
    assert read.exchange_rates == {("USD", date(2025, 1, 1)): Decimal("7.10")}
    assert sorted(read.metrics) == ["push_hit_rate", "spend_per_visit", "visit_rate"]
    assert standard_in_force(read.standards, date(2026, 1, 1)).id == "default"
    assert read.fingerprint == study_fingerprint(study)


def test_a_contract_carries_what_its_file_says(
    study: Path, catalogue: Path, environment: dict[str, str]
) -> None:
    read = read_study(study, environment=environment, catalogue=catalogue)
    clinics, calls = read.contracts
    assert clinics.location == DatabaseLocation(
        "postgresql://${ERP_USER}@127.0.0.1/erp", "select * from clinics"
    )
    assert calls.location == FileLocation("exports/telephony/*.csv", "csv", encoding="gb18030")
    assert (calls.table, calls.file) == ("telephony__calls", CALLS)
    assert (calls.key, calls.ordering) == (("call_id_telephony",), "exported_at")
    assert calls.column("call_id_telephony").headers == ("通话编号",)
    assert calls.column("started_at").headers == ("started_at",)
    talk = calls.column("talk_seconds")
    assert (talk.minimum, talk.maximum, talk.nulls) == (Decimal(0), Decimal(7200), ("", "-"))
    assert talk.unit_scale == Decimal(1)
    assert calls.column("result_code").values == {"已接": "connected", "未接": "missed"}
    assert (calls.rules[0].severity, calls.rules[0].tolerance) == ("warn", 0.01)
    assert calls.table_rules.volume_ratio == (0.2, 5.0)
    assert calls.table_rules.quarantine_share == 0.2


def test_a_study_carries_what_its_operation_and_engine_say(
    change: Change, study: Path, catalogue: Path, environment: dict[str, str]
) -> None:
    change(
        STUDY,
        "[[exchange_rate]]",
        """[operations]
nightly_at = "02:30"
selftest_trials = 40
[[operations.expected]]
source = "telephony__calls"
every = "day"
by = "06:00"
tolerance_days = 2
closed = [{ start = 2026-02-16, end = 2026-02-23 }]
[[operations.drift]]
source = "telephony__calls"
column = "result_code"
every = "week"
smallest_shift = 0.1
[operations.alerts]
to = ["it@example.com"]
language = "zh-CN"
least_severity = "error"
[engine]
memory_limit = "4GB"
[[exchange_rate]]""",
    )
    read = read_study(study, environment=environment, catalogue=catalogue)
    operations = read.operations
    assert (operations.nightly_at, operations.close_at) == (time(2, 30), Operations().close_at)
    assert operations.selftest_trials == 40
    (expected,) = operations.expected
    assert (expected.source, expected.every, expected.by) == ("telephony__calls", "day", time(6))
    assert expected.tolerance_days == 2
    assert expected.closed == (Window(date(2026, 2, 16), date(2026, 2, 23)),)
    (drift,) = operations.drift
    assert (drift.column, drift.every, drift.smallest_shift) == ("result_code", "week", 0.1)
    assert operations.alerts.to == ("it@example.com",)
    assert (operations.alerts.language, operations.alerts.least_severity) == ("zh-CN", "error")
    assert (read.engine.is_spark, read.engine.memory_limit) == (False, "4GB")


def test_fiscal_periods_carry_the_years_they_are_counted_from(
    change: Change, study: Path, catalogue: Path, environment: dict[str, str]
) -> None:
    change(
        CALLS, "[[rule]]",
        """[[column]]
name = "fiscal"
type = "date"
formats = ["4-4-5", "%Y-%m-%d"]
fiscal_years = { 2024 = 2024-01-29, 2025 = 2025-02-03 }
[[rule]]""",
    )  # fmt: skip
    read = read_study(study, environment=environment, catalogue=catalogue)
    assert read.contracts[1].column("fiscal").formats == (
        "4-4-5 2024:2024-01-29 2025:2025-02-03", "%Y-%m-%d")  # fmt: skip


def test_a_module_carries_what_its_file_says(
    study: Path, catalogue: Path, environment: dict[str, str]
) -> None:
    module = read_study(study, environment=environment, catalogue=catalogue).modules[0]
    assert module.rollout.go_live == {"C01": date(2025, 6, 2), "C02": date(2025, 6, 16)}
    assert (module.rollout.unit, module.rollout.cluster) == ("clinic", "region")
    assert module.baseline == Window(date(2025, 1, 1), date(2025, 4, 1))
    assert module.filters == {"channel": ("wecom",)}
    goal = module.goals[0]
    assert (goal.metric_id, goal.weight) == ("visit_rate", 2.0)
    assert goal.target is not None
    assert (goal.target.value, goal.target.deadline) == (0.15, date(2025, 12, 31))
    licence, setup, messages = module.costs
    assert (licence.amount, licence.currency, licence.share) == (Decimal(3000), "USD", Decimal(1))
    assert (setup.basis, setup.life_months) == ("once", 36)
    assert (messages.usage_metric, messages.amount) == ("push_hit_rate", Decimal("0.05"))
    (benefit,) = module.benefits
    assert (benefit.metric_id, benefit.margin, benefit.risk_factor) == (
        "visit_rate",
        "gross_margin",
        Decimal(1),
    )
    assert module.claims[0].metric_id == "visit_rate"
    assert module.vendor_contract is not None
    assert module.vendor_contract.notice_days == 60
    assert module.attribution is not None
    assert module.attribution.credit == "last"
    assert module.design.period == "week"
    assert module.file == MODULE


def test_a_history_may_be_open(
    study: Path, catalogue: Path, environment: dict[str, str], change: Change
) -> None:
    change(STUDY, ", end = 2026-05-01", "")
    read = read_study(study, environment=environment, catalogue=catalogue)
    assert read.history.end == OPEN_END


def test_contracts_that_follow_each_other_are_kept_in_order(
    study: Path, catalogue: Path, environment: dict[str, str], change: Change
) -> None:
    change(
        MODULE,
        "[vendor_contract]",
        "[[vendor_contract]]\nstart = 2026-06-01\nend = 2027-06-01\n[[vendor_contract]]",
    )
    module = read_study(study, environment=environment, catalogue=catalogue).modules[0]
    assert module.vendor_contract is not None
    assert module.vendor_contract.end == date(2027, 6, 1)
    assert [each.end for each in module.earlier_contracts] == [date(2026, 6, 1)]


def test_a_new_price_may_follow_the_old_one(change: Change, problems: Problems) -> None:
    dearer = (
        '[[cost]]\nid = "licence_2"\ncategory = "licence"\nname = { en = "Licence" }\n'
        'amount = 4000\nbasis = "per_month"\nstart = 2026-06-01\nsource = "x"\n[[benefit]]'
    )
    change(MODULE, "[[benefit]]", dearer)
    assert problems() == ()


def test_an_assumption_may_be_stated_again_and_by_a_module(
    change: Change, problems: Problems
) -> None:
    again = (
        '[[assumption]]\nid = "gross_margin"\nvalue = "0.45"\nunit = "rate"\nsource = "report"\n'
        'owner = "finance"\nstated_on = 2026-02-01\n\n'
    )
    change(STUDY, "[[reader]]", f"{again}[[reader]]")
    change(MODULE, "[[claim]]", f"{again}[[claim]]")
    assert problems() == ()


def test_a_study_with_problems_is_refused_with_all_of_them(
    study: Path, catalogue: Path, environment: dict[str, str], change: Change
) -> None:
    change(STUDY, "headcount = 86", "headcount = 0")
    change(MODULE, 'role = "goal"', 'role = "goals"')
    with pytest.raises(StudyHasProblems) as refused:
        read_study(study, environment=environment, catalogue=catalogue)
    assert refused.value.problems == study_problems(study, environment, catalogue=catalogue)
    assert len(refused.value.problems) == 2
    assert "2 problem(s)" in str(refused.value)


TEN = [
    (STUDY, 'currency = "CNY"', 'currency = "RMB"', "currency"),
    (STUDY, "stated_on = 2026-01-05", "stated_on = 2026-02-30", "stated_on"),
    (STUDY, "maturity_days = 5", "maturity_day = 5", "maturity_day"),
    (STUDY, "owner@example.com", "owner", "reader[0].address"),
    (CALLS, "talk_seconds > 0", "talk_seconds > 0;", "rule[0].sql"),
    (CALLS, 'type = "phone"', 'type = "telephone"', "column[2].type"),
    (MODULE, 'metric = "push_hit_rate"\nrole', 'metric = "push_hitrate"\nrole', "pool[1].metric"),
    (MODULE, 'amount = "3000"', 'amount = "-3000"', "cost[0].amount"),
    (MODULE, "life_months = 36\n", "", "cost[1].life_months"),
    (MODULE, 'destination = "revenue_won"\n', "", "benefit[0].destination"),
]


def test_a_study_with_ten_mistakes_reports_all_ten_and_no_more(
    change: Change, problems: Problems
) -> None:
    for file, old, new, _ in TEN:
        change(file, old, new)
    found = {(problem.file, problem.key) for problem in problems()}
    assert found == {(file, key) for file, _, _, key in TEN}
    assert len(problems()) == 10


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(chosen=st.sets(st.sampled_from(range(len(TEN))), min_size=1))
def test_mistakes_never_hide_one_another(
    chosen: set[int], study: Path, catalogue: Path, environment: dict[str, str]
) -> None:
    files = {name: (study / name).read_text(encoding="utf-8") for name in (STUDY, CALLS, MODULE)}
    broken = dict(files)
    for number in chosen:
        name, old, new, _ = TEN[number]
        broken[name] = broken[name].replace(old, new, 1)
    try:
        for name, text in broken.items():
            (study / name).write_text(text, encoding="utf-8")
        found = study_problems(study, environment, catalogue=catalogue)
    finally:
        for name, text in files.items():
            (study / name).write_text(text, encoding="utf-8")
    assert sorted((each.file, each.key) for each in found) == sorted(
        (TEN[number][0], TEN[number][3]) for number in chosen
    )


@pytest.mark.parametrize("hopeless", [STUDY, CALLS, MODULE, "catalogue/metrics/visit_rate.toml"])
def test_a_file_that_cannot_be_read_hides_nothing_in_the_others(
    hopeless: str, study: Path, catalogue: Path, change: Change, problems: Problems
) -> None:
    inside = hopeless.removeprefix("catalogue/")
    folder = catalogue if inside != hopeless else study
    (folder / inside).write_bytes(b"[[[\n")
    others = [each for each in TEN if each[0] != hopeless]
    for file, old, new, _ in others:
        change(file, old, new)
    found = [(problem.file, problem.key) for problem in problems()]
    unreadable = [each for each in found if each[0] == hopeless]
    assert unreadable == [(hopeless, "line 1")]
    expected = {(file, key) for file, _, _, key in others}
    assert {each for each in found if each[0] != hopeless} == expected


def test_a_quantity_is_turned_into_money_once_within_a_module(
    change: Change, problems: Problems
) -> None:
    change(MODULE, 'metric = "push_hit_rate"\nrole', 'metric = "spend_per_visit"\nrole')
    again = BENEFIT.format(metric="spend_per_visit", share=1)
    change(MODULE, "[[claim]]", f"{again}[[claim]]")
    (problem,) = problems()
    assert (problem.file, problem.key) == (MODULE, "benefit[1].metric")
    assert f"{MODULE}, line 68, benefit[0] (visit_rate)" in problem.expected
    assert "'visits'" in problem.expected


def _second_module(study: Path, put: Put, *, channel: str, share: str) -> None:
    text = (study / MODULE).read_text(encoding="utf-8")
    text = text.replace('"smart_invitation"', '"second"').replace('"wecom"', f'"{channel}"')
    old = 'destination = "revenue_won"'
    put("modules/second.toml", text.replace(old, f"{old}\nattribution_share = {share}"))


def test_a_quantity_is_turned_into_money_once_over_all_modules(
    study: Path, put: Put, problems: Problems
) -> None:
    _second_module(study, put, channel="wecom", share="1")
    (problem,) = problems()
    assert (problem.file, problem.key) == (MODULE, "benefit[0].metric")
    assert "modules/second.toml, line 68, benefit[0] (visit_rate)" in problem.expected


def test_modules_may_share_a_quantity_when_the_shares_make_at_most_one(
    study: Path, put: Put, change: Change, problems: Problems
) -> None:
    old = 'destination = "revenue_won"'
    change(MODULE, old, f"{old}\nattribution_share = 0.6")
    _second_module(study, put, channel="wecom", share="0.4")
    (study / "modules/second.toml").write_text(
        (study / "modules/second.toml")
        .read_text(encoding="utf-8")
        .replace("attribution_share = 0.6\n", ""),
        encoding="utf-8",
    )
    assert problems() == ()


def test_modules_on_different_customers_count_different_quantities(
    study: Path, put: Put, problems: Problems
) -> None:
    _second_module(study, put, channel="sms", share="1")
    assert problems() == ()


def test_a_folder_without_a_study_says_so(tmp_path: Path, catalogue: Path) -> None:
    (problem,) = study_problems(tmp_path / "nothing", {}, catalogue=catalogue)
    assert problem.file == STUDY
    assert "roi init" in problem.remedy


def test_a_file_in_another_encoding_says_so(study: Path, problems: Problems) -> None:
    text = (study / STUDY).read_text(encoding="utf-8")
    (study / STUDY).write_bytes(text.encode("gb18030"))
    (problem,) = problems()
    assert "UTF-8" in problem.remedy


def test_a_byte_order_mark_and_windows_lines_are_read(study: Path, problems: Problems) -> None:
    text = (study / STUDY).read_text(encoding="utf-8")
    (study / STUDY).write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert problems() == ()


def test_several_broken_lines_of_one_file_are_all_reported(
    change: Change, problems: Problems
) -> None:
    change(STUDY, "day = 2025-01-01", "day = 2025-13-01")
    change(STUDY, "stated_on = 2026-01-05", "stated_on = 05.01.2026")
    change(STUDY, "headcount = 86", "headcount = 86 people")
    assert [problem.line for problem in problems()] == [4, 23, 40]


def test_the_people_key_may_stand_in_the_file_of_an_example(
    study: Path, catalogue: Path, change: Change
) -> None:
    change(STUDY, 'people_key_variable = "ROI_PEOPLE_KEY"', 'people_key = "example only"')
    read = read_study(study, environment={"ERP_USER": "x"}, catalogue=catalogue)
    assert read.people_key == "example only"


def test_without_people_no_key_is_needed(change: Change, problems: Problems) -> None:
    change(CALLS, 'type = "phone"', 'type = "text"')
    change(STUDY, 'people_key_variable = "ROI_PEOPLE_KEY"\n', "")
    assert problems() == ()


def test_the_fingerprint_follows_every_file_and_its_name(study: Path) -> None:
    first = study_fingerprint(study)
    assert first == study_fingerprint(study)
    (study / CALLS).rename(study / "sources/telephony__call.toml")
    renamed = study_fingerprint(study)
    assert renamed != first
    (study / "exports").mkdir()
    (study / "exports/calls.csv").write_text("1", encoding="utf-8")
    assert study_fingerprint(study) == renamed
    with (study / MODULE).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert study_fingerprint(study) != renamed


def test_a_study_adds_a_metric_but_does_not_redefine_one(
    study: Path, catalogue: Path, put: Put, problems: Problems
) -> None:
    text = (catalogue / "metrics/visit_rate.toml").read_text(encoding="utf-8")
    put("metrics/visit_rate_v2.toml", text.replace('id = "visit_rate"', 'id = "visit_rate_v2"'))
    assert problems() == ()
    put("metrics/visit_rate.toml", text)
    (problem,) = problems()
    assert (problem.file, problem.key) == ("metrics/visit_rate.toml", "id")
    assert "visit_rate_v2" in problem.remedy


def test_a_studys_standard_builds_on_the_products(
    study: Path, catalogue: Path, environment: dict[str, str], put: Put
) -> None:
    put("standards/ours.toml", 'id = "ours"\nvalid_from = 2025-07-01\nbased_on = "default"\n'
        "minimum_probability = 0.9\n")  # fmt: skip
    read = read_study(study, environment=environment, catalogue=catalogue)
    assert [each.id for each in read.standards] == ["default", "ours"]
    assert read.standards[1].tiers == read.standards[0].tiers
    assert standard_in_force(read.standards, date(2025, 6, 30)).minimum_probability == 0.8
    assert standard_in_force(read.standards, date(2025, 7, 1)).minimum_probability == 0.9


def test_a_studys_standard_of_the_same_day_takes_the_products_place(
    study: Path, catalogue: Path, environment: dict[str, str], put: Put
) -> None:
    put("standards/ours.toml", 'id = "ours"\nvalid_from = 2020-01-01\nbased_on = "default"\n')
    read = read_study(study, environment=environment, catalogue=catalogue)
    assert [each.id for each in read.standards] == ["ours"]


@pytest.mark.parametrize(
    ("files", "file", "key"),
    [
        ({"ours": ("ours", "2025-07-01", "defaults")}, "ours", "based_on"),
        ({"default": ("default", "2025-07-01", "default")}, "default", "id"),
        (
            {"a": ("a", "2025-07-01", "default"), "b": ("b", "2025-07-01", "default")},
            "b",
            "valid_from",
        ),
    ],
    ids=["based on nothing known", "the product's id", "two of one day"],
)
def test_a_studys_standard_that_cannot_be_is_refused(
    files: dict[str, tuple[str, str, str]], file: str, key: str, put: Put, problems: Problems
) -> None:
    for name, (id_, day, base) in files.items():
        put(f"standards/{name}.toml", f'id = "{id_}"\nvalid_from = {day}\nbased_on = "{base}"\n')
    (problem,) = problems()
    assert (problem.file, problem.key) == (f"standards/{file}.toml", key)


def test_a_standard_without_a_day_is_one_problem(
    put: Put, change: Change, problems: Problems
) -> None:
    """Whether a standard is in force is not asked as long as a day is missing."""
    change("catalogue/standards/default.toml", "valid_from = 2020-01-01\n", "")
    put("standards/ours.toml", 'id = "ours"\nbased_on = "default"\n')
    found = {(problem.file, problem.key) for problem in problems()}
    assert ("standards/ours.toml", "valid_from") in found
    assert not any(key == "history.start" for _, key in found)


@pytest.mark.parametrize(
    "missing", ["history = { start = 2025-01-01, end = 2026-05-01 }", 'id = "clinic"']
)
def test_what_rests_on_a_missing_key_is_not_asked(
    change: Change, problems: Problems, missing: str
) -> None:
    """Neither the standard in force nor the rate of a dollar cost can be judged without the study."""
    change(STUDY, missing, "")
    change("catalogue/standards/default.toml", "valid_from = 2020-01-01", "valid_from = 2025-07-01")
    assert {problem.key for problem in problems()} >= {missing.split(" ", maxsplit=1)[0]}
    assert not any("exchange" in problem.key for problem in problems())


def test_a_planned_module_that_cannot_be_read_is_a_problem_of_its_own(
    put: Put, problems: Problems
) -> None:
    put("planned/next.toml", "id = [")
    assert {problem.file for problem in problems()} == {"planned/next.toml"}


def test_the_room_offers_what_it_names_and_nothing_else() -> None:
    with pytest.raises(AttributeError, match=r"offers .*read_study"):
        roi_pipeline.settings.read_studies  # noqa: B018 - asking for it is the test


def test_importing_the_room_loads_no_pydantic() -> None:
    code = "import sys, roi_pipeline.settings; sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=dict(os.environ))


@pytest.mark.parametrize("kind", ["date", "boolean", "text"])
def test_a_column_the_product_reads_holds_what_it_reads(
    kind: str, catalogue: Path, change: Change, problems: Problems
) -> None:
    (catalogue / "contracts").mkdir()
    (catalogue / "contracts/telephony__calls.toml").write_text(
        'system = "telephony"\nentity = "calls"\n'
        '[[column]]\nname = "started_at"\ntype = "date"\n'
        '[[column]]\nname = "talk_seconds"\ntype = "integer"\n'
        '[[column]]\nname = "customer_phone"\ntype = "text"\n',
        encoding="utf-8",
    )
    assert problems() == ()
    formats = 'formats = ["hh:mm:ss"]\nnulls = ["-"]\nminimum = 0\nmaximum = 7200\n'
    change(CALLS, f'type = "duration"\nheader = "通话时长"\n{formats}', f'type = "{kind}"\n')
    (problem,) = problems()
    assert (problem.file, problem.key) == (CALLS, "column[4].type")
    assert "a number such as integer" in problem.expected


def test_people_are_not_read_as_plain_text(
    catalogue: Path, change: Change, problems: Problems
) -> None:
    (catalogue / "contracts").mkdir()
    (catalogue / "contracts/telephony__calls.toml").write_text(
        'system = "telephony"\nentity = "calls"\n'
        '[[column]]\nname = "customer_phone"\ntype = "phone"\n',
        encoding="utf-8",
    )
    change(CALLS, 'type = "phone"', 'type = "text"')
    (problem,) = problems()
    assert problem.key == "column[2].type"
    assert "a person such as phone" in problem.expected


SCRAPS = [
    "5", "-1", "true", '"x"', '""', "[]", "{}", "[1]", '["a"]', "{ a = 1 }", "2025-01-01", "nan",
    "inf", "1e400", "2025-01-01T00:00:00", '"\\u0000"', "[[1]]", "[{}]", "9" * 25, "{ start = 5 }",
    '"Infinity"', '"1e999999"', "0001-01-01", "9999-12-31", '"%"', '"("', '"[[a"',
]  # fmt: skip


def _broken(text: str, draw: random.Random) -> str:
    lines = text.split("\n")
    place = draw.randrange(len(lines))
    match draw.choice(["value", "value", "delete", "repeat", "cut", "bracket"]):
        case "value" if "=" in lines[place]:
            lines[place] = f"{lines[place].split('=')[0]} = {draw.choice(SCRAPS)}"
        case "delete":
            del lines[place]
        case "repeat":
            lines.insert(place, draw.choice(lines))
        case "cut":
            lines[place] = lines[place][: draw.randint(0, len(lines[place]))]
        case _:
            lines[place] = lines[place].replace("[", "[[", 1)
    return "\n".join(lines)


def test_a_study_however_broken_is_answered_and_not_crashed_on(
    study: Path, catalogue: Path, environment: dict[str, str]
) -> None:
    draw = random.Random(20250101)  # noqa: S311 - the same broken studies every time
    names = [STUDY, CALLS, MODULE, "sources/erp__clinics.toml"]
    files = {name: (study / name).read_text(encoding="utf-8") for name in names}
    answers = 0
    for _ in range(250):
        broken = dict(files)
        for name in draw.choices(names, k=draw.randint(1, 4)):
            broken[name] = _broken(broken[name], draw)
        for name, text in broken.items():
            (study / name).write_text(text, encoding="utf-8")
        found = study_problems(study, environment, catalogue=catalogue)
        answers += bool(found)
        assert all(str(problem) and problem.remedy and problem.expected for problem in found)
        if not found:
            read_study(study, environment=environment, catalogue=catalogue)
    assert answers > 100
