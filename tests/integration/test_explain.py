"""`roi explain` answers for every figure a report prints, without codes, down to the exports."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from closed_examples import ClosedExample, closed_example, roi

from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.usecases.explain import NoSuchFigure, explain, explainable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
CYCLE = "2025-12"
RETURNS = {
    "benefits": "benefits", "costs": "costs", "net": "net", "roi": "roi", "npv": "npv",
    "irr": "irr", "payback_month": "payback", "payback_expected_month": "payback_expected",
    "annualised_net": "annualised_net", "roi_realised": "roi_realised",
    "indicative_roi": "roi_indicative", "roi_lower": "roi_interval", "roi_upper": "roi_interval",
}  # fmt: skip
PERIODS = {"rated": "", "cycle": ".cycle", "since_go_live": ".since_go_live"}
CODE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+){2,}\b")  # what a reader would take for a code


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ClosedExample:
    return closed_example("callcentre-startup", tmp_path_factory)


@pytest.fixture(scope="module")
def figures(example: ClosedExample) -> dict[str, Any]:
    return json.loads((example.reports / "figures.json").read_text(encoding="utf-8"))


def names_of(value: dict[str, Any]) -> Iterator[str]:
    """The name of every figure of a module's money, from the published figures."""
    owner = value["module_id"]
    for period, suffix in PERIODS.items():
        statement = value[period]
        yield from (
            f"{owner}.{name}{suffix}"
            for field, name in RETURNS.items()
            if statement["returns"][field] is not None
        )
        for line in (*statement["benefits"], *statement["costs"]):
            own = f"{line['module_id']}.{line['id']}{suffix}"
            yield own if owner != "portfolio" else f"portfolio.{own}"
    yield f"{owner}.rating"
    yield from (f"{owner}.credit.{line['metric_id']}" for line in value["credit"])
    yield from (f"{owner}.claim.{claim['claim_id']}" for claim in value["claims"])
    yield from (f"{owner}.target.{target['metric_id']}" for target in value["targets"])
    yield from (f"{owner}.tornado.{swing['input_id']}" for swing in value["tornado"])
    if owner != "portfolio":
        benefits = value["rated"]["benefits"]
        yield from (f"{owner}.volume.{line['metric_id']}" for line in benefits)


def test_every_figure_of_a_report_is_answered_for(
    example: ClosedExample, figures: dict[str, Any]
) -> None:
    asked = [name for inputs in figures["modules"] for name in names_of(inputs["value"])]
    asked += [
        f"{inputs['module']['id']}.{metric}"
        for inputs in figures["modules"]
        for metric in inputs["effects"]["outcomes"]
    ]
    asked += list(names_of(figures["portfolio"]))
    listed = {line.split("  ")[0] for line in explainable(example.folder, CYCLE)}
    assert len(asked) > 50
    assert set(asked) - listed == set()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("smart_dialling.roi", "ROI: "),
        ("smart_dialling.npv", "Net present value: "),
        ("smart_dialling.payback", "Payback: "),
        ("portfolio.net", "Net benefit: "),
        ("smart_dialling.volume.outbound_calls_per_agent_day", "denominator of "),
        ("smart_dialling.credit.intent_customers_per_agent_day", "credited "),
        ("smart_dialling.rating", "Probability that ROI"),
    ],
)
def test_a_figure_is_explained_from_its_sentence_to_the_exports(
    example: ClosedExample, name: str, says: str
) -> None:
    lines = explain(example.folder, CYCLE, name)
    text = "\n".join(lines)
    assert says in "\n".join(lines[:3])
    assert "design  " in text
    assert re.search(r"sql     sql/metrics/\w+\.sql [0-9a-f]{16}", text)
    assert re.search(r"export  \S+ [0-9a-f]{16}: [\d,]+ rows read", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_hold_no_codes(example: ClosedExample, language: Any) -> None:
    listed = explainable(example.folder, CYCLE, language)
    assert len(listed) > 50
    sentences = [line.partition("  ")[2] for line in listed]
    assert [sentence for sentence in sentences if CODE.search(sentence)] == []


def test_the_sentence_is_the_reports_own(example: ClosedExample) -> None:
    page = (example.reports / "en" / "smart_dialling.md").read_text(encoding="utf-8")
    (roi_line, *_) = explain(example.folder, CYCLE, "smart_dialling.roi")
    figure = re.search(r"ROI: (\S+)", roi_line)
    assert figure is not None
    assert f"| ROI | {figure[1]} |" in page or figure[1] in page


def test_an_unknown_name_lists_near_ones(example: ClosedExample) -> None:
    with pytest.raises(NoSuchFigure, match=r"near: smart_dialling\.npv") as caught:
        explain(example.folder, CYCLE, "smart_dialling.nvp")
    assert len(caught.value.near) <= 8


def test_without_a_name_every_name_is_listed(example: ClosedExample) -> None:
    done = roi("explain", example.folder, CYCLE)
    assert done.returncode == 0, done.stderr
    assert "portfolio.net  Net benefit: " in done.stdout
