"""The score is opened up line by line, stays behind the money, and use is said with its caveat."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from report_clinic import SENTENCES, clinic_edition

from roi_pipeline.domain.archives import KeptModule
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.scores import (
    Contribution,
    DoseResponse,
    Efficiency,
    FollowUp,
    PlaceUse,
    Score,
    Seats,
    Usage,
    Use,
)
from roi_pipeline.domain.texts import LANGUAGES, Message
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.store.values import from_json, to_json
from roi_pipeline.reporting import render_edition
from roi_pipeline.reporting.figures import report_schema
from roi_pipeline.reporting.messages import shipped_sentences

CYCLE = Window(date(2026, 1, 1), date(2026, 4, 1))
USE = Use(CYCLE, 500, 50, 400, 240, 80, 80, 3, 25, 200)
DOSE = DoseResponse("push_hit_rate", 14, 0.4, 0.1, 0.7, 0.95, 0.62, 0.41, 0.87)
D = Decimal


def contribution(metric: str, weight: float, share: float | None, points: str | None):
    code = "score_way_gone" if points else "score_metric_not_measured"
    return Contribution(
        "content_push", metric, "goal", "task_flow", "content_push", weight, share, share, share,
        D(points) if points else None, Message(code, {"metric": metric, "share": share}),
    )  # fmt: skip


LINES = (
    contribution("push_hit_rate", 2, 1.0, "66.7"),
    contribution("visit_rate", 1, 0.25, "8.3"),
    contribution("repurchase_rate", 1, None, None),
)
SCORE = Score("module", "content_push", D("75.0"), D("56.3"), D("81.3"), 0.75, LINES)
USAGE = Usage(
    USE, replace(USE, adopted=120, ignored=200), "clinic", (PlaceUse("C07", USE),), 3, DOSE, None
)
FOLLOWED = FollowUp(
    "2025-Q4",
    date(2026, 1, 1),
    "optimise",
    D("0.4"),
    D("1.1"),
    "expand",
    Message("advice_roi_rose"),
)
WHOLE = Efficiency(
    SCORE, (replace(SCORE, kind="dimension", key="task_flow"),), USAGE, None,
    ("satisfaction_score",), FOLLOWED, Seats(100, 62, 900),
)  # fmt: skip


def with_efficiency(found: Efficiency | None) -> EditionInputs:
    edition = clinic_edition()
    modules = tuple(
        replace(inputs, efficiency=found) if inputs.module.id == "content_push" else inputs
        for inputs in edition.modules
    )
    links = (replace(SCORE, kind="link"),) if found else ()
    return replace(edition, modules=modules, scores=links)


def rendered(folder: Path, found: Efficiency | None, kinds: Sequence[str]) -> dict[str, str]:
    files = render_edition(
        with_efficiency(found), folder, formats=kinds, sentences={**shipped_sentences(), **SENTENCES},
        only=["content_push", "portfolio"],
    )  # fmt: skip
    return {str(file.path): (folder / file.path).read_text("utf-8") for file in files}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return rendered(tmp_path_factory.mktemp("reports"), WHOLE, ["md", "html", "json"])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Efficiency score: **75.0 of 100**", "not used for ROI", "not causation",
                "Adoption: 80.0%", "62.0%", "Improve its use", "fewer than five people"]),
        ("zh-CN", ["75.0 分", "不用于 ROI", "相关不等于因果", "建议采用率 80.0%", "62.0%", "不足五人"]),
        ("zh-TW", ["75.0 分", "不用於 ROI", "相關不等於因果", "建議採用率 80.0%", "62.0%", "不足五人"]),
    ],
)  # fmt: skip
def test_score_and_triple_are_rendered_in_each_language(
    pages: dict[str, str], language: str, words: list[str]
) -> None:
    text = pages[f"{language}/content_push.md"]
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_printed_points_add_up_to_the_printed_score(pages: dict[str, str], language: str) -> None:
    table = re.findall(
        r"^\| .*`content_push\.\w+` \|.*\| (\S+) \|$",
        pages[f"{language}/content_push.md"],
        re.MULTILINE,
    )
    points = [D(cell) for cell in table if re.fullmatch(r"\d+\.\d", cell)]
    assert sum(points) == D("75.0")
    assert "—" in table, "a metric without an answer shows no points"


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_shows_both_sections(pages: dict[str, str], language: str) -> None:
    page = pages[f"{language}/content_push.html"]
    assert 'id="efficiency"' in page
    assert 'id="usage"' in page
    assert "C07" in page


def test_the_portfolio_shows_modules_and_links(pages: dict[str, str]) -> None:
    text = pages["en/portfolio.md"]
    assert "Content push · business link" in text
    assert "56.3 to 81.3" in text


def test_the_figures_keep_to_the_schema_and_carry_the_score(pages: dict[str, str]) -> None:
    document = json.loads(next(text for path, text in pages.items() if path.endswith(".json")))
    Draft202012Validator(report_schema()).validate(document)
    (found,) = (m["efficiency"] for m in document["modules"] if m["efficiency"])
    assert found["score"]["points"] == "75.0"
    assert found["usage"]["dose"]["correlation"] == 0.62
    assert document["scores"][0]["kind"] == "link"


def test_without_actions_use_is_hidden_with_its_reason(tmp_path: Path) -> None:
    reason = Message("no_actions_were_exported", {"table": "ai_platform__actions"})
    found = replace(WHOLE, usage=None, usage_reason=reason, seats=None, followed_up=None)
    text = rendered(tmp_path, found, ["md"])["en/content_push.md"]
    assert "Use cannot be shown" in text
    assert "contain no actions of this module in this cycle" in text
    assert "Adoption:" not in text


def test_a_pool_without_targets_says_there_is_no_score(tmp_path: Path) -> None:
    none = Score("module", "content_push", None, D(0), D(100), 0.0, ())
    found = replace(WHOLE, score=none, by_dimension=())
    text = rendered(tmp_path, found, ["md"])["en/content_push.md"]
    assert "No score: none of the module's metrics has a target." in text


def test_an_edition_made_before_scores_existed_still_renders(tmp_path: Path) -> None:
    pages = rendered(tmp_path, None, ["md"])
    assert "Efficiency score" not in pages["en/content_push.md"]
    assert "Efficiency score" not in pages["en/portfolio.md"]


def test_a_kept_edition_returns_the_same_score_and_use() -> None:
    inputs = with_efficiency(WHOLE).modules[0]
    kept = KeptModule(
        inputs.module.id, inputs.effects, inputs.value, inputs.previous, inputs.trend, WHOLE
    )
    assert from_json(to_json(kept), KeptModule).efficiency == WHOLE
