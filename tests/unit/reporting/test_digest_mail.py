"""The weekly digest is five lines in the reader's language: where it stands, moved, advice, late, decide."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import html5lib
import pytest
from mail_rules import faults
from report_clinic import HOSTILE, text

from roi_pipeline.domain.digests import KeptDigest, standing_of
from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.emails import Email
from roi_pipeline.domain.study import Reader
from roi_pipeline.domain.texts import LANGUAGES, Language, Message
from roi_pipeline.reporting.digest_mail import digest_email
from roi_pipeline.reporting.messages import shipped_sentences
from roi_pipeline.reporting.sections.context import EditionContext
from roi_pipeline.reporting.sections.page_one import portfolio_page_one
from roi_pipeline.reporting.sections.portfolio import ranked, totals
from roi_pipeline.reporting.view import voice_for

WEEK_AGO = date(2026, 4, 2)


def kept(edition: EditionInputs, **changed: object) -> KeptDigest:
    """The standings of the edition a week ago, with those of content push changed."""
    standings = tuple(
        replace(standing, **changed) if standing.module_id == "content_push" else standing  # type: ignore[arg-type]
        for standing in (standing_of(each.value) for each in edition.modules)
    )
    return KeptDigest(WEEK_AGO, edition.cycle.key, standings)


def reader(language: Language = "en", *modules: str) -> Reader:
    return Reader("owner@example.com", language, modules, digest="weekly")


def lines(email: Email) -> list[str]:
    return [line[2:] for line in email.text.splitlines() if line.startswith("- ")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("modules", [(), ("content_push",)], ids=["all", "one"])
def test_a_digest_is_five_lines_that_every_mail_program_shows(
    edition: EditionInputs, language: Language, modules: tuple[str, ...]
) -> None:
    before = kept(edition, net=Decimal(1), action="stop")
    email = digest_email(edition, reader(language, *modules), before=before)
    assert len(lines(email)) == 5
    assert "digest_" not in email.text + email.subject
    assert email.html.count("<p>") == 7  # the subject and the foot besides
    assert faults(email.html) == []
    parser = html5lib.HTMLParser()
    parser.parse(email.html)
    assert [code for _, code, _ in parser.errors] == []
    assert email.short_text.splitlines() == [email.subject, *lines(email)]


def test_every_sentence_of_the_digest_is_worded_in_three_languages() -> None:
    codes = [code for code in shipped_sentences() if code.startswith("digest_")]
    assert len(codes) > 20
    assert all(set(shipped_sentences()[code]) == set(LANGUAGES) for code in codes)


def test_what_moved_is_named_with_both_figures_as_page_one_prints_them(
    edition: EditionInputs,
) -> None:
    before = kept(edition, net=Decimal(451_000), roi=Decimal("2.5"), action="continue")
    _, moved, advice, _, _ = lines(digest_email(edition, reader(), before=before))
    assert moved == (
        "What moved since 2 Apr 2026: Content push: net benefit +CN¥451.0k → +CN¥451.8k, "
        "ROI 250% → 300%"
    )
    assert advice == (
        "Advice (rating) changed: Content push: Continue (Excellent) → Expand (Excellent)"
    )


def test_where_nothing_moved_it_says_so_and_names_the_standing_advice(
    edition: EditionInputs,
) -> None:
    found = digest_email(edition, reader("en", "content_push"), before=kept(edition))
    standing, moved, advice, late, decide = lines(found)
    assert standing.startswith("Where it stands: Content push: Push hit rate improved by")
    assert moved == "What moved since 2 Apr 2026: neither net benefit nor ROI."
    assert advice == "Advice (rating) unchanged: Content push: Expand (Excellent)"
    assert late == "Late: nothing."
    assert decide.startswith("To decide: Content push: Expand, by 1 May 2026 (")


def test_the_first_digest_of_a_cycle_compares_with_nothing(edition: EditionInputs) -> None:
    _, moved, advice, _, _ = lines(digest_email(edition, reader(), before=None))
    assert moved.startswith("What moved: this is the first digest of 2026-Q1")
    assert advice.startswith("Advice (rating): ")


def test_late_are_sources_decisions_past_their_day_cycles_and_missing_figures(
    edition: EditionInputs,
) -> None:
    gone = {"source": "pos__visits", "newest": WEEK_AGO, "age_days": 7, "as_of": date(2026, 4, 9), "tolerance_days": 2}  # fmt: skip
    modules = tuple(
        replace(
            each,
            stale=(Message("feed_missing", gone),),
            value=replace(
                each.value, decision=replace(each.value.decision, decide_by="2026-04-01")
            ),
        )
        if each.module.id == "content_push"
        else each
        for each in edition.modules
    )
    due = Message("alert_edition_due", {"cycle": "2025-Q4", "day": WEEK_AGO})
    changed = replace(edition, modules=modules)
    (late,) = [
        line
        for line in lines(digest_email(changed, reader(), before=None, late=[due]))
        if line.startswith("Late")
    ]
    assert "Content push: the decision was due on 1 Apr 2026" in late
    assert "pos__visits has delivered nothing since 2 Apr 2026" in late
    assert "the final edition of 2025-Q4 has been due since 2 Apr 2026" in late
    assert late.endswith("; 1 more")  # image_review has no figures


def test_to_stop_something_stands_before_what_is_due_on_the_same_day(
    edition: EditionInputs,
) -> None:
    decide = lines(digest_email(edition, reader(), before=None))[-1]
    assert decide.startswith("To decide: Follow-up prediction: Stop, by 1 May 2026")
    assert decide.endswith("; 1 more")


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_of_the_digest_are_those_of_page_one(
    edition: EditionInputs, language: Language
) -> None:
    context = EditionContext(edition, voice_for(edition, language))
    page = portfolio_page_one(context, ranked(context), totals(context))
    standing, *_, decide = lines(digest_email(edition, reader(language), before=None))
    assert page.story in standing
    assert re.findall(r"\d", page.story)
    stakes = [item.stake for item in page.to_do if item.stake]
    assert stakes
    assert all(stake in decide for stake in stakes[:1])


def test_hostile_names_stay_text(edition: EditionInputs) -> None:
    study = replace(edition.study, company=text(f"A\r\nBcc: x@example.com {HOSTILE}", "A", "A"))
    email = digest_email(replace(edition, study=study), reader("zh-CN"), before=None)
    assert "<script" not in email.html
    assert "\n" not in email.subject
    assert "\u202e" not in email.subject + email.text + email.html
