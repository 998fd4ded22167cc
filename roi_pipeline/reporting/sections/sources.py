"""Where the figures come from: rows read, loaded and refused; method and caveats; provenance."""

from collections.abc import Sequence

from roi_pipeline.domain.editions import EditionInputs
from roi_pipeline.domain.loads import FileLoad, RuleResult
from roi_pipeline.domain.texts import Message
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import (
    Block,
    Bullets,
    Cell,
    Column,
    Fact,
    Facts,
    Fold,
    Note,
    Prose,
    Section,
    Table,
    Tone,
)
from roi_pipeline.reporting.numbers import NONE
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext

STATUS_TONES: dict[str, Tone] = {"refused": "bad", "unreadable": "bad", "replaced": "warn"}
SEVERITY_TONES: dict[str, Tone] = {"note": "quiet", "warn": "warn", "stop": "bad"}
ROW_FIELDS = (
    "rows_read", "rows_loaded", "rows_quarantined", "rows_duplicate", "rows_superseded",
)  # fmt: skip
HASH_DIGITS = 12


def data_section(context: EditionContext) -> Section:
    """Rows by source, and why rows were refused; the accounting must balance."""
    say, files = context.voice, context.edition.provenance.files
    blocks: list[Block] = []
    unbalanced = [load.path for load in files if not load.is_balanced]
    if unbalanced:
        names = say.word("common.comma").join(plain(path) for path in unbalanced)
        blocks.append(Note(say.word("data.unbalanced", files=names), "bad"))
    blocks.append(_by_source(context, files) if files else Note(say.word("data.none")))
    blocks += [Note(say.sentence(message), "bad") for message in unconverted_days(context.edition)]
    reasons = _reasons(context)
    if reasons:
        blocks.append(reasons)
    blocks.append(Prose((_rules(context),), is_small=True))
    return Section("data", say.word("section.data"), tuple(blocks), say.word("data.lead"))


def unconverted_days(edition: EditionInputs) -> tuple[Message, ...]:
    """Currencies of the study of which no rate holds on some days of the cycle."""
    rates, window = edition.study.rates, edition.cycle.observed
    found = list[Message]()
    for currency in rates.currencies:
        missing = [day for day in window.each_day() if rates.stated_day(currency, day) is None]
        if missing:
            values = {"currency": currency, "n": len(missing), "days": window.days}
            found.append(
                Message(
                    "days_without_an_exchange_rate",
                    {**values, "from": missing[0], "max_age": rates.max_age_days},
                )
            )
    return tuple(found)


def _by_source(context: EditionContext, files: Sequence[FileLoad]) -> Table:
    say, count = context.voice, context.numbers.count
    columns = (
        Column(say.word("data.source")),
        Column(say.word("data.files"), "end"),
        *(Column(say.word(f"data.{field}"), "end") for field in ROW_FIELDS),
        Column(say.word("data.status")),
    )
    rows = []
    for table in sorted({load.table for load in files}):
        loads = [load for load in files if load.table == table]
        sums = [sum(getattr(load, field) for load in loads) for field in ROW_FIELDS]
        bad = [load for load in loads if load.status in ("refused", "unreadable")]
        status = bad[0].status if bad else "loaded"
        cells = [
            Cell(count(n), tone="warn" if field == "rows_quarantined" and n else "plain")
            for field, n in zip(ROW_FIELDS, sums, strict=True)
        ]
        state = Cell(
            say.name("load", status),
            note=say.word("data.n_files", n=count(len(bad))) if bad else "",
            tone=STATUS_TONES.get(status, "good"),
            chip=True,
        )
        rows.append((Cell(plain(table)), Cell(count(len(loads))), *cells, state))
    totals = [count(sum(getattr(load, field) for load in files)) for field in ROW_FIELDS]
    foot = (
        Cell(say.word("common.total")),
        Cell(count(len(files))),
        *(Cell(total) for total in totals),
        Cell(""),
    )
    return Table("sources", say.word("data.caption"), columns, tuple(rows), (foot,), is_wide=True)


def _reasons(context: EditionContext) -> Table | None:
    say, numbers = context.voice, context.numbers
    broken = [
        result
        for validation in context.edition.provenance.validations
        for result in validation.results
        if result.n_unexpected or not result.passed
    ]
    if not broken:
        return None
    columns = (
        Column(say.word("data.source")),
        Column(say.word("data.rule")),
        Column(say.word("data.rows"), "end"),
        Column(say.word("data.consequence")),
    )
    rows = tuple(
        (
            Cell(plain(result.table), note=plain(result.column or "")),
            Cell(
                _rule_name(context, result),
                note=plain(f"{result.expected} {result.observed}".strip()),
            ),
            Cell(numbers.count(result.n_unexpected)),
            _consequence(context, result),
        )
        for result in sorted(broken, key=lambda r: (r.table, -r.n_unexpected, r.rule))
    )
    return Table("refused", say.word("data.reasons"), columns, rows)


def _rule_name(context: EditionContext, result: RuleResult) -> str:
    """What the rule asks, in the reader's words; a rule of the study's own has only its name."""
    if f"rule_kind.{result.kind}" in context.voice.words:
        return context.voice.word(f"rule_kind.{result.kind}")
    return plain(result.rule.replace("_", " "))


def _consequence(context: EditionContext, result: RuleResult) -> Cell:
    """What a broken rule did: rows refused, a warning or a stop; nothing within its tolerance."""
    say, tone = context.voice, SEVERITY_TONES[result.severity]
    if result.is_row_rule:
        return Cell(say.word("data.quarantined"), tone=tone, chip=True)
    if result.passed:
        return Cell(say.word("data.tolerated"), tone="quiet", chip=True)
    return Cell(say.word(f"severity.{result.severity}"), tone=tone, chip=True)


def _rules(context: EditionContext) -> str:
    provenance = context.edition.provenance
    if not provenance.n_rules:
        return context.voice.word("data.no_rules")
    passed = sum(r.passed for v in provenance.validations for r in v.results)
    count = context.numbers.count
    return context.voice.word("data.rules", n=count(provenance.n_rules), passed=count(passed))


def method_section(context: ModuleContext) -> Section:
    """How each figure was computed, the caveats, and the standard in force."""
    say = context.voice
    designs = dict.fromkeys(
        outcome.plan.design
        for _, _, outcome in context.pool_outcomes()
        if outcome.plan and outcome.plan.design
    )
    how = tuple(
        f"{say.name('design', design)}{say.word('common.colon')}{say.word(f'method.{design}')}"
        for design in designs
    )
    rating = context.value.rating
    money = (
        say.word("method.roi"),
        say.word("method.interval", confidence=context.confidence(rating)),
        say.word(
            "method.standard",
            standard=plain(rating.standard_id),
            tier=say.name("tier", rating.tier),
        ),
        say.word("money.rounding"),
    )
    notes = (*context.inputs.effects.notes, *context.value.notes)
    caveats = tuple(dict.fromkeys(say.sentence(note) for note in notes))
    blocks: list[Block] = [Bullets(how, say.word("method.effects"))] if how else []
    blocks.append(Bullets(money, say.word("method.money")))
    if caveats:
        blocks.append(Bullets(caveats, say.word("method.caveats")))
    return Section("method", say.word("section.method"), tuple(blocks))


def provenance_section(context: EditionContext) -> Section:
    """Everything needed to compute the report again."""
    say, provenance = context.voice, context.edition.provenance
    facts = Facts(
        (
            Fact(say.word("provenance.as_of"), context.numbers.day(provenance.as_of)),
            Fact(say.word("provenance.version"), plain(provenance.package_version)),
            Fact(say.word("provenance.config"), provenance.config_sha256[:HASH_DIGITS] or NONE),
            Fact(say.word("provenance.seed"), str(provenance.seed)),
        )
    )
    files = _listing(
        context,
        "provenance.files",
        [
            (load.path, f"{load.sha256[:HASH_DIGITS]} · {load.rows_read}")
            for load in sorted(provenance.files, key=lambda load: load.path)
        ],
    )
    sql = _listing(
        context,
        "provenance.sql",
        [(path, sha[:HASH_DIGITS]) for path, sha in sorted(provenance.sql.items())],
    )
    versions = _listing(context, "provenance.versions", sorted(provenance.versions.items()))
    details = sorted(context.edition.details.items())
    more = (_listing(context, "provenance.details", details),) if details else ()
    fold = Fold(say.word("provenance.fold"), (*more, files, sql, versions))
    tried = tuple(say.sentence(message) for message in provenance.selftest)
    blocks = (facts, *((Prose(tried, is_small=True),) if tried else ()), fold)
    return Section(
        "provenance", say.word("section.provenance"), blocks, say.word("provenance.lead")
    )


def _listing(context: EditionContext, title: str, rows: list[tuple[str, str]]) -> Table:
    say = context.voice
    columns = (Column(say.word("provenance.name")), Column(say.word("provenance.value")))
    cells = tuple((Cell("", code=plain(name)), Cell("", code=plain(value))) for name, value in rows)
    return Table(title.split(".")[1], say.word(title), columns, cells)
