"""Every kind of rule on a real DuckDB file: once kept, once broken."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from staged_delivery import INCOMING, Warehouse, contract_of

from roi_pipeline import quality
from roi_pipeline.domain.contracts import Column, Contract, FileLocation, RowRule, TableRules
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.histories import VolumeHistory
from roi_pipeline.domain.loads import RuleResult, Validation
from roi_pipeline.quality.rules import allowed_values

Check = Callable[..., tuple[RuleResult, Finding]]

AGENT = Column("agent_id", "text", ("坐席",))
TALK = Column("talk_seconds", "duration", ("时长",), minimum=Decimal(0), maximum=Decimal(7200))
ANSWERED = Column(
    "outcome", "text", ("结果",), values={"接通": "connected", "忙": "busy"}, is_closed=True
)
PHONE_LIKE = Column("line_code", "text", ("线路",), pattern=r"1[0-9]{2}:[a-z]{3}")
CALL = Column("call_id", "text", ("编号",), severity="stop")
STARTED = Column("started_at", "timestamp", ("开始",))
ENDED = Column("ended_at", "timestamp", ("结束",))
NINE = datetime(2026, 4, 30, 9, tzinfo=UTC).replace(tzinfo=None)
TEN = NINE.replace(hour=10)
ORDERLY = RowRule("a_call_ends_after_it_starts", "ended_at >= started_at")

CASES = [
    pytest.param(
        "agent_id_is_never_null", contract_of(replace(AGENT, is_required=True)),
        [("a",), ("b",)], [("a",), (None,)], "null", id="null",
    ),
    pytest.param(
        "talk_seconds_is_within_its_range", contract_of(TALK),
        [(0.0,), (7200.0,), (None,)], [(1.0,), (7200.5,)], "range", id="range",
    ),
    pytest.param(
        "outcome_is_a_known_value", contract_of(ANSWERED),
        [("connected",), ("busy",), (None,)], [("connected",), ("接通",)], "set", id="set",
    ),
    pytest.param(
        "line_code_matches_its_pattern", contract_of(PHONE_LIKE),
        [("123:abc",), (None,)], [("123:abc",), ("x123:abc",)], "pattern", id="pattern",
    ),
    pytest.param(
        "call_id_is_unique", contract_of(CALL, AGENT, key=("call_id",)),
        [("1", "a"), ("1", "a"), ("2", "a")], [("1", "a"), ("2", "a"), ("3", "a"), ("3", "b")],
        "uniqueness", id="uniqueness",
    ),
    pytest.param(
        "call_id_and_agent_id_is_unique",
        contract_of(CALL, AGENT, TALK, key=("call_id", "agent_id")),
        [("1", "a", 1.0), ("1", "b", 2.0)], [("1", "a", 1.0), ("1", "a", 2.0)],
        "uniqueness", id="uniqueness of two columns",
    ),
    pytest.param(
        "a_call_ends_after_it_starts", contract_of(STARTED, ENDED, rules=(ORDERLY,)),
        [(NINE, TEN), (NINE, None)], [(NINE, TEN), (TEN, NINE)], "row", id="row",
    ),
    pytest.param(
        "every_number_is_finite", contract_of(replace(TALK, minimum=None, maximum=None)),
        [(1.0,), (None,)], [(1.0,), (float("nan"),)], "range", id="finite",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "contract", "healthy", "broken", "kind"), CASES)
def test_a_row_rule_passes_healthy_rows_and_lists_the_broken_ones(
    rule: str,
    contract: Contract,
    healthy: list[tuple[Any]],
    broken: list[tuple[Any]],
    kind: str,
    check: Check,
    warehouse: Warehouse,
) -> None:
    result, _ = check(rule, contract, *healthy)
    assert result.passed
    assert (result.kind, result.n_unexpected, result.failing_rows_sql) == (kind, 0, "")

    result, finding = check(rule, contract, *broken)
    assert not result.passed
    assert result.is_row_rule
    assert result.was_evaluated
    assert finding.message.code == "rows_broke_it"
    listed = warehouse.execute(result.failing_rows_sql)
    assert len(listed) == result.n_unexpected > 0
    assert len(broken) in {number for _, number, _ in listed}
    assert [row.source_row_number for row in result.failing_rows] == sorted(n for _, n, _ in listed)


def test_the_counts_of_a_broken_rule_say_how_many_rows_were_asked(check: Check) -> None:
    rows = [(1.0,), (9000.0,), (None,), (-1.0,)]
    result, finding = check("talk_seconds_is_within_its_range", contract_of(TALK), *rows)
    assert (result.n_checked, result.n_unexpected) == (3, 2)
    assert [row.value for row in result.failing_rows] == ["9000.0", "-1.0"]
    assert finding.message.values["share"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("tolerance", [0.01, 0.07, 0.29, 0.58])
@pytest.mark.parametrize("rule", ["talk_seconds_is_within_its_range", "every_call_is_short"])
def test_a_tolerance_exactly_met_passes_and_one_row_more_fails(
    tolerance: float, rule: str, warehouse: Warehouse
) -> None:
    contract = contract_of(
        replace(TALK, tolerance=tolerance),
        rules=(RowRule("every_call_is_short", "talk_seconds <= 7200", tolerance=tolerance),),
        table_rules=TableRules(quarantine_share=1.0),
    )
    n_broken = round(100 * tolerance)
    warehouse.stage(contract)
    fill = f"insert into exports.{INCOMING} select if(i < ?, 9000, 60), 'f', i from range(100) r(i)"
    warehouse.execute(fill, n_broken)
    exactly = next(r for r in warehouse.validate(contract).results if r.rule == rule)
    assert (exactly.passed, exactly.n_unexpected) == (True, n_broken)
    assert len(warehouse.execute(exactly.failing_rows_sql)) == n_broken

    warehouse.execute(f"delete from exports.{INCOMING} where source_row_number >= 0")
    warehouse.execute(fill, n_broken + 1)
    above = next(r for r in warehouse.validate(contract).results if r.rule == rule)
    assert (above.passed, above.n_unexpected) == (False, n_broken + 1)


def test_a_repeated_key_is_a_later_version_when_the_contract_orders_them() -> None:
    contract = contract_of(CALL, STARTED, key=("call_id",), ordering="started_at")
    assert "call_id_is_unique" not in quality.expectation_names(contract)
    assert "call_id_is_unique" in quality.expectation_names(replace(contract, ordering=None))


def test_key_columns_must_be_present_in_every_row(check: Check) -> None:
    contract = contract_of(CALL, AGENT, key=("call_id",))
    result, _ = check("call_id_is_never_null", contract, (None, "a"), (None, "b"))
    assert (result.passed, result.n_unexpected, result.severity) == (False, 2, "stop")
    unique, _ = check("call_id_is_unique", contract, (None, "a"), (None, "b"))
    assert unique.passed


CLINIC = Column("clinic_id", "text", ("门店",), references="crm__clinics.clinic_id")


@pytest.fixture
def clinics(warehouse: Warehouse) -> Warehouse:
    warehouse.execute("create schema exports")
    warehouse.execute("create table exports.crm__clinics (clinic_id varchar)")
    warehouse.execute("insert into exports.crm__clinics values ('C01'), ('C02'), ('C02')")
    return warehouse


def test_a_reference_to_another_contract_is_checked_against_its_table(
    check: Check, clinics: Warehouse
) -> None:
    rule, contract = "every_clinic_id_exists_in_crm__clinics", contract_of(CLINIC)
    known = {"crm__clinics"}
    result, _ = check(rule, contract, ("C01",), ("C02",), (None,), known_tables=known)
    assert (result.passed, result.n_checked, result.n_unexpected) == (True, 2, 0)

    result, _ = check(rule, contract, ("C01",), ("C09",), ("C02",), known_tables=known)
    assert (result.passed, result.n_checked, result.n_unexpected) == (False, 3, 1)
    assert not result.is_row_rule, "the row may refer to something delivered tomorrow"
    listed = clinics.execute(result.failing_rows_sql)
    assert listed == [("telephony__calls/may.csv", 2, "C09")]


def test_a_reference_to_a_table_not_yet_loaded_is_not_called_kept(check: Check) -> None:
    rule, contract = "every_clinic_id_exists_in_crm__clinics", contract_of(CLINIC)
    result, finding = check(rule, contract, ("C01",))
    assert (result.passed, result.was_evaluated, result.severity) == (False, False, "warn")
    assert finding.message.code == "reference_not_loaded"
    assert not finding.stops


def test_a_table_may_refer_to_itself_inside_one_delivery(check: Check) -> None:
    parent = Column("parent_id", "text", ("上级",), references="telephony__calls.call_id")
    contract = contract_of(CALL, parent)
    rule = "every_parent_id_exists_in_telephony__calls"
    result, _ = check(rule, contract, ("1", None), ("2", "1"))
    assert result.passed
    result, _ = check(rule, contract, ("1", None), ("2", "7"))
    assert [row.value for row in result.failing_rows] == ["7"]


def test_a_missing_column_stops_and_says_which(warehouse: Warehouse) -> None:
    full = contract_of(CALL, TALK)
    warehouse.stage(contract_of(CALL), ("1",))
    validation = warehouse.validate(full)
    found = {finding.check: finding for finding in validation.findings}
    assert found["every_column_is_present"].message.values == {"columns": "talk_seconds"}
    assert validation.stops
    unknown = found["talk_seconds_is_within_its_range"]
    assert (unknown.passed, unknown.severity) == (False, "stop")
    assert unknown.message.code == "rule_not_evaluated"
    assert found["enough_rows_arrived"].passed


def test_unknown_columns_are_reported_only_when_the_contract_minds(warehouse: Warehouse) -> None:
    warehouse.stage(contract_of(CALL, TALK), ("1", 2.0))
    strict = contract_of(CALL, table_rules=TableRules(are_extra_columns_allowed=False))
    found = {f.check: f for f in warehouse.validate(strict).findings}["no_unknown_column_arrived"]
    assert (found.passed, found.message.values) == (False, {"columns": "talk_seconds"})
    assert "no_unknown_column_arrived" not in quality.expectation_names(contract_of(CALL))
    exact = contract_of(CALL, TALK, table_rules=TableRules(are_extra_columns_allowed=False))
    assert {f.check: f for f in warehouse.validate(exact).findings}[
        "no_unknown_column_arrived"
    ].passed


def test_a_column_of_another_type_is_named(warehouse: Warehouse) -> None:
    warehouse.stage(contract_of(CALL, replace(TALK, type="text")), ("1", "abc"))
    contract = contract_of(CALL, replace(TALK, minimum=None, maximum=None))
    found = {f.check: f for f in warehouse.validate(contract).findings}["every_column_has_its_type"]
    assert (found.passed, found.severity) == (False, "stop")
    assert found.message.values == {"columns": "talk_seconds VARCHAR"}
    warehouse.stage(contract, ("1", 2.0))
    assert warehouse.validate(contract).results[1].passed


@pytest.mark.parametrize(("n_rows", "passed"), [(2, False), (3, True)])
def test_a_delivery_needs_its_minimum_of_rows(check: Check, n_rows: int, passed: bool) -> None:  # noqa: FBT001
    contract = contract_of(CALL, table_rules=TableRules(minimum_rows=3))
    rows = [(str(n),) for n in range(n_rows)]
    result, finding = check("enough_rows_arrived", contract, *rows)
    assert (result.passed, result.measure) == (passed, n_rows)
    assert finding.message.values == {"n": n_rows, "needed": 3}


def test_an_empty_delivery_stops_without_an_error(warehouse: Warehouse) -> None:
    contract = contract_of(CALL, TALK, STARTED, key=("call_id",), rules=(
        RowRule("calls_have_talk", "talk_seconds is not null"),))  # fmt: skip
    warehouse.stage(contract)
    validation = warehouse.validate(contract)
    failed = [finding.check for finding in validation.findings if not finding.passed]
    assert failed == ["enough_rows_arrived"]
    assert validation.stops
    codes = {f.check: f.message.code for f in validation.findings}
    assert codes["talk_seconds_is_within_its_range"] == "nothing_to_check"


FRESH = TableRules(freshness_column="started_at", freshness_days=3, freshness_severity="stop")


@pytest.mark.parametrize(
    ("newest", "passed", "age"),
    [(date(2026, 4, 28), True, 3), (date(2026, 4, 27), False, 4)],
    ids=["exactly at the limit", "a day older"],
)
def test_freshness_counts_the_days_before_as_of(
    check: Check, newest: date, passed: bool, age: int  # noqa: FBT001
) -> None:  # fmt: skip
    moment = datetime(newest.year, newest.month, newest.day, 23, 59)  # noqa: DTZ001 - UTC by contract
    result, finding = check(
        "data_are_fresh", contract_of(STARTED, table_rules=FRESH), (moment,), (None,)
    )
    assert (result.passed, result.measure, result.severity) == (passed, age, "stop")
    assert finding.message.values == {"newest": newest, "age_days": age, "allowed_days": 3}


def test_rows_dated_after_as_of_do_not_make_old_data_fresh(check: Check) -> None:
    rows = [(datetime(2026, 1, 1),), (datetime(2027, 1, 1),)]  # noqa: DTZ001
    result, _ = check("data_are_fresh", contract_of(STARTED, table_rules=FRESH), *rows)
    assert (result.passed, result.observed) == (False, "2026-01-01")


def test_no_dated_row_at_all_is_not_fresh(check: Check) -> None:
    result, finding = check(
        "data_are_fresh", contract_of(STARTED, table_rules=FRESH), (None,)
    )  # fmt: skip
    assert (result.passed, finding.message.code) == (False, "no_dated_rows")


def test_a_late_correction_of_old_rows_does_not_make_the_source_stale(
    check: Check, warehouse: Warehouse
) -> None:
    warehouse.execute("create schema exports")
    warehouse.execute("create table exports.telephony__calls (started_at timestamp)")
    warehouse.execute("insert into exports.telephony__calls values ('2026-04-30 08:00')")
    contract = contract_of(STARTED, table_rules=FRESH)
    old = (datetime(2026, 1, 1),)  # noqa: DTZ001
    assert not check("data_are_fresh", contract, old)[0].passed
    assert check("data_are_fresh", contract, old, known_tables={"telephony__calls"})[0].passed


VOLUME = TableRules(
    volume_ratio=(0.5, 2.0), volume_severity="stop", freshness_column="started_at"
)  # fmt: skip


@pytest.mark.parametrize(
    ("n_rows", "passed"), [(4, False), (5, True), (20, True), (21, False)],
)  # fmt: skip
def test_volume_is_compared_with_the_median_of_earlier_deliveries(
    warehouse: Warehouse, n_rows: int, passed: bool  # noqa: FBT001
) -> None:  # fmt: skip
    contract = contract_of(CALL, STARTED, table_rules=VOLUME)
    warehouse.stage(contract)
    days = "timestamp '2026-04-01' + to_days(cast(i % 2 as integer))"
    fill = f"insert into exports.{INCOMING} select i, {days}, 'f', i from range({2 * n_rows}) r(i)"
    warehouse.execute(fill)
    history = VolumeHistory((1.0, 10.0, 500.0))
    validation = warehouse.validate(contract, history=history)
    result = next(r for r in validation.results if r.kind == "volume" and "like" in r.rule)
    assert (result.passed, result.measure) == (passed, n_rows), "rows per day over two days"


def test_volume_is_not_judged_before_there_is_something_to_compare_with(check: Check) -> None:
    contract = contract_of(CALL, STARTED, table_rules=VOLUME)
    rule = "volume_is_like_earlier_deliveries"
    result, finding = check(rule, contract, ("1", NINE), history=VolumeHistory((9.0, 9.0)))
    assert (result.passed, finding.message.code) == (True, "volume_not_comparable")


@pytest.mark.parametrize(
    ("while_reading", "passed"), [(0, True), (1, False)], ids=["exactly met", "one more"]
)
def test_a_delivery_with_too_many_quarantined_rows_is_refused(
    check: Check, while_reading: int, passed: bool  # noqa: FBT001
) -> None:  # fmt: skip
    contract = contract_of(
        replace(TALK, tolerance=1.0), replace(AGENT, is_required=True, tolerance=1.0),
        rules=(RowRule("agents_are_short", "length(agent_id) < 3", is_only_counted=True),),
        table_rules=TableRules(quarantine_share=0.5),
    )  # fmt: skip
    rows = [(9000.0, None), (1.0, None), (1.0, "a"), (1.0, "long name")]
    result, finding = check(
        "few_rows_are_quarantined", contract, *rows, quarantined_while_reading=while_reading
    )
    assert (result.passed, result.n_checked) == (passed, 4 + while_reading)
    assert result.n_unexpected == 2 + while_reading, "a row that breaks two rules counts once"
    assert finding.stops is not passed


def test_rows_delivered_before_count_as_read_in_the_share_of_quarantined_ones(check: Check) -> None:
    contract = contract_of(AGENT, table_rules=TableRules(quarantine_share=0.5))
    result, _ = check(
        "few_rows_are_quarantined", contract, ("a",), quarantined_while_reading=3,
        duplicates_while_reading=2,
    )  # fmt: skip
    assert (result.passed, result.n_checked, result.n_unexpected) == (True, 6, 3)


def test_a_rule_that_only_counts_keeps_its_rows(check: Check) -> None:
    rule = RowRule("agents_are_short", "length(agent_id) < 3", is_only_counted=True)
    result, _ = check("agents_are_short", contract_of(AGENT, rules=(rule,)), ("long name",))
    assert (result.passed, result.is_row_rule, result.n_unexpected) == (False, False, 1)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("no_such_column > 3", "no_such_column"),
        ("cast(agent_id as integer) > 0", "Could not convert"),
        ("agent_id >>>", "syntax error"),
    ],
    ids=["unknown column", "fails on a row", "not SQL"],
)
def test_a_rule_that_raises_stops_and_leaves_the_others_their_answer(
    warehouse: Warehouse, sql: str, says: str
) -> None:
    rules = (RowRule("the_bad_one", sql, severity="note"), RowRule("good", "agent_id <> 'b'"))
    contract = contract_of(AGENT, PHONE_LIKE, rules=rules)
    warehouse.stage(contract, ("a", "123:abc"), ("b", "nonsense"))
    validation = warehouse.validate(contract)
    found = {finding.check: finding for finding in validation.findings}
    bad = found["the_bad_one"]
    assert (bad.passed, bad.severity, bad.stops) == (False, "stop", True)
    assert bad.message.code == "rule_not_evaluated"
    assert says in str(bad.message.values["reason"])
    results = {result.rule: result for result in validation.results}
    assert results["the_bad_one"].was_evaluated is False
    assert (results["good"].n_checked, results["good"].n_unexpected) == (2, 1)
    assert results["line_code_matches_its_pattern"].n_unexpected == 1


def test_colons_braces_quotes_and_comments_in_rules_mean_what_they_say(check: Check) -> None:
    sql = """agent_id::varchar <> 'a:b {x} \\: it''s "q" ? %s $1 :name' -- ends in a comment"""
    contract = contract_of(AGENT, rules=(RowRule("odd_text_is_rare", sql),))
    odd = """a:b {x} \\: it's "q" ? %s $1 :name"""
    result, _ = check("odd_text_is_rare", contract, (odd,), ("plain",))
    assert (result.was_evaluated, result.n_checked, result.n_unexpected) == (True, 2, 1)
    assert result.failing_rows[0].value == f"agent_id={odd}"


def test_a_contract_without_rules_says_that_none_ran(warehouse: Warehouse) -> None:
    contract = contract_of(AGENT, TALK)
    bare = contract_of(AGENT)
    warehouse.stage(bare, ("a",))
    last = warehouse.validate(bare).findings[-1]
    assert (last.check, last.passed, last.severity) == ("rules_are_declared", False, "note")
    assert last.message.code == "no_rules_ran"
    assert "rules_are_declared" not in quality.expectation_names(contract)


def test_the_names_known_before_are_those_reported_after(warehouse: Warehouse) -> None:
    everything = contract_of(
        CALL, AGENT, TALK, ANSWERED, PHONE_LIKE, STARTED, ENDED, CLINIC,
        key=("call_id",), rules=(ORDERLY,),
        table_rules=replace(FRESH, volume_ratio=(0.5, 2.0), are_extra_columns_allowed=False),
    )  # fmt: skip
    for contract in (everything, contract_of(AGENT)):
        warehouse.stage(contract, tuple(None for _ in contract.columns))
        reported = [finding.check for finding in warehouse.validate(contract).findings]
        assert reported == quality.expectation_names(contract)
        assert len(set(reported)) == len(reported)


def test_validating_twice_gives_the_same_answer(warehouse: Warehouse) -> None:
    contract = contract_of(CALL, AGENT, TALK, key=("call_id",))
    warehouse.stage(contract, ("1", "a", 9000.0), ("1", "b", 1.0), ("2", "b", -4.0))
    assert warehouse.validate(contract) == warehouse.validate(contract)


def test_the_caller_may_keep_its_own_connection_open(warehouse: Warehouse) -> None:
    import duckdb

    contract = contract_of(AGENT)
    warehouse.stage(contract, ("a",))
    with duckdb.connect(str(warehouse.path)) as mine:
        mine.execute("select 1").fetchall()
        assert not warehouse.validate(contract).stops
    configured = {"threads": "1"}
    with duckdb.connect(str(warehouse.path), config=configured):
        assert not warehouse.validate(contract, database_config=configured).stops


def test_the_file_is_released_afterwards(warehouse: Warehouse) -> None:
    import subprocess
    import sys

    contract = contract_of(AGENT)
    warehouse.stage(contract, ("a",))
    warehouse.validate(contract)
    program = f"import duckdb; duckdb.connect({str(warehouse.path)!r}).execute('select 1')"
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_path_with_signs_that_mean_something_in_addresses_works(
    tmp_path: Any, warehouse: Warehouse
) -> None:
    folder = tmp_path / "诊所 50% $HOME #2 &x=1"
    folder.mkdir()
    odd = Warehouse(folder / "w.duckdb")
    odd.stage(contract_of(AGENT), ("a",))
    assert not odd.validate(contract_of(AGENT)).stops
    assert warehouse.path.parent == tmp_path


def test_a_delivery_that_was_never_staged_needs_a_human(warehouse: Warehouse) -> None:
    warehouse.execute("create schema exports")
    with pytest.raises(NeedsAHuman, match="stage the delivery"):
        warehouse.validate(contract_of(AGENT))


def test_people_are_masked_among_failing_rows(check: Check) -> None:
    phone = Column("phone", "phone", ("电话",), is_required=True, pattern="never used on a hash")
    contract = contract_of(phone, AGENT, rules=(RowRule("no_agent_x", "phone <> agent_id"),))
    result, _ = check("no_agent_x", contract, ("hash", "hash"))
    assert [row.value for row in result.failing_rows] == ["•••"]
    assert "phone_matches_its_pattern" not in quality.expectation_names(contract)


def test_closed_values_are_compared_in_the_type_they_are_stored_in(check: Check) -> None:
    level = Column("level", "integer", ("等级",), values={"高": "3", "低": "1"}, is_closed=True)
    assert allowed_values(level) == [3, 1]
    result, _ = check("level_is_a_known_value", contract_of(level), (3,), (1,), (2,))
    assert (result.n_unexpected, result.failing_rows[0].value) == (1, "2")


def test_rows_for_the_results_table_have_the_documented_columns(warehouse: Warehouse) -> None:
    contract = contract_of(AGENT, TALK)
    warehouse.stage(contract, ("a", -1.0))
    validation = warehouse.validate(contract)
    rows = quality.rule_result_rows(validation, "2026-05-01T02:00:00")
    assert len(rows) == len(validation.results)
    described = ", ".join(f"{name} {kind}" for name, kind, _ in quality.RULE_RESULT_COLUMNS)
    warehouse.execute(f"create table rule_results ({described})")
    marks = ", ".join("?" for _ in quality.RULE_RESULT_COLUMNS)
    for row in rows:
        warehouse.execute(f"insert into rule_results values ({marks})", *row)
    stored = warehouse.execute("select rule, n_unexpected from rule_results where not passed")
    assert stored == [("talk_seconds_is_within_its_range", 1), ("few_rows_are_quarantined", 1)]


def test_a_validation_of_nothing_is_not_confused_with_another_table(warehouse: Warehouse) -> None:
    other = Contract("crm", "clinics", FileLocation("*.csv", "csv"), (AGENT,))
    warehouse.stage(other, ("a",))
    validation: Validation = warehouse.validate(other)
    assert {finding.subject for finding in validation.findings} == {"exports.crm__clinics"}


@pytest.mark.slow
def test_a_validation_prints_nothing_and_leaves_no_files(
    warehouse: Warehouse, tmp_path: Any
) -> None:
    import os
    import subprocess
    import sys
    from pathlib import Path

    warehouse.stage(contract_of(AGENT), ("a",))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    program = """
import sys
from staged_delivery import Warehouse, contract_of
from roi_pipeline.domain.contracts import Column, RowRule
from pathlib import Path
rules = (RowRule("fails", "agent_id = 'b'"), RowRule("raises", "nothing > 3"))
contract = contract_of(Column("agent_id", "text", ("x",), is_required=True), rules=rules)
assert Warehouse(Path(sys.argv[1])).validate(contract).stops
"""
    places = os.pathsep.join([str(Path(__file__).parent), str(Path(quality.__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-c", program, str(warehouse.path)],
        env={**os.environ, "PYTHONPATH": places, "TMPDIR": str(temporary)},
        capture_output=True, text=True, check=True, cwd=temporary,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("", "")
    assert list(temporary.iterdir()) == []
