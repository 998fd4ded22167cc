"""What is true in the three telesales centres, and what has to be said about each module.

Factors are relative to the level without the module. The verdicts follow from them together with
costs, values and claims in `studies/callcentre-*/modules/`.
"""

from collections.abc import Mapping
from datetime import date

from roi_pipeline.examples.callcentre_office import Voucher
from roi_pipeline.examples.callcentre_world import Knob, Live, Plan
from roi_pipeline.examples.planted_verdicts import (
    PlantedClaim,
    PlantedRating,
    PlantedTarget,
    PlantedVerdicts,
)

METRIC_OF: Mapping[Knob, str] = {
    "calls": "outbound_calls_per_agent_day",
    "connect": "outbound_connect_rate",
    "intent": "intent_customer_rate",
    "wrap_up": "wrap_up_seconds_per_call",
    "entry_error": "entry_error_rate",
    "script": "outbound_script_rate",
    "recording": "recording_compliance_rate",
    "praise": "contact_praise_rate",
    "complaint": "contact_complaint_rate",
    "incident": "compliance_incident_rate",
    "approval": "approval_hours_per_task",
    "hand_off": "hand_off_hours_per_task",
    "routing": "lead_routing_hours_per_lead",
    "work": "work_hours_per_task",
    "returned": "task_return_rate",
}
LEVELS: Mapping[Knob, float] = {
    "calls": 10.0,
    "connect": 0.34,
    "intent": 0.18,
    "wrap_up": 240.0,
    "entry_error": 0.05,
    "script": 0.70,
    "recording": 0.86,
    "praise": 0.72,
    "complaint": 0.03,
    "incident": 0.012,
    "approval": 30.0,
    "hand_off": 16.0,
    "routing": 9.0,
    "work": 0.9,
    "returned": 0.08,
}


def _waves(units: tuple[str, ...], *waves: tuple[int, date]) -> dict[str, date]:
    """Go-live per unit: so many of them on each day."""
    days = [day for size, day in waves for _ in range(size)]
    return dict(zip(units, days, strict=True))


STARTUP = Plan(
    study="callcentre-startup",
    start=date(2025, 8, 4),
    end=date(2026, 1, 1),
    places={"": tuple(f"D{number}" for number in range(1, 7))},
    agents_per_team=1,
    levels={**LEVELS, "calls": 80.0, "connect": 0.30, "intent": 0.06, "wrap_up": 40.0},
    modules={
        "smart_dialling": Live({"everywhere": date(2025, 11, 3)}, {"calls": 1.5, "connect": 1.12})
    },
    rating_share=0.03,
    has_teams=False,
)
STARTUP_VERDICTS = PlantedVerdicts(
    study="callcentre-startup",
    cycle="2025-12",
    ratings=(PlantedRating("smart_dialling", "outright", "meets"),),
    claims=(
        PlantedClaim("smart_dialling", "calls_a_day", "at_least"),
        PlantedClaim("smart_dialling", "connect_rate", "smaller"),
    ),
    targets=(
        PlantedTarget("smart_dialling", "outbound_calls_per_agent_day", ("reached",)),
        PlantedTarget("smart_dialling", "outbound_connect_rate", ("reached", "likely")),
    ),
)

SME_TEAMS = tuple(f"T{number:02}" for number in range(1, 13))
SME = Plan(
    study="callcentre-sme",
    start=date(2025, 1, 1),
    end=date(2026, 2, 1),
    places={"": SME_TEAMS},
    agents_per_team=4,
    levels={**LEVELS, "intent": 0.25},
    modules={
        "smart_dialling": Live(
            _waves(
                SME_TEAMS[:7],
                (3, date(2025, 7, 7)), (2, date(2025, 8, 4)), (2, date(2025, 9, 1)),
            ),
            {"calls": 1.20, "connect": 1.14, "intent": 1.20, "praise": 1.10, "complaint": 1.0},
            (date(2025, 6, 1), date(2025, 7, 1), "connect"),
        ),
        "call_summaries": Live(
            _waves(SME_TEAMS[3:10], (4, date(2025, 7, 14)), (3, date(2025, 8, 18))),
            {"wrap_up": 0.58, "entry_error": 2.0},
            (date(2025, 6, 1), date(2025, 7, 1), "wrap_up"),
        ),
    },
    rating_share=0.25,
)  # fmt: skip
SME_VERDICTS = PlantedVerdicts(
    study="callcentre-sme",
    cycle="2025-H2",
    ratings=(
        PlantedRating("smart_dialling", "outright", "excellent"),
        PlantedRating("call_summaries", "outright", "qualified"),
    ),
    claims=(
        PlantedClaim("smart_dialling", "connect_rate", "consistent"),
        PlantedClaim("smart_dialling", "intent_conversion", "smaller"),
        PlantedClaim("smart_dialling", "complaints", "no_effect"),
        PlantedClaim("call_summaries", "write_up_time", "consistent"),
        PlantedClaim("call_summaries", "entry_errors", "contradicted"),
    ),
    targets=(
        PlantedTarget("smart_dialling", "outbound_connect_rate", ("reached",)),
        PlantedTarget("smart_dialling", "intent_customer_rate", ("reached", "likely")),
        PlantedTarget("call_summaries", "wrap_up_seconds_per_call", ("reached",)),
        PlantedTarget("call_summaries", "entry_error_rate", ("missed",)),
    ),
)

LARGE_BRANCHES = tuple(f"F{number:02}" for number in range(1, 25))
LARGE_WAVES = ((5, date(2024, 10, 9)), (5, date(2024, 11, 4)), (4, date(2024, 12, 2)))
LARGE_SELECTION = (date(2024, 9, 1), date(2024, 10, 1))
LARGE = Plan(
    study="callcentre-large",
    start=date(2024, 2, 1),
    end=date(2026, 2, 1),
    places={branch: (f"{branch}-1",) for branch in LARGE_BRANCHES},
    agents_per_team=3,
    levels={**LEVELS, "calls": 4.5, "connect": 0.42, "intent": 0.15, "recording": 0.83},
    modules={
        "smart_dialling": Live(
            _waves(LARGE_BRANCHES[:14], *LARGE_WAVES),
            {"calls": 1.15, "connect": 1.10, "intent": 1.18},
            (*LARGE_SELECTION, "connect"),
        ),
        "compliance_monitoring": Live(
            _waves(LARGE_BRANCHES[5:19], *LARGE_WAVES),
            {"recording": 1.12, "incident": 0.5, "script": 1.15},
            (*LARGE_SELECTION, "recording"),
        ),
        "workflow_routing": Live(
            _waves(LARGE_BRANCHES[10:24], *LARGE_WAVES),
            {"approval": 0.6, "routing": 0.25, "hand_off": 0.7, "work": 0.78, "returned": 1.0},
        ),
    },
    rating_share=0.06,
    tasks_per_team_day=3.0,
    has_incidents=True,
    has_branches=True,
)
LARGE_VERDICTS = PlantedVerdicts(
    study="callcentre-large",
    cycle="2025",
    ratings=(
        PlantedRating("smart_dialling", "outright", "acceptable"),
        PlantedRating("compliance_monitoring", "outright", "valuable"),
        PlantedRating("workflow_routing", "provisional", "acceptable"),
    ),
    claims=(
        PlantedClaim("smart_dialling", "connect_rate", "consistent"),
        PlantedClaim("smart_dialling", "intent_conversion", "smaller"),
        PlantedClaim("compliance_monitoring", "incidents", "smaller"),
        PlantedClaim("workflow_routing", "approval_time", "consistent"),
        PlantedClaim("workflow_routing", "returned_tasks", "no_effect"),
    ),
    targets=(
        PlantedTarget("smart_dialling", "outbound_connect_rate", ("reached", "likely")),
        PlantedTarget("compliance_monitoring", "recording_compliance_rate", ("reached",)),
        PlantedTarget("workflow_routing", "approval_hours_per_task", ("reached",)),
    ),
)

VOUCHERS: Mapping[str, tuple[Voucher, ...]] = {
    "callcentre-large": (
        Voucher("HT-2024-311", "smart_dialling", "licence", 25000),
        Voucher("HT-2024-312", "compliance_monitoring", "licence", 15000),
    )
}
