"""The archive room: objects, folders that appear whole, manifests, differences."""

import json
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from roi_pipeline.archive import (
    Archive,
    BrokenObject,
    Store,
    cause_beside_data,
    changed_inputs,
    config_files,
    config_key_hashes,
    file_sha256,
    folder_files,
    moved_figures,
    product_files,
    restore_study,
    with_archived_exports,
)
from roi_pipeline.archive.manifests import manifest_text, read_manifest
from roi_pipeline.domain.archives import (
    ArchivedExport,
    EditionInputsKept,
    Headline,
    Manifest,
    RenderedFile,
)
from roi_pipeline.domain.contracts import Column, Contract, DatabaseLocation, FileLocation
from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.examples import EXAMPLES
from roi_pipeline.resources import CHECKOUT
from roi_pipeline.settings import read_study


def _export(table: str, path: str, sha256: str) -> ArchivedExport:
    return ArchivedExport(table, path, sha256, sha256, 10, path)


def _manifest(name: str = "2026-Q1/final-1", **changes) -> Manifest:  # noqa: ANN003
    cycle, edition = name.split("/")
    status, number = edition.split("-")
    manifest = Manifest(
        name=name,
        edition_id=f"clinic/{name}",
        study_id="clinic",
        cycle_key=cycle,
        status="final" if status == "final" else "restated",
        number=int(number),
        as_of=date(2026, 4, 15),
        seed=1,
        package_version="1",
        inputs=EditionInputsKept(
            config={"study.toml": "a", "modules/push.toml": "b"},
            exports=(_export("crm__leads", "exports/leads.csv", "c"),),
        ),
        product={"sql/facts/leads.sql": "d", "code/stats": "e", "code/finance": "f"},
        versions={"duckdb": "1"},
        headlines=(
            Headline("push", Decimal("0.5"), None, None, "given", "meets", "continue", "CNY",
                     Decimal(3), Decimal(2)),
        ),
        figures={"push.rated.roi": "0.5", "push.metric.rate.estimate": "0.1"},
        config_keys={"study.toml#reader": "1", "modules/push.toml#cost": "1"},
        lineage={"rate": ("crm__leads", "sql/facts/leads.sql")},
        reports=(
            RenderedFile("figures.json", None, "json", "portfolio", "h1"),
            RenderedFile("zh-CN/push.html", "zh-CN", "html", "push", "h2"),
        ),
    )  # fmt: skip
    return replace(manifest, **changes)


def _publish(archive: Archive, manifest: Manifest, text: str = "hello") -> Path:
    with archive.making(manifest.cycle_key) as folder:
        (folder / "reports").mkdir()
        (folder / "reports/a.html").write_text(text, "utf-8")
        return archive.publish(folder, replace(manifest, files=folder_files(folder)))


def test_a_manifest_of_an_earlier_version_says_its_reports_by_their_names(tmp_path: Path) -> None:
    files = {
        "reports/figures.json": "h1", "reports/zh-CN/push.html": "h2", "values.json": "v",
        "reports/notes.txt": "n", "reports/fr/push.html": "f",
    }  # fmt: skip
    document = json.loads(manifest_text(replace(_manifest(), files=files)))
    del document["reports"]
    path = tmp_path / "2026-Q1/final-1/manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document), "utf-8")
    assert read_manifest(path).reports == _manifest().reports


def test_a_manifest_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(manifest_text(_manifest()), "utf-8")
    assert read_manifest(path) == _manifest()


def test_a_broken_manifest_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    for text in ("{", json.dumps({"schema": "other"}), '{"schema": "roi-edition/1"}'):
        path.write_text(text, "utf-8")
        with pytest.raises(NeedsAHuman, match="backup"):
            read_manifest(path)


def test_an_object_is_kept_once_and_never_twice(tmp_path: Path) -> None:
    store, file = Store(tmp_path / "store"), tmp_path / "a.csv"
    file.write_bytes(b"1,2\n")
    sha256 = store.put(file)
    written = store.path(sha256).stat().st_mtime_ns
    assert store.put(file) == sha256
    assert store.path(sha256).stat().st_mtime_ns == written
    assert [path.name for path in store.folder.iterdir()] == [sha256]


def test_a_changed_or_missing_object_is_named(tmp_path: Path) -> None:
    store, file = Store(tmp_path / "store"), tmp_path / "a.csv"
    file.write_bytes(b"1,2\n")
    sha256 = store.put(file)
    store.path(sha256).chmod(0o644)
    store.path(sha256).write_bytes(b"1,3\n")
    with pytest.raises(BrokenObject, match=r"a\.csv.*now has the hash"):
        store.restore(sha256, tmp_path / "b.csv", name="a.csv")
    assert not (tmp_path / "b.csv").exists()
    assert store.put(file) == sha256  # the original heals it
    store.check(sha256, name="a.csv")
    store.path(sha256).unlink()
    with pytest.raises(BrokenObject, match="is gone"):
        store.check(sha256, name="a.csv")


def test_editions_are_numbered_one_final_then_restated(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    assert archive.next_edition("2026-Q1") == ("final", 1)
    for name in ("2026-Q1/final-1", *(f"2026-Q1/restated-{number}" for number in range(1, 12))):
        assert "{}-{}".format(*archive.next_edition("2026-Q1")) == name.split("/")[1]
        _publish(archive, _manifest(name))
    assert archive.latest("2026-Q1") == "2026-Q1/restated-11"
    assert archive.find("2026-Q1") == "2026-Q1/restated-11"
    assert archive.next_edition("2026-Q2") == ("final", 1)
    assert archive.latest_of_earlier_cycles("2026-Q2") == ("2026-Q1/restated-11",)
    with pytest.raises(UnknownName, match="2026-Q1/final-1"):
        archive.find("2026-Q1/final-2")


def test_an_edition_is_never_replaced(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    _publish(archive, _manifest())
    with pytest.raises(NeedsAHuman, match="never changes"):
        _publish(archive, _manifest(), text="other")
    assert (tmp_path / "2026-Q1/final-1/reports/a.html").read_text("utf-8") == "hello"
    assert not list(tmp_path.glob("*/.making-*"))


def test_a_tampered_file_is_named(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    folder = _publish(archive, _manifest())
    manifest = archive.manifest("2026-Q1/final-1")
    assert archive.tampered(manifest) == ()
    page = folder / "reports/a.html"
    page.chmod(0o644)
    page.write_text("hallo", "utf-8")
    changed = archive.tampered(manifest)
    assert [(item.name, item.after) for item in changed] == [("reports/a.html", file_sha256(page))]


KILLED = """
import os, signal
from pathlib import Path
from dataclasses import replace
from test_archive import Archive, _manifest, folder_files
def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)
Path.rename = die
archive = Archive(Path({folder!r}))
with archive.making("2026-Q1") as folder:
    (folder / "a.html").write_text("half", "utf-8")
    archive.publish(folder, replace(_manifest(), files=folder_files(folder)))
"""


def test_a_kill_between_making_and_moving_leaves_no_half_edition(tmp_path: Path) -> None:
    script = textwrap.dedent(KILLED).format(folder=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parent,
        env={"PYTHONPATH": f"{Path(__file__).parent}:{CHECKOUT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr
    assert list(tmp_path.glob("2026-Q1/.making-*"))
    archive = Archive(tmp_path)
    assert archive.names() == ()
    assert archive.latest("2026-Q1") is None
    _publish(archive, _manifest())
    assert archive.names() == ("2026-Q1/final-1",)
    assert [path.name for path in (tmp_path / "2026-Q1").iterdir()] == ["final-1"]


def test_a_study_is_restored_from_the_store_alone(tmp_path: Path) -> None:
    source, store = tmp_path / "source", Store(tmp_path / "store")
    (source / "modules").mkdir(parents=True)
    (source / "study.toml").write_text('id = "x"\n', "utf-8")
    (source / "modules/push.toml").write_text("[cost]\nid = 1\n", "utf-8")
    (source / "leads.csv").write_bytes(b"a\n")
    config = {name: store.put(path) for name, path in config_files(source).items()}
    assert set(config) == {"study.toml", "modules/push.toml"}
    sha256 = store.put(source / "leads.csv")
    inside = ArchivedExport("crm__leads", "leads.csv", sha256, sha256, 2, "exports/leads.csv")
    outside = replace(
        inside, table="erp__orders", restored_as="archived/erp__orders/a.csv", is_redirected=True
    )
    kept = EditionInputsKept(config, (inside, outside))
    target = tmp_path / "target"
    restore_study(kept, store, target)
    assert (target / "exports/leads.csv").read_bytes() == b"a\n"
    assert json.loads((target / "archived.json").read_text("utf-8")) == {
        "erp__orders": "archived/erp__orders/**/*"
    }
    config["metrics/rate.sql"] = config["study.toml"]
    keys = config_key_hashes(config, store)
    assert set(keys) == {"study.toml#id", "modules/push.toml#cost"}


def test_two_tables_of_one_file_are_restored_from_one_copy(tmp_path: Path) -> None:
    store, file = Store(tmp_path / "store"), tmp_path / "book.xlsx"
    file.write_bytes(b"book")
    sha256 = store.put(file)
    first = ArchivedExport("crm__leads", "book.xlsx", sha256, sha256, 2, "exports/book.xlsx")
    kept = EditionInputsKept({}, (first, replace(first, table="erp__orders")))
    restore_study(kept, store, tmp_path / "target")
    assert not (tmp_path / "target/archived.json").exists()
    assert [path.name for path in (tmp_path / "target").rglob("*.*")] == ["book.xlsx"]


def test_a_restored_study_reads_what_came_from_outside_where_it_was_put(tmp_path: Path) -> None:
    """A file keeps its form; what a database answered was kept as Parquet; all else stays."""
    columns = (Column("lead_id", "text", ("lead",)),)
    study = replace(
        read_study(EXAMPLES["clinic"].configuration, environment={"ROI_PEOPLE_KEY": "x"}),
        folder=str(tmp_path),
        contracts=(
            Contract("crm", "leads", FileLocation("s3://bucket/*.csv", "csv"), columns),
            Contract("erp", "orders", DatabaseLocation("sqlite:///a.db", "orders"), columns),
            Contract("pos", "visits", FileLocation("exports/*.csv", "csv"), columns),
        ),
    )
    assert with_archived_exports(study) is study
    redirected = {table: f"archived/{table}/**/*" for table in ("crm__leads", "erp__orders")}
    (tmp_path / "archived.json").write_text(json.dumps(redirected), "utf-8")
    assert [contract.location for contract in with_archived_exports(study).contracts] == [
        FileLocation("archived/crm__leads/**/*", "csv"),
        FileLocation("archived/erp__orders/**/*", "parquet"),
        FileLocation("exports/*.csv", "csv"),
    ]


def test_a_file_under_another_hash_than_its_own_is_not_kept(tmp_path: Path) -> None:
    store, file = Store(tmp_path / "store"), tmp_path / "a.csv"
    file.write_bytes(b"1,2\n")
    assert not store.put_as("0" * 64, file)
    assert list(store.folder.iterdir()) == []
    assert store.put_as(file_sha256(file), file)
    assert store.has(file_sha256(file))


def test_a_folder_that_is_no_edition_is_none(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    _publish(archive, _manifest())
    (tmp_path / "2026-Q1/copy of final-1").mkdir()
    (tmp_path / "2026-Q1/copy of final-1/manifest.json").write_text("{}", "utf-8")
    assert archive.names() == ("2026-Q1/final-1",)


def test_what_another_living_process_makes_is_let_alone(tmp_path: Path) -> None:
    """Process 1 always lives; no process has a number beyond what a kernel gives."""
    cycle = tmp_path / "2026-Q1"
    for left in (".making-1", ".making-4194305", ".making-x"):
        (cycle / left).mkdir(parents=True)
    with Archive(tmp_path).making("2026-Q1") as folder:
        assert {path.name for path in cycle.iterdir()} == {".making-1", folder.name}


def test_what_a_manifest_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="a manifest cannot hold"):
        manifest_text(replace(_manifest(), versions={"duckdb": Path("x")}))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"inputs": EditionInputsKept({"study.toml": "a", "modules/push.toml": "b"},
          (_export("crm__leads", "exports/leads.csv", "x"),))}, ("late_data",)),
        ({"product": {"sql/facts/leads.sql": "x", "code/stats": "e", "code/finance": "f"}},
         ("definition",)),
        ({"product": {"sql/facts/leads.sql": "d", "code/stats": "e", "code/finance": "f",
                      "catalogue/contracts/crm__leads.toml": "n"}}, ("definition",)),
        ({"product": {"sql/facts/leads.sql": "d", "code/stats": "x", "code/finance": "f"}},
         ("method",)),
        ({"versions": {"duckdb": "2"}}, ("method",)),
        ({"config_keys": {"study.toml#reader": "2", "modules/push.toml#cost": "1"}}, ("unknown",)),
        ({"as_of": date(2026, 5, 1)}, ("day",)),
    ],
)  # fmt: skip
def test_what_moved_a_metric_is_told_from_the_hashes(changes, expected) -> None:
    after = _manifest(
        "2026-Q1/restated-1",
        figures={"push.rated.roi": "0.5", "push.metric.rate.estimate": "0.2"},
        **changes,
    )
    (figure,) = moved_figures(_manifest(), after)
    assert (figure.name, figure.causes) == ("push.metric.rate.estimate", expected)


@pytest.mark.parametrize(
    ("changes", "figures", "expected"),
    [
        ({"config_keys": {"study.toml#reader": "1", "modules/push.toml#cost": "2"}}, {},
         ("assumption",)),
        ({"product": {"sql/facts/leads.sql": "d", "code/stats": "e", "code/finance": "x"}}, {},
         ("method",)),
        ({"product": {"sql/facts/leads.sql": "x", "code/stats": "e", "code/finance": "f"}},
         {"push.metric.rate.estimate": "0.2"}, ("definition",)),
        ({}, {"push.standard": "new"}, ("standard",)),
    ],
)  # fmt: skip
def test_what_moved_money_is_told_from_the_hashes(changes, figures, expected) -> None:
    base = {"push.metric.rate.estimate": "0.1", **figures}
    after = _manifest("2026-Q1/restated-1", figures={**base, "push.rated.roi": "0.6"}, **changes)
    moved = {figure.name: figure.causes for figure in moved_figures(_manifest(), after)}
    assert moved["push.rated.roi"] == expected


def test_another_cycle_brings_new_data() -> None:
    after = _manifest("2026-Q2/final-1", figures={"push.rated.roi": "0.9"})
    moved = {figure.name: figure.causes for figure in moved_figures(_manifest(), after)}
    assert moved["push.rated.roi"] == ("new_data",)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"config_keys": {"study.toml#reader": "2", "modules/push.toml#cost": "1"}}, None),
        ({"config_keys": {"study.toml#reader": "1", "modules/push.toml#cost": "2"}}, "assumption"),
        ({"config_keys": {"study.toml#reader": "1", "modules/push.toml#cost": "1",
                          "sources/crm__leads.toml#column": "1"}}, "definition"),
        ({"inputs": EditionInputsKept({"study.toml": "a", "modules/push.toml": "b",
                                       "sql/facts/own.sql": "n"}, ())}, "definition"),
        ({"product": {"sql/facts/leads.sql": "d", "code/stats": "x", "code/finance": "f"}},
         "method"),
        ({"product": {"sql/facts/leads.sql": "x", "code/stats": "x", "code/finance": "f"}},
         "definition"),
        ({"product": {"sql/facts/leads.sql": "d", "code/stats": "e", "code/finance": "f",
                      "report_templates/report/style.css": "n", "sql/README.md": "n"}}, None),
        ({"versions": {"duckdb": "2"}}, "method"),
    ],
)  # fmt: skip
def test_only_what_computes_can_move_a_figure_beside_the_data(changes, expected) -> None:
    after = _manifest("2026-Q1/restated-1", **changes)
    assert cause_beside_data(_manifest(), after) == expected


def test_every_changed_input_is_named_with_its_kind() -> None:
    after = _manifest(
        "2026-Q1/restated-1",
        inputs=EditionInputsKept({"study.toml": "z"}, ()),
        product={"sql/facts/leads.sql": "x", "code/stats": "e", "catalogue/metrics/a.toml": "n"},
        versions={"duckdb": "2"},
    )
    found = {(item.kind, item.name) for item in changed_inputs(_manifest(), after)}
    assert found == {
        ("export", "exports/leads.csv"), ("config", "study.toml"), ("config", "modules/push.toml"),
        ("sql", "sql/facts/leads.sql"), ("code", "code/finance"),
        ("catalogue", "catalogue/metrics/a.toml"), ("library", "duckdb"),
    }  # fmt: skip


def test_the_product_is_hashed_file_by_file_and_room_by_room() -> None:
    files = product_files()
    assert files["sql/facts/calls.sql"] == file_sha256(CHECKOUT / "sql/facts/calls.sql")
    assert "code/stats" in files
    assert not any("__pycache__" in name for name in files)
    assert "code/delivery" not in files
