"""What a workbook brings back is taken over whole and dated, or refused with everything wrong in it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import pytest
from openpyxl import Workbook

from roi_pipeline.domain.errors import StudyHasProblems, UnknownName
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting.entries import (
    ASSUMPTION_HEAD,
    ASSUMPTIONS,
    DECISION_HEAD,
    DECISIONS,
    action_called,
)
from roi_pipeline.reporting.messages import read_words
from roi_pipeline.settings import read_study
from roi_pipeline.usecases.enter import enter_workbook

STUDY = Path(__file__).parents[3] / "studies" / "callcentre-startup"
MODULE, SHARED = "smart_dialling", "recapture_rate"
DAY = date(2026, 1, 20)
Cell = str | float | date | None


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    copytree(STUDY, folder, ignore=lambda _, names: [n for n in names if n in ("exports", "out")])
    return folder


def returned(
    folder: Path,
    *,
    decisions: Sequence[Sequence[Cell]] = (),
    assumptions: Sequence[Sequence[Cell]] = (),
    language: Language = "en",
) -> Path:
    words, book = read_words(language), Workbook()
    for sheet, head, rows in (
        (ASSUMPTIONS, ASSUMPTION_HEAD, assumptions), (DECISIONS, DECISION_HEAD, decisions),
    ):  # fmt: skip
        page = book.create_sheet(words[f"workbook.{sheet}"])
        page.append([words[key] for key in head])
        for row in rows:
            page.append(list(row))
    path = folder.parent / "returned.xlsx"
    book.save(path)
    return path


def decision(*filled: Cell, module: str = MODULE) -> list[Cell]:
    return [module, "", "", *filled]


def assumption(key: str, *new: Cell) -> list[Cell]:
    return [key, "", 1, None, None, "CNY", "", "finance", "2025-01-01", *new]


def keys(folder: Path) -> tuple[str, ...]:
    return tuple(item.id for item in read_study(folder, environment={}).assumptions)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_in_workbook_is_taken_over_in_every_language_and_once(
    study: Path, language: Language
) -> None:
    price = keys(study)[0]
    path = returned(
        study,
        decisions=[decision(read_words(language)["action.stop"], 'Ms "Chen"', DAY, "亏损\nagain")],
        assumptions=[assumption(price, 0.35, 0.3, 0.4, "payroll of January", DAY)],
        language=language,
    )
    entered = enter_workbook(study, path, environment={})
    ((module_id, taken),) = entered.decisions
    after = read_study(study, environment={})
    assert (module_id, after.module(MODULE).decisions) == (MODULE, (taken,))
    assert (taken.action, taken.by, taken.on) == ("stop", 'Ms "Chen"', DAY)
    versions = [item for item in after.assumptions if item.id == price]
    before = [item for item in read_study(STUDY, environment={}).assumptions if item.id == price]
    assert versions[:-1] == before
    new = versions[-1]
    assert (new.value, new.low, new.high) == (Decimal("0.35"), Decimal("0.3"), Decimal("0.4"))
    assert (new.source, new.stated_on) == ("payroll of January", DAY)
    assert (new.unit, new.owner, new.name) == (before[-1].unit, before[-1].owner, before[-1].name)
    once_more = enter_workbook(study, path, environment={})
    assert (once_more.decisions, once_more.assumptions) == ((), ())


def test_a_modules_own_assumption_goes_into_the_modules_file(study: Path) -> None:
    path = returned(
        study, assumptions=[assumption(f"{MODULE}.{SHARED}", 0.2, None, None, "x", DAY)]
    )
    ((file, stated),) = enter_workbook(study, path, environment={}).assumptions
    shared = SHARED in keys(STUDY)
    assert file == ("study.toml" if shared else f"modules/{MODULE}.toml")
    assert stated.id == SHARED


def test_everything_wrong_is_named_and_nothing_is_written(study: Path) -> None:
    files = {path: path.read_bytes() for path in study.rglob("*.toml")}
    price = keys(study)[0]
    path = returned(
        study,
        decisions=[
            decision("Sell", "", "31.1.2026", ""),
            decision("Stop", "x", DAY, "y", module="smart_dialing"),
            decision("Stop", "x", DAY, "fine"),
        ],
        assumptions=[
            assumption(price, "a lot", None, None, "", "soon"),
            assumption("nobody.price", 1, None, None, "z", DAY),
            assumption(price, None, None, None, "only a source", DAY),
        ],
    )
    with pytest.raises(StudyHasProblems) as refused:
        enter_workbook(study, path, environment={})
    found = [(each.key, each.value) for each in refused.value.problems]
    assert found == [
        ("decisions row 2, decision", "Sell"),
        ("decisions row 2, day of the decision", "31.1.2026"),
        ("decisions row 2, who decided", ""),
        ("decisions row 2, reason", ""),
        ("decisions row 3, module", "smart_dialing"),
        ("assumptions row 2, new value", "a lot"),
        ("assumptions row 2, day from which it is valid", "soon"),
        ("assumptions row 2, source of the new value", ""),
        ("assumptions row 3, assumption", "nobody.price"),
        ("assumptions row 4, new value", ""),
    ]
    assert {path: path.read_bytes() for path in study.rglob("*.toml")} == files


def test_what_makes_the_study_unsound_is_put_back(study: Path) -> None:
    files = {path: path.read_bytes() for path in study.rglob("*.toml")}
    path = returned(study, assumptions=[assumption(keys(study)[0], 1, 3, 2, "low above high", DAY)])
    with pytest.raises(StudyHasProblems):
        enter_workbook(study, path, environment={})
    assert {path: path.read_bytes() for path in study.rglob("*.toml")} == files


def test_another_workbook_or_other_columns_are_refused(study: Path) -> None:
    path = returned(study)
    book = Workbook()
    book.save(path)
    with pytest.raises(UnknownName, match="Decisions"):
        enter_workbook(study, path, environment={})
    page = book.create_sheet("Decisions to enter")
    page.append(["Id", "Something else"])
    book.save(path)
    with pytest.raises(StudyHasProblems, match="column 2"):
        enter_workbook(study, path, environment={})


def test_an_action_is_known_by_code_and_by_name() -> None:
    assert [action_called(name) for name in ("stop", " Stop ", "停止投入", "sell")] == [
        "stop", "stop", "stop", None,
    ]  # fmt: skip
