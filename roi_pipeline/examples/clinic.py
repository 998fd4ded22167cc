"""The example study "clinic": a group of 12 medical-aesthetics clinics over 18 months.

Writes the exports of seven systems with planted true effects equal to the published case (response
time 36 → 4.8 s, satisfaction +16.5 %, orders per seller +23 %, push hit rate 21 % → 47 %, follow-up
2.5 days sooner) and a known number of dirty rows. What is read from them is for the product to say.
"""

from pathlib import Path

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.examples import clinic_exports as to_files
from roi_pipeline.examples.clinic_dirt import DIRT
from roi_pipeline.examples.clinic_people import draw_people
from roi_pipeline.examples.clinic_programme import (
    CONSULT_WITH,
    CONSULT_WITHOUT,
    OPT_OUT_RATE,
    VISIT_WITH,
    VISIT_WITHOUT,
    draw_programme,
)
from roi_pipeline.examples.clinic_reach import (
    CONSISTENT_WITH,
    CONSISTENT_WITHOUT,
    DELAY_WITH,
    DELAY_WITHOUT,
    HIT_WITH,
    HIT_WITHOUT,
    draw_ad_spend,
    draw_calls,
    draw_follow_ups,
    draw_pushes,
)
from roi_pipeline.examples.clinic_sales import (
    ORDERS_PER_SELLER_DAY,
    ORDERS_RELATIVE,
    WIN_RELATIVE,
    WIN_WITHOUT,
    draw_leads,
    draw_opportunities,
    draw_orders,
    draw_shifts,
    with_conversions,
)
from roi_pipeline.examples.clinic_service import (
    AI_SHARE,
    CSAT_RELATIVE,
    CSAT_WITHOUT,
    REOPEN_RATE,
    RESPONSE_WITH,
    RESPONSE_WITHOUT,
    draw_answers,
    draw_inquiries,
)
from roi_pipeline.examples.clinic_world import World
from roi_pipeline.examples.exports import DIRTY_ROWS, Exports
from roi_pipeline.examples.planted import PlantedEffect, PlantedTruth

SMALLEST_SCALE = 0.05
BUSY = 290.0  # times as many inquiries; the assistant then answers 12,000 a day


def generate(folder: Path, *, seed: int = 20250101, scale: float = 1.0) -> PlantedTruth:
    """Write `exports/` and `planted_truth.json` into a study folder: about 230,000 rows."""
    return _generate(folder, World(seed, scale))


def generate_busy(folder: Path, *, seed: int = 20250101, scale: float = 1.0) -> PlantedTruth:
    """The same chain with an assistant that answers more than 12,000 inquiries a day.

    So says the published case. Everything else stays as large as it is: about 16 million rows.
    """
    return _generate(folder, World(seed, scale, inquiries=BUSY))


def _generate(folder: Path, world: World) -> PlantedTruth:
    scale = world.scale
    if scale < SMALLEST_SCALE:
        raise NeedsAHuman(
            f"the clinic study cannot be generated at scale {scale}; expected at least "
            f"{SMALLEST_SCALE}, below which a monthly file has too few rows for the planted faults"
        )
    exports = Exports(folder, world, DIRT, dirty_rows=max(1, round(DIRTY_ROWS * scale)))
    _write_everything(exports, world)
    return exports.truth("clinic", EFFECTS, seed=world.seed, scale=scale)


def _write_everything(exports: Exports, world: World) -> None:
    people = draw_people(world)
    to_files.write_customers(exports, people.customers)
    to_files.write_reference(exports, people.staff)
    inquiries = draw_inquiries(world, people)
    to_files.write_inquiries(exports, inquiries)
    to_files.write_answers(exports, draw_answers(world, inquiries))
    programme = draw_programme(world, people)
    to_files.write_actions(exports, programme.actions)
    to_files.write_events(exports, programme.events)
    shifts = draw_shifts(world, people)
    to_files.write_shifts(exports, shifts)
    to_files.write_orders(exports, draw_orders(world, people, shifts, programme.events))
    leads = draw_leads(world, people)
    opportunities = draw_opportunities(world, leads)
    to_files.write_leads(exports, with_conversions(leads, opportunities))
    to_files.write_opportunities(exports, opportunities)
    to_files.write_calls(exports, draw_calls(world, people))
    to_files.write_pushes(exports, draw_pushes(world, people))
    to_files.write_follow_ups(exports, draw_follow_ups(world, people))
    to_files.write_ad_spend(exports, draw_ad_spend(world))


def _levels(module: str, metric: str, without: float, with_module: float) -> PlantedEffect:
    change = with_module - without
    relative = change / without if without else None
    return PlantedEffect(module, metric, change, relative, without, with_module)


def _relative(module: str, metric: str, without: float, relative: float) -> PlantedEffect:
    return _levels(module, metric, without, without * (1 + relative))


EFFECTS: tuple[PlantedEffect, ...] = (
    _levels("service_assistant", "response_seconds_per_chat", RESPONSE_WITHOUT, RESPONSE_WITH),
    _relative("service_assistant", "csat_score_per_answer", CSAT_WITHOUT, CSAT_RELATIVE),
    _levels("service_assistant", "reopen_rate", REOPEN_RATE, REOPEN_RATE),
    _levels("service_assistant", "ai_share_of_inquiries", 0.0, AI_SHARE),
    _relative("script_generation", "orders_per_seller_day", ORDERS_PER_SELLER_DAY, ORDERS_RELATIVE),
    _relative("script_generation", "opportunity_win_rate", WIN_WITHOUT, WIN_RELATIVE),
    _levels("script_generation", "script_consistency_rate", CONSISTENT_WITHOUT, CONSISTENT_WITH),
    _levels("content_push", "push_hit_rate", HIT_WITHOUT, HIT_WITH),
    _levels("content_push", "push_unsubscribe_rate", 0.004, 0.004),
    _levels("smart_invitation", "visit_rate_7d", VISIT_WITHOUT, VISIT_WITH),
    _levels("smart_invitation", "consult_rate_7d", CONSULT_WITHOUT, CONSULT_WITH),
    _levels("smart_invitation", "placebo_visit_rate_7d", VISIT_WITHOUT, VISIT_WITHOUT),
    _levels("smart_invitation", "invitation_opt_out_rate", 0.0, OPT_OUT_RATE),
    _levels("follow_up_prediction", "follow_up_delay_days_per_task", DELAY_WITHOUT, DELAY_WITH),
)
