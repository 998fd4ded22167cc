"""What AI actions brought about: gross, incremental, the days before, and how modules share it."""

from roi_pipeline.domain.attribution import ActionLift, SharedCredit
from roi_pipeline.domain.texts import Message
from roi_pipeline.reporting.messages import plain
from roi_pipeline.reporting.model import Block, Bullets, Cell, Column, Note, Table
from roi_pipeline.reporting.sections.context import EditionContext, ModuleContext


def lift_blocks(context: EditionContext) -> tuple[Block, ...]:
    """Lift and shared credit of the module, or of all modules of the edition; maybe nothing."""
    modules = (context.inputs,) if isinstance(context, ModuleContext) else context.edition.modules
    lifts = [inputs.lift for inputs in modules if inputs.lift]
    shared = [line for inputs in modules for line in inputs.shared]
    blocks: list[Block] = []
    if lifts:
        blocks += [_lift_table(context, lifts), *_standing(context, lifts)]
    if shared:
        blocks.append(_shared_table(context, shared))
    return tuple(blocks)


def _lift_table(context: EditionContext, lifts: list[ActionLift]) -> Table:
    say = context.voice
    columns = (
        Column(say.word("attribution.outcome")),
        Column(say.word("attribution.gross"), "end"),
        Column(say.word("attribution.caused"), "end"),
        Column(say.word("attribution.days_before"), "end"),
        Column(say.word("attribution.grade")),
    )
    rows = tuple(_lift_row(context, lift) for lift in lifts)
    return Table("lifts", say.word("attribution.lifts_caption"), columns, rows)


def _lift_row(context: EditionContext, lift: ActionLift) -> tuple[Cell, ...]:
    say, numbers = context.voice, context.numbers
    ends = [lift.incremental_lower, lift.incremental_upper]
    span = numbers.span(*(numbers.number(end, digits=0, signed=True) for end in ends))
    return (
        Cell(_outcome(context, lift.outcome_type), note=say.name("module", lift.module_id)),
        Cell(numbers.number(lift.gross_outcomes, digits=0)),
        Cell(
            numbers.number(lift.incremental_outcomes, digits=0, signed=True),
            note="" if lift.change is None else span,
        ),
        Cell(
            numbers.points(lift.placebo),
            note=""
            if lift.placebo is None
            else numbers.interval(
                lift.placebo_lower, lift.placebo_upper, "rate", beside=lift.placebo
            ),
        ),
        Cell(lift.grade, chip=True),
    )


def _standing(context: EditionContext, lifts: list[ActionLift]) -> tuple[Block, ...]:
    """Which comparison each module's figure rests on and why, and what would raise the grade."""
    say = context.voice
    blocks: list[Block] = []
    for lift in lifts:
        values = {"module": lift.module_id}
        sentences = [say.sentence(Message(comparison_code(lift), values)), _counts(context, lift)]
        if lift.is_money_allowed and (lift.e_value or 1) > 1:
            sentences.append(say.sentence(Message("lift_e_value", {"times": lift.e_value})))
        if lift.grade != "A":
            sentences.append(say.sentence(Message("lift_grade_is_raised_by_a_lot")))
        blocks.append(
            Bullets(tuple(sentences))
            if lift.is_money_allowed
            else Note(" ".join(sentences), "warn")
        )
    return tuple(blocks)


def _counts(context: EditionContext, lift: ActionLift) -> str:
    values = {
        "actions": lift.actions, "overlapping": lift.overlapping_actions,
        "immature": lift.immature_actions, "unmatched": lift.unmatched_actions,
    }  # fmt: skip
    return context.voice.sentence(Message("lift_counts", values))


def comparison_code(lift: ActionLift) -> str:
    """Code of the sentence that says what a lift rests on."""
    match (lift.kind, lift.is_money_allowed):
        case ("holdout", True):
            return "lift_is_against_a_holdout"
        case ("holdout", False):
            return "lift_is_against_an_unkept_lot"
        case ("matched", True):
            return "lift_is_against_matched_customers"
        case ("matched", False):
            return "lift_matching_missed_something"
        case _:
            return "lift_is_gross"


def _shared_table(context: EditionContext, shared: list[SharedCredit]) -> Table:
    say, numbers = context.voice, context.numbers
    columns = (
        Column(say.word("attribution.outcome")),
        *(
            Column(say.word(f"attribution.{name}"), "end")
            for name in ("touched", "shared", "above_base", "seen_once")
        ),
    )
    rows = tuple(
        (
            Cell(
                _outcome(context, line.outcome_type),
                note=say.name("module", line.module_id)
                + (f" · {say.word('attribution.equal_split')}" if line.is_equal_split else ""),
            ),
            Cell(numbers.count(line.touched)),
            Cell(numbers.count(line.credited)),
            Cell(numbers.number(line.incremental, digits=0)),
            Cell(numbers.count(line.observed)),
        )
        for line in sorted(shared, key=lambda line: (line.outcome_type, line.module_id))
    )
    caption = say.word("attribution.shared_caption")
    return Table("shared", caption, columns, rows, note=say.word("attribution.shared_note"))


def _outcome(context: EditionContext, outcome_type: str) -> str:
    """Visits, consultations, orders, or the study's own name of an event."""
    key = f"attribution.outcome_{outcome_type}"
    say = context.voice
    return say.word(key) if key in say.words else plain(outcome_type)
