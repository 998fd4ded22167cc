"""The clinic study is what it says: same bytes for a seed, planted effects, counted faults."""

import gzip
import hashlib
import io
import json
import sqlite3
import tomllib
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from roi_pipeline.domain.contracts import Contract, FileLocation
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.windows import add_months
from roi_pipeline.examples import EXAMPLES
from roi_pipeline.examples.clinic import BUSY, EFFECTS, generate
from roi_pipeline.examples.clinic_dirt import DIRT
from roi_pipeline.examples.clinic_people import People, draw_people
from roi_pipeline.examples.clinic_programme import draw_programme
from roi_pipeline.examples.clinic_reach import draw_follow_ups, draw_pushes
from roi_pipeline.examples.clinic_sales import draw_orders, draw_shifts
from roi_pipeline.examples.clinic_service import draw_answers, draw_inquiries
from roi_pipeline.examples.clinic_world import CLINICS, END, ROLLOUTS, SELECTIONS, START, World
from roi_pipeline.examples.dirt import DUPLICATE
from roi_pipeline.examples.planted import PlantedTruth
from roi_pipeline.settings import read_study

SMALL = 0.1
WIDTHS = 4.0  # standard errors a planted effect may lie off; one run in 16,000 by chance


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(EXAMPLES["clinic"].configuration, environment={})


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, PlantedTruth]:
    folder = tmp_path_factory.mktemp("clinic")
    return folder, generate(folder, scale=SMALL)


@pytest.fixture(scope="module")
def world() -> World:
    return World(20250101, 1.0)


@pytest.fixture(scope="module")
def people(world: World) -> People:
    return draw_people(world)


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def read_rows(folder: Path, path: str, contract: Contract) -> pl.DataFrame:
    """One export file as text, as plain tools read it."""
    content = (folder / path).read_bytes()
    match (folder / path).suffix:
        case ".gz":
            content = gzip.decompress(content)
        case ".zip":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content = archive.read(archive.namelist()[0])
        case ".db":
            with sqlite3.connect(folder / path) as connection:
                rows = connection.execute("select * from answers")
                names = [column[0] for column in rows.description]
                return pl.DataFrame(rows.fetchall(), schema=names, orient="row", strict=False)
        case _:
            pass
    location = contract.location
    assert isinstance(location, FileLocation)
    match location.kind:
        case "jsonl":
            return pl.read_ndjson(io.BytesIO(content), infer_schema_length=None)
        case "parquet":
            return pl.read_parquet(io.BytesIO(content))
        case "xlsx":
            return pl.read_excel(
                io.BytesIO(content),
                sheet_name=location.sheet,
                engine="calamine",
                read_options={"header_row": location.header_row - 1, "dtypes": "string"},
            )
        case "csv":
            text = content.decode(location.encoding or "utf-8").encode()
            delimiter = location.delimiter or ","
            return pl.read_csv(io.BytesIO(text), separator=delimiter, infer_schema=False)


def contract_of(study: Study, path: str) -> Contract:
    """The contract whose glob finds the file; the survey is the one database."""
    for contract in study.contracts:
        location = contract.location
        if isinstance(location, FileLocation) and Path(path).match(location.glob):
            return contract
    return next(contract for contract in study.contracts if contract.table == "survey__answers")


def test_the_same_seed_writes_the_same_bytes(
    small: tuple[Path, PlantedTruth], tmp_path: Path
) -> None:
    again = generate(tmp_path, scale=SMALL)
    assert again == small[1]
    assert fingerprints(tmp_path) == fingerprints(small[0])


def test_another_seed_writes_other_exports(
    small: tuple[Path, PlantedTruth], tmp_path: Path
) -> None:
    generate(tmp_path, scale=SMALL, seed=7)
    one, other = fingerprints(small[0]), fingerprints(tmp_path)
    same = {path for path, digest in other.items() if one.get(path) == digest}
    assert same == {"exports/erp/clinics.txt"}


def test_every_contract_finds_its_headers_in_every_file(
    small: tuple[Path, PlantedTruth], study: Study
) -> None:
    folder, truth = small
    seen = set[str]()
    for path, rows in truth.rows.items():
        contract = contract_of(study, path)
        frame = read_rows(folder, path, contract)
        assert frame.height == rows, path
        assert {column.headers[0] for column in contract.columns} <= set(frame.columns), path
        seen.add(contract.table)
    assert seen == {contract.table for contract in study.contracts}


def test_exact_duplicates_are_where_they_are_said_to_be(
    small: tuple[Path, PlantedTruth], study: Study
) -> None:
    folder, truth = small
    assert truth.rows
    for path, rows in truth.rows.items():
        planted = sum(d.rows for d in truth.dirty if d.path == path and d.kind == DUPLICATE)
        frame = read_rows(folder, path, contract_of(study, path))
        assert rows - frame.unique().height == planted, path


def test_every_kind_of_dirt_is_planted_and_named_as_its_contract_names_it(
    small: tuple[Path, PlantedTruth], study: Study
) -> None:
    contracts = {contract.table: contract for contract in study.contracts}
    for table, kinds in DIRT.items():
        contract = contracts[table]
        planted = {dirty.kind for dirty in small[1].dirty if dirty.table == table}
        assert planted - {"delivered again"} == {kind.kind for kind in kinds} | {DUPLICATE}
        for kind in kinds:
            columns = {column.name for column in contract.columns}
            headers = {header for column in contract.columns for header in column.headers}
            assert not kind.column or kind.column in columns, kind
            assert not kind.rule or kind.rule in {rule.name for rule in contract.rules}, kind
            assert bool(kind.column) != bool(kind.rule), kind
            assert set(kind.sets) <= headers, kind


def test_hostile_names_arrive_unharmed(small: tuple[Path, PlantedTruth], study: Study) -> None:
    folder, _ = small
    contract = contract_of(study, "exports/crm/customers.csv")
    names = read_rows(folder, "exports/crm/customers.csv", contract)["姓名"].to_list()
    assert "<script>alert('门店')</script>" in names


def test_the_workbook_holds_no_formula(small: tuple[Path, PlantedTruth]) -> None:
    paths = sorted((small[0] / "exports/crm").glob("*.xlsx"))
    assert paths
    for path in paths:
        with zipfile.ZipFile(path) as book:
            sheets = [book.read(name) for name in book.namelist() if "worksheets/" in name]
        assert sheets
        assert not any(b"<f>" in sheet for sheet in sheets)


def test_the_modules_are_switched_on_when_the_exports_say_so(study: Study) -> None:
    for module_id, go_live in ROLLOUTS.items():
        module = study.module(module_id)
        assert dict(module.rollout.go_live) == go_live
        untreated = set(CLINICS) - set(go_live)
        assert 4 <= len(untreated) <= 6
        assert module.selection_window is not None
        assert (module.selection_window.start, module.selection_window.end) == SELECTIONS[module_id]
        assert module.baseline is not None
        assert module.baseline.end >= add_months(START, 5)
        assert module.baseline.end <= SELECTIONS[module_id][0]
        assert min(go_live.values()) >= SELECTIONS[module_id][1]
        assert max(go_live.values()) < END


def test_every_planted_effect_is_on_a_metric_of_the_modules_pool_or_the_catalogue(
    study: Study,
) -> None:
    for effect in EFFECTS:
        pool = {metric.metric_id for metric in study.module(effect.module_id).pool}
        assert effect.metric_id in pool
    goals = {(m.id, goal.metric_id) for m in study.modules for goal in m.goals}
    assert goals <= {(effect.module_id, effect.metric_id) for effect in EFFECTS}


def test_the_published_case_is_what_is_planted() -> None:
    planted = {effect.metric_id: effect for effect in EFFECTS}
    response = planted["response_seconds_per_chat"]
    assert (response.without, response.with_module) == (36.0, 4.8)
    assert planted["csat_score_per_answer"].relative == pytest.approx(0.165)
    assert planted["orders_per_seller_day"].relative == pytest.approx(0.23)
    hits = planted["push_hit_rate"]
    assert (hits.without, hits.with_module) == (0.21, 0.47)
    assert planted["follow_up_delay_days_per_task"].absolute == pytest.approx(-2.5)


def test_the_truth_is_written_as_plain_json(small: tuple[Path, PlantedTruth]) -> None:
    written = json.loads((small[0] / "planted_truth.json").read_text("utf-8"))
    assert written["effects"][0]["metric_id"] == "response_seconds_per_chat"
    assert {"table", "path", "kind", "found", "rows", "column", "rule"} == set(written["dirty"][0])


def change(
    world: World, module_id: str, clinics: np.ndarray, days: np.ndarray, values: np.ndarray
) -> tuple[float, float]:
    """Difference in differences of means and its standard error over clinics.

    Each clinic of a wave is compared with all clinics never treated, over the same days.
    """
    baseline = np.arange(world.n_days) < (SELECTIONS[module_id][0] - START).days
    treated = world.treated(module_id)
    never = ~treated.any(axis=1)
    sums = np.zeros((2, len(CLINICS), world.n_days))
    np.add.at(sums[0], (clinics, days), values)
    np.add.at(sums[1], (clinics, days), 1)

    def mean_change(clinic: int, post: np.ndarray) -> float:
        after, before = sums[:, clinic, post].sum(axis=1), sums[:, clinic, baseline].sum(axis=1)
        return float(after[0] / after[1] - before[0] / before[1])

    differences = []
    spread = []
    for clinic in np.flatnonzero(~never):
        post = treated[clinic]
        controls = [mean_change(control, post) for control in np.flatnonzero(never)]
        differences.append(mean_change(clinic, post) - np.mean(controls))
        spread.append(np.var(controls, ddof=1) / len(controls))
    error = (np.var(differences, ddof=1) / len(differences) + np.mean(spread)) ** 0.5
    return float(np.mean(differences)), float(error)


def places(world: World, clinics: pl.Series, moments: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    days = np.searchsorted(world.days, moments.to_numpy(), side="right") - 1
    return np.searchsorted(np.array(CLINICS), clinics.to_numpy()), days


def planted(module_id: str, metric_id: str) -> float:
    effects: Mapping[tuple[str, str], Any] = {(e.module_id, e.metric_id): e for e in EFFECTS}
    return float(effects[module_id, metric_id].absolute)


def assert_recovered(found: tuple[float, float], truth: float) -> None:
    estimate, error = found
    assert error < abs(truth) / 4, "too noisy to tell the planted effect from none"
    assert abs(estimate - truth) < WIDTHS * error, f"{estimate} ± {error}, planted {truth}"


def test_response_time_and_satisfaction_move_as_planted(world: World, people: People) -> None:
    inquiries = draw_inquiries(world, people)
    answered = inquiries.filter(pl.col("firstResponseSeconds").is_not_null())
    clinics, days = places(world, answered["clinicCode"], answered["createdAt"])
    seconds = answered["firstResponseSeconds"].to_numpy()
    found = change(world, "service_assistant", clinics, days, seconds)
    assert_recovered(found, planted("service_assistant", "response_seconds_per_chat"))
    answers = draw_answers(world, inquiries).filter(pl.col("question") == "CSAT")
    clinics, days = places(world, answers["clinic_code"], answers["answered_at"])
    found = change(world, "service_assistant", clinics, days, answers["score"].to_numpy())
    assert_recovered(found, planted("service_assistant", "csat_score_per_answer"))


def test_push_hits_and_follow_up_delays_move_as_planted(world: World, people: People) -> None:
    pushes = draw_pushes(world, people).filter(pl.col("delivered_at").is_not_null())
    clinics, days = places(world, pushes["clinic"], pushes["sent_at"])
    hits = pushes["interacted_at"].is_not_null().to_numpy().astype(float)
    assert_recovered(
        change(world, "content_push", clinics, days, hits), planted("content_push", "push_hit_rate")
    )
    tasks = draw_follow_ups(world, people).filter(pl.col("完成时间").is_not_null())
    tasks = tasks.filter(pl.col("创建时间") < pl.date(2026, 4, 1))
    clinics, days = places(world, tasks["门店"], tasks["创建时间"])
    delays = (tasks["完成时间"] - tasks["创建时间"]).dt.total_seconds().to_numpy() / 86400
    found = change(world, "follow_up_prediction", clinics, days, delays)
    assert_recovered(found, planted("follow_up_prediction", "follow_up_delay_days_per_task"))


def test_orders_per_seller_move_as_planted(world: World, people: People) -> None:
    shifts = draw_shifts(world, people)
    events = draw_programme(world, people).events
    orders = draw_orders(world, people, shifts, events)
    per_day = orders.group_by(
        pl.col("销售工号").alias("工号"), pl.col("下单时间").dt.date().alias("on")
    ).len()
    worked = shifts.with_columns(pl.col("日期").dt.date().alias("on"))
    counted = worked.join(per_day, on=["工号", "on"], how="left").fill_null(0)
    clinics, days = counted["clinic"].to_numpy(), counted["day"].to_numpy()
    found = change(world, "script_generation", clinics, days, counted["len"].to_numpy())
    assert_recovered(found, planted("script_generation", "orders_per_seller_day"))


def test_the_busy_chains_assistant_answers_more_than_12000_inquiries_a_day(people: People) -> None:
    """Counted on a hundredth of its inquiries, over the days on which all 15 clinics had it."""
    hundredth = draw_inquiries(World(20250101, 1.0, inquiries=BUSY / 100), people)
    answered = hundredth.filter(
        pl.col("createdAt") >= pl.datetime(2025, 10, 1), pl.col("handledBy") != "agent"
    )
    days = (END - date(2025, 10, 1)).days
    assert 100 * answered.height / days > 12_000


def test_the_hold_out_is_a_tenth_drawn_at_random(world: World, people: People) -> None:
    actions = draw_programme(world, people).actions
    invited = actions.filter((pl.col("action") == "invitation") & pl.col("eligible"))
    arms = invited.group_by("customer_id").agg(pl.col("held_out").unique().alias("arms"))
    assert arms["arms"].list.len().max() == 1
    share = arms["arms"].list.first().mean()
    assert isinstance(share, float)
    assert abs(share - 0.1) < 0.005
    assert invited.filter("held_out")["opted_out_at"].null_count() == invited["held_out"].sum()


def test_the_study_says_in_its_readme_what_it_exports(study: Study) -> None:
    readme = (EXAMPLES["clinic"].configuration / "README.md").read_text("utf-8")
    assert study.modules
    for module in study.modules:
        assert f"`{module.id}`" in readme
    for contract in study.contracts:
        assert contract.system in readme


def test_the_configuration_holds_no_secret_of_a_real_study() -> None:
    text = (EXAMPLES["clinic"].configuration / "study.toml").read_text("utf-8")
    assert "people_key_variable" not in tomllib.loads(text)
