"""The glossary is complete in three languages, its page is fresh, and it holds every technical term people read."""

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from roi_pipeline.cli import commands
from roi_pipeline.domain.texts import LANGUAGES, Language
from roi_pipeline.reporting.glossary_page import SECTIONS, Term, read_glossary
from roi_pipeline.usecases.catalogue import glossary_text

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "glossary.md"
RENDERED = sorted((ROOT / "tests" / "golden" / "reporting" / "__snapshots__").glob("*.ambr"))
SENTENCES = sorted((ROOT / "catalogue" / "messages").glob("*.toml"))
WORDS = ROOT / "catalogue" / "languages"
# What a layman asks about: pattern in an English report text → id of the term that answers.
TECHNICAL = {
    r"attribution window": "attribution_window",
    r"base rate": "base_rate",
    r"baseline": "baseline",
    r"before/after": "before_after",
    r"BG/NBD": "bg_nbd",
    r"break-even": "break_even",
    r"capacity freed": "capacity_freed",
    r"control series": "control_series",
    r"covariate": "covariate",
    r"credited": "credited",
    r"denominator": "denominator",
    r"difference-in-differences": "difference_in_differences",
    r"E-value": "e_value",
    r"exact duplicates": "duplicate",
    r"false.positive": "false_positive",
    r"fixed effects": "fixed_effects",
    r"gross margin": "gross_margin",
    r"guardrail": "guardrail",
    r"holdout": "holdout",
    r"incremental": "incremental",
    r"indicative": "indicative",
    r"internal rate of return": "irr",
    r"interval": "interval",
    r"James–Stein": "shrinkage",
    r"ledger": "ledger",
    r"lifetime value": "lifetime_value",
    r"\blift\b": "lift",
    r"\bmatured\b": "matured",
    r"matched comparison": "matching",
    r"minimum detectable effect": "minimum_detectable_effect",
    r"net present value": "npv",
    r"net benefit": "net_benefit",
    r"never-treated|not-yet-treated|untreated": "untreated",
    r"notice deadline": "notice_deadline",
    r"\(p = ": "p_value",
    r"payback": "payback",
    r"placebo": "placebo_test",
    r"pre-trend": "pre_trend",
    r"probability": "rating",
    r"provisional": "provisional",
    r"quantile": "quantile",
    r"quarantined": "quarantine",
    r"rating window": "rating_window",
    r"realised": "realised",
    r"recapture rate": "recapture_rate",
    r"regression to the mean": "regression_to_the_mean",
    r"rejected": "rejected",
    r"restated": "restated",
    r"risk factor": "risk_factor",
    r"\bROI\b": "roi",
    r"sample ratio mismatch": "sample_ratio_mismatch",
    r"selection window": "selection_window",
    r"self-test": "self_test",
    r"Shapley": "shared_credit",
    r"shrinkage": "shrinkage",
    r"significant": "significant",
    r"standard error": "standard_error",
    r"steady state": "steady_state",
    r"superseded": "superseded",
    r"synthetic control": "synthetic_control",
    r"synthetic difference": "synthetic_did",
    r"threshold": "threshold",
    r"too early": "too_early",
    r"treated": "treated",
    r"vendor's counter": "vendor_counter",
}
DESIGNS = {
    "randomised": "randomised",
    "staggered": "staggered",
    "difference_in_differences": "difference_in_differences",
    "two_way_fixed_effects": "fixed_effects",
    "synthetic_difference_in_differences": "synthetic_did",
    "synthetic_control": "synthetic_control",
    "time_based_regression": "control_series",
    "structural_series": "structural_series",
    "matched_comparison": "matching",
    "seasonal_before_after": "before_after",
    "before_after": "before_after",
    "vendor_counter": "vendor_counter",
}


def english_texts() -> str:
    """Everything the golden reports, the sentences and the labels say in English."""
    texts = [path.read_text("utf-8") for path in RENDERED]
    texts.append((WORDS / "en.toml").read_text("utf-8"))
    for path in SENTENCES:
        texts += [entry["en"] for entry in tomllib.loads(path.read_text("utf-8")).values()]
    return "\n".join(texts)


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == glossary_text(), "run: roi glossary --write docs/glossary.md"


def test_the_command_prints_and_writes_the_page(tmp_path: Path) -> None:
    target = tmp_path / "glossary.md"
    assert "# Glossary" in CliRunner().invoke(commands, ["glossary"]).output
    assert CliRunner().invoke(commands, ["glossary", "--write", str(target)]).exit_code == 0
    assert target.read_text("utf-8") == glossary_text()


@pytest.mark.parametrize("term", read_glossary(), ids=lambda term: term.id)
def test_a_term_has_a_name_and_a_definition_in_every_language(term: Term) -> None:
    assert term.section in SECTIONS
    assert set(term.name.by_language) == set(term.meaning.by_language) == set(LANGUAGES)
    assert all(term.name.by_language.values())
    assert all(len(meaning) > 3 for meaning in term.meaning.by_language.values())
    assert "|" not in "".join((*term.name.by_language.values(), *term.meaning.by_language.values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_stands_for_two_terms(language: Language) -> None:
    names = [term.name.into(language) for term in read_glossary()]
    assert len(names) > 60
    assert len(names) == len(set(names))


def test_every_technical_term_of_a_report_is_in_the_glossary() -> None:
    known = {term.id for term in read_glossary()}
    text = english_texts()
    assert len(RENDERED) > 0
    found = {pattern for pattern in TECHNICAL if re.search(pattern, text, re.IGNORECASE)}
    assert len(found) > 50
    assert {TECHNICAL[pattern] for pattern in found} - known == set()


def test_every_design_a_report_names_is_explained() -> None:
    words = tomllib.loads((WORDS / "en.toml").read_text("utf-8"))
    assert set(words["design"]) == set(DESIGNS)
    assert set(DESIGNS.values()) - {term.id for term in read_glossary()} == set()
