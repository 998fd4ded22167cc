"""The files of an edition: what they hold, that they add up, that they are the same every time."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import html5lib
import jsonschema
import pytest
from report_clinic import HOSTILE

from roi_pipeline.domain.archives import RenderedFile
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.texts import LANGUAGES
from roi_pipeline.reporting import render_edition
from roi_pipeline.reporting.figures import report_schema, schema_text
from roi_pipeline.reporting.messages import Sentences
from roi_pipeline.reporting.scripts import without_script
from roi_pipeline.resources import shipped_folder

Rendered = tuple[Path, tuple[RenderedFile, ...]]


@pytest.fixture(scope="session")
def rendered(
    edition: EditionInputs, sentences: Sentences, tmp_path_factory: pytest.TempPathFactory
) -> Rendered:
    folder = tmp_path_factory.mktemp("edition")
    return folder, render_edition(edition, folder, sentences=sentences)


def pages(rendered: Rendered, kind: str) -> dict[str, str]:
    folder, files = rendered
    chosen = (file for file in files if file.kind == kind)
    return {file.path: (folder / file.path).read_text(encoding="utf-8") for file in chosen}


def test_every_module_and_the_portfolio_get_every_format_in_every_language(
    rendered: Rendered, edition: EditionInputs
) -> None:
    ids = {"portfolio", *(inputs.module.id for inputs in edition.modules)}
    wanted = {f"{x}/{m}.{k}" for x in LANGUAGES for m in ids for k in ("html", "md", "xlsx")}
    assert {file.path for file in rendered[1]} == wanted | {"figures.json"}


def test_the_stated_hash_is_the_hash_of_the_file(rendered: Rendered) -> None:
    folder, files = rendered
    assert files
    for file in files:
        assert hashlib.sha256((folder / file.path).read_bytes()).hexdigest() == file.sha256


def test_the_same_inputs_give_the_same_bytes(
    edition: EditionInputs, sentences: Sentences, rendered: Rendered, tmp_path: Path
) -> None:
    again = render_edition(edition, tmp_path, languages=["zh-CN"], sentences=sentences)
    first = {file.path: file.sha256 for file in rendered[1]}
    languages = {file.path: file.sha256 for file in again if file.kind != "json"}
    assert languages.items() <= first.items()


def test_html_is_valid_html5(rendered: Rendered) -> None:
    assert pages(rendered, "html")
    for path, page in pages(rendered, "html").items():
        parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
        parser.parse(page)
        errors = [(place, code) for place, code, _ in parser.errors]
        assert errors == [], path


class Parts(HTMLParser):
    """Tags, addresses and ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"href", "src", "xlink:href", "action", "data", "poster"}:
                self.addresses.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def parts_of(page: str) -> Parts:
    parts = Parts()
    parts.feed(page)
    return parts


def test_html_asks_the_network_for_nothing_and_runs_only_the_script_it_names(
    rendered: Rendered,
) -> None:
    assert pages(rendered, "html")
    for path, page in pages(rendered, "html").items():
        parts = parts_of(without_script(page, "sort"))
        digest = base64.b64encode(hashlib.sha256(_script_in(page).encode()).digest()).decode()
        assert "default-src &#39;none&#39;" in page
        assert f"script-src &#39;sha256-{digest}&#39;" in page
        assert not parts.tags & {"script", "iframe", "object", "embed", "link", "img"}, path
        assert parts.handlers == []
        assert all(re.fullmatch(r"#[\w-]+|[\w-]+\.html", at) for at in parts.addresses), path
        assert not re.search(r"url\((?!#)|@import|https?:", page), path


def _script_in(page: str) -> str:
    (found,) = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    return found


def test_ids_are_unique_within_a_page(rendered: Rendered) -> None:
    assert pages(rendered, "html")
    for path, page in pages(rendered, "html").items():
        ids = parts_of(page).ids
        assert len(ids) == len(set(ids)), path


def test_links_between_reports_lead_to_files(rendered: Rendered) -> None:
    folder, _ = rendered
    assert pages(rendered, "html")
    for path, page in pages(rendered, "html").items():
        for address in parts_of(page).addresses:
            if not address.startswith("#"):
                assert (folder / path).parent.joinpath(address).is_file()
            else:
                assert address[1:] in parts_of(page).ids


def test_every_chart_has_an_alternative_text(rendered: Rendered) -> None:
    assert pages(rendered, "html")
    for page in pages(rendered, "html").values():
        assert page.count("<svg ") == len(re.findall(r'<div role="img" aria-label="[^"]+"', page))
        sparks = page.count('<span class="spark"')
        assert sparks == len(re.findall(r'<span class="spark" role="img" aria-label="[^"]+"', page))


def test_hostile_text_appears_as_text(rendered: Rendered) -> None:
    shown = HOSTILE.replace("\u202e", "[U+202E]")
    assert pages(rendered, "html")
    for path, page in pages(rendered, "html").items():
        assert page.count("<script") == 1
        assert "<script" not in without_script(page, "sort")
        assert "\u202e" not in page
        if "script_generation" in path:
            text = "".join(parts_of(page).text).replace("\u2060", "")
            assert shown in text
            assert "{{ 7*7 }}" in text
    assert pages(rendered, "md")
    for path, page in pages(rendered, "md").items():
        assert "<script" not in page, path
        assert "\u202e" not in page


def test_markdown_tables_have_as_many_fields_in_every_row(rendered: Rendered) -> None:
    assert pages(rendered, "md")
    for path, page in pages(rendered, "md").items():
        width = 0
        for line in page.splitlines():
            if not line.startswith("|"):
                width = 0
                continue
            fields = len(re.findall(r"(?<!\\)\|", line))
            width = width or fields
            assert fields == width, (path, line)


def test_an_inconclusive_metric_shows_its_reason_and_no_figure(rendered: Rendered) -> None:
    page = pages(rendered, "md")["en/script_generation.md"]
    assert "only 3 units report this metric; 5 are needed" in page
    rows = [line for line in page.splitlines() if line.startswith("| Orders per seller")]
    assert len(rows) == 2  # on page one and in the pool
    assert [row.count("—") for row in rows] == [4, 3]
    assert "−100%" not in page


def test_a_missing_module_says_why(rendered: Rendered) -> None:
    for language, reason in (("en", "It goes live on 1 Jun 2026"), ("zh-CN", "晚于本周期")):
        assert reason in pages(rendered, "md")[f"{language}/portfolio.md"]


def amounts_of_table(page: str, first: str, last: str, column: int) -> tuple[list[int], int]:
    """Printed amounts of a Markdown table's column, and its printed total."""
    lines = page.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(first))
    amounts: list[int] = []
    for line in lines[start + 2 :]:
        field = re.split(r"(?<!\\)\|", line)[column].split("·")[0]
        is_total = line.startswith(last)
        found = re.search(r"[−+]?[^\d\s]{1,3}([\d,]+)", field)
        if found and ("indicative" not in field):
            sign = -1 if "−" in found[0] else 1
            amount = sign * int(found[1].replace(",", ""))
            if is_total:
                return amounts, amount
            amounts.append(amount)
    msg = f"no total in the table {first}"
    raise AssertionError(msg)


@pytest.mark.parametrize("module", ["content_push", "smart_assistant", "follow_up"])
def test_printed_lines_add_up_to_the_printed_totals(rendered: Rendered, module: str) -> None:
    page = pages(rendered, "md")[f"en/{module}.md"]
    lines, total = amounts_of_table(page, "| Line | Calculation | Destination", "| **Benefits", 6)
    assert sum(lines) == total
    costs, total_costs = amounts_of_table(page, "| Line | Calculation | Source", "| **Costs", 4)
    assert sum(costs) == total_costs
    statements = [line for line in page.splitlines() if line.startswith("| Net benefit |")]
    assert f"{total - total_costs:,}".replace("-", "−") in statements[-1].replace("CN¥", "")


def test_the_modules_add_up_to_the_portfolio(rendered: Rendered) -> None:
    page = pages(rendered, "md")["en/portfolio.md"]
    for column in (5, 6, 7):
        lines, total = amounts_of_table(page, "| Module | Rating", "| **Total", column)
        assert sum(lines) == total


def test_what_the_portfolio_shares_stands_as_its_own_line(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    portfolio = edition.portfolio
    assert portfolio is not None
    returns = replace(
        portfolio.rated.returns, benefits=portfolio.rated.returns.benefits - Decimal("5000.4")
    )
    shared = replace(portfolio, rated=replace(portfolio.rated, returns=returns))
    render_edition(
        replace(edition, portfolio=shared), tmp_path, formats=["md"], languages=["en"],
        only=["portfolio"], sentences=sentences,
    )  # fmt: skip
    page = (tmp_path / "en/portfolio.md").read_text(encoding="utf-8")
    lines, total = amounts_of_table(page, "| Module | Rating", "| **Total", 5)
    assert -5000 in lines
    assert sum(lines) == total


def test_figures_keep_to_the_published_schema(rendered: Rendered) -> None:
    document = json.loads((rendered[0] / "figures.json").read_text(encoding="utf-8"))
    published = json.loads((shipped_folder("catalogue") / "report.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.Draft202012Validator(published).validate(document)


def test_a_figure_too_many_is_refused_by_the_schema(rendered: Rendered) -> None:
    document: dict[str, Any] = json.loads((rendered[0] / "figures.json").read_bytes())
    document["modules"][0]["value"]["rating"]["stars"] = 5
    with pytest.raises(jsonschema.ValidationError, match="stars"):
        jsonschema.validate(document, report_schema())


def test_the_published_schema_is_the_one_of_the_domain() -> None:
    """After changing the domain: `roi_pipeline.reporting.figures.write_schema()` publishes it."""
    path = shipped_folder("catalogue") / "report.schema.json"
    assert path.read_text(encoding="utf-8") == schema_text()


def test_figures_are_not_rounded_and_hold_no_secret(rendered: Rendered) -> None:
    text = (rendered[0] / "figures.json").read_text(encoding="utf-8")
    document = json.loads(text)
    push = next(m for m in document["modules"] if m["module"]["id"] == "content_push")
    assert push["value"]["rated"]["costs"][2]["amount"] == "18333.181152"
    assert push["effects"]["outcomes"]["push_hit_rate"]["estimate"] == 0.26
    assert "a secret nobody may read" not in text
    assert "/srv/clinic" not in text


def test_groups_of_fewer_than_five_people_are_shown_nowhere(rendered: Rendered) -> None:
    document = json.loads((rendered[0] / "figures.json").read_bytes())
    push = next(m for m in document["modules"] if m["module"]["id"] == "content_push")
    few = push["effects"]["outcomes"]["push_hit_rate"]["splits"][1]
    assert (few["n_units"], few["estimate"], few["lower"]) == (0, None, None)
    page = pages(rendered, "md")["en/content_push.md"]
    assert "Not shown" not in page
    assert "+40.0 points" not in page
    assert "1 group of fewer than 5 people is not shown" in page


def test_a_module_used_by_few_people_shows_no_figures(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    inputs = edition.modules[2]
    people = replace(inputs.module, rollout=replace(inputs.module.rollout, unit="agent"))
    outcome = replace(inputs.effects.outcomes["visit_rate"], n_treated=3)
    effects = replace(inputs.effects, outcomes={**inputs.effects.outcomes, "visit_rate": outcome})
    few = replace(edition, modules=(replace(inputs, module=people, effects=effects),))
    render_edition(few, tmp_path, formats=["md", "json"], languages=["en"], sentences=sentences)
    page = (tmp_path / "en/content_push.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| Visit rate")]
    assert sum("fewer than 5 people" in row for row in rows) == 2  # page one and the pool
    assert all("12.1%" not in row for row in rows)
    document = json.loads((tmp_path / "figures.json").read_bytes())
    assert document["modules"][0]["module"]["rollout"]["go_live"] == {}


def test_one_module_can_be_rendered_alone(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    files = render_edition(
        edition, tmp_path, formats=["md"], languages=["en"], only=["follow_up"], sentences=sentences
    )
    assert [file.path for file in files] == ["en/follow_up.md"]


def test_an_edition_without_any_module_still_says_what_is_missing(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    empty = replace(edition, modules=(), portfolio=None)
    render_edition(
        empty,
        tmp_path,
        formats=["html", "md", "json", "xlsx"],
        languages=["en"],
        sentences=sentences,
    )
    page = (tmp_path / "en/portfolio.md").read_text(encoding="utf-8")
    assert "No module has benefits in money in this cycle yet." in page
    assert "It goes live on 1 Jun 2026" in page


def test_a_draft_and_a_restated_edition_say_so(
    edition: EditionInputs, sentences: Sentences, tmp_path: Path
) -> None:
    running = replace(edition.cycle, as_of=edition.cycle.window.end - timedelta(days=1))
    cases = (
        (replace(edition, status="draft"), "has ended but is not closed;"),
        (replace(edition, status="draft", cycle=running), "until the cycle is closed"),
        (replace(edition, status="restated"), "replaces an earlier"),
    )
    assert len(cases) > 1
    for shown, words in cases:
        render_edition(
            shown, tmp_path, formats=["md"], languages=["en"], only=["portfolio"],
            sentences=sentences,
        )  # fmt: skip
        assert words in (tmp_path / "en/portfolio.md").read_text(encoding="utf-8")
