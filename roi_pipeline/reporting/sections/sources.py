"""Where the figures come from: rows read, loaded and refused; method and caveats; provenance."""

import hashlib
from collections.abc import Mapping, Sequence

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


def files_of(context: EditionContext) -> tuple[FileLoad, ...]:
    """The export files behind the figures of the report: a module's own, or all of the edition."""
    files = context.edition.provenance.files
    sources = context.inputs.sources if isinstance(context, ModuleContext) else ()
    return tuple(load for load in files if load.table in sources) if sources else files


def data_section(context: EditionContext) -> Section:
    """Rows by source, quiet sources a line each, and why rows were quarantined."""
    say, files = context.voice, files_of(context)
    blocks: list[Block] = []
    unbalanced = [load.path for load in files if not load.is_balanced]
    if unbalanced:
        names = say.word("common.comma").join(plain(path) for path in unbalanced)
        blocks.append(Note(say.word("data.unbalanced", files=names), "bad"))
    if not files:
        blocks.append(Note(say.word("data.none")))
    blocks += [Note(say.sentence(message), "bad") for message in unconverted_days(context.edition)]
    results = _worth_a_line(context, files)
    loud = {result.table for result in results if not result.passed and not result.is_row_rule}
    loud |= {load.table for load in files if load.status in ("refused", "unreadable")}
    noisy = [load for load in files if load.table in loud]
    quiet = [load for load in files if load.table not in loud]
    if noisy:
        blocks.append(_by_source(context, noisy))
    if quiet:
        blocks.append(Bullets(_lines(context, quiet), say.word("data.quiet")))
    if results:
        blocks.append(_reasons(context, results))
    blocks.append(Prose((_rules(context),), is_small=True))
    return Section("data", say.word("section.data"), tuple(blocks), say.word("data.lead"))


def _lines(context: EditionContext, files: Sequence[FileLoad]) -> tuple[str, ...]:
    """A sentence for every source without a warning."""
    say, count = context.voice, context.numbers.count
    lines = []
    for table in sorted({load.table for load in files}):
        loads = [load for load in files if load.table == table]
        sums = {name: sum(getattr(load, name) for load in loads) for name in ROW_FIELDS}
        text = say.word(
            "data.line",
            source=plain(table),
            files=count(len(loads)),
            read=count(sums["rows_read"]),
            loaded=count(sums["rows_loaded"]),
        )
        rest = [
            f"{say.word(f'data.{name}')} {count(sums[name])}"
            for name in ROW_FIELDS[2:]
            if sums[name]
        ]
        lines.append(say.word("common.comma").join([text, *rest]))
    return tuple(lines)


def _worth_a_line(context: EditionContext, files: Sequence[FileLoad]) -> list[RuleResult]:
    """Rules of these sources that quarantined rows or failed; what is within tolerance is quiet."""
    tables = {load.table for load in files}
    return [
        result
        for validation in context.edition.provenance.validations
        for result in validation.results
        if result.table in tables
        and (not result.passed or (result.is_row_rule and result.n_unexpected))
    ]


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
    return Table(
        "sources",
        say.word("data.caption"),
        columns,
        tuple(rows),
        (foot,),
        is_wide=True,
        is_sortable=True,
    )


def _reasons(context: EditionContext, broken: Sequence[RuleResult]) -> Table:
    say, numbers = context.voice, context.numbers
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


def passed_rules(context: EditionContext) -> tuple[int, int]:
    """(rules checked, rules passed) of the whole run."""
    provenance = context.edition.provenance
    passed = sum(r.passed for v in provenance.validations for r in v.results)
    return provenance.n_rules, passed


def _rules(context: EditionContext) -> str:
    n_rules, passed = passed_rules(context)
    if not n_rules:
        return context.voice.word("data.no_rules")
    count = context.numbers.count
    return context.voice.word("data.rules", n=count(n_rules), passed=count(passed))


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
    )
    notes = (*context.inputs.effects.notes, *context.value.notes)
    caveats = tuple(dict.fromkeys(say.sentence(note) for note in notes))
    blocks: list[Block] = [Bullets(how, say.word("method.effects"))] if how else []
    blocks.append(Bullets(money, say.word("method.money")))
    if caveats:
        blocks.append(Bullets(caveats, say.word("method.caveats")))
    return Section("method", say.word("section.method"), tuple(blocks))


def inventories(edition: EditionInputs) -> tuple[tuple[str, int, str], ...]:
    """(kind, how many, fingerprint) of files, SQL and libraries; the lists stand in `figures.json`.

    The fingerprint is the sha256 of `name<tab>value` lines in order of name, shortened: whoever has
    the lists can compute it again.
    """
    provenance = edition.provenance
    kinds = {
        "files": {load.path: load.sha256 for load in provenance.files},
        "sql": dict(provenance.sql),
        "versions": dict(provenance.versions),
    }
    return tuple((name, len(rows), fingerprint(rows)) for name, rows in kinds.items())


def fingerprint(rows: Mapping[str, str]) -> str:
    """The shortened sha256 of a list of names and values.

    >>> fingerprint({"b": "2", "a": "1"}) == fingerprint({"a": "1", "b": "2"})
    True
    """
    text = "".join(f"{name}\t{value}\n" for name, value in sorted(rows.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]


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
    counted = Facts(
        tuple(
            Fact(say.word(f"provenance.{name}"), context.numbers.count(n), fingerprint)
            for name, n, fingerprint in inventories(context.edition)
        )
    )
    details = sorted(context.edition.details.items())
    more = (_listing(context, "provenance.details", details),) if details else ()
    tried = tuple(say.sentence(message) for message in provenance.selftest)
    where = Prose((say.word("provenance.where"),), is_small=True)
    blocks = (facts, counted, where, *((Prose(tried, is_small=True),) if tried else ()), *more)
    return Section(
        "provenance", say.word("section.provenance"), blocks, say.word("provenance.lead")
    )


def _listing(context: EditionContext, title: str, rows: list[tuple[str, str]]) -> Table:
    say = context.voice
    columns = (Column(say.word("provenance.name")), Column(say.word("provenance.value")))
    cells = tuple((Cell("", code=plain(name)), Cell("", code=plain(value))) for name, value in rows)
    return Table(title.split(".")[1], say.word(title), columns, cells)
