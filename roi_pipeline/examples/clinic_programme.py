"""The invitation programme: eligible customers, the randomised holdout, visits and consultations.

Time of an eligible customer is cut into stretches of seven days from a day of their own. In each
stretch a visit happens at the base rate; in the stretch after an invitation at the raised one. So
the planted 7-day rates hold exactly, and the stretch before an invitation is an honest placebo.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from roi_pipeline.examples.clinic_people import People, staff_ids
from roi_pipeline.examples.clinic_world import (
    CLINICS,
    END,
    INVITATIONS_FROM,
    Booleans,
    Floats,
    Integers,
    Moments,
    World,
)

HELD_OUT_SHARE = 0.10
VISIT_WITHOUT, VISIT_WITH = 0.06, 0.09
CONSULT_WITHOUT, CONSULT_WITH = 0.04, 0.06
STRETCHES_BETWEEN = 8
INELIGIBLE_SHARE = 0.05
OPT_OUT_RATE = 0.006
VISITS_PER_CLINIC_DAY, CONSULTS_PER_CLINIC_DAY, COMPLAINTS_PER_CLINIC_DAY = 1.4, 0.8, 0.1
SCRIPTS_PER_CLINIC_DAY = 4.0
DAY = np.timedelta64(86400, "s")


@dataclass(frozen=True)
class Programme:
    """Decisions about eligible customers, and what everybody did.

    Attributes:
        actions: log of the AI platform; times in UTC.
        events: visits, consultations and complaints of all customers, from the CRM.
    """

    actions: pl.DataFrame
    events: pl.DataFrame


def draw_programme(world: World, people: People) -> Programme:
    """Invitations and script suggestions, and the events of all customers."""
    rng = world.stream(20)
    customers = np.flatnonzero(people.customers["is_eligible"].to_numpy())
    n, stretches = customers.size, world.n_days // 7
    held_out = np.zeros(n, dtype=bool)
    held_out[rng.permutation(n)[: round(n * HELD_OUT_SHARE)]] = True
    begins = world.days[0] + rng.integers(0, 7, n).astype("timedelta64[s]") * 86400
    begins = begins + rng.integers(10 * 3600, 20 * 3600, n).astype("timedelta64[s]")
    moments = begins[:, None] + (np.arange(stretches) * 7)[None, :] * DAY
    is_decision = _decisions(rng, moments)
    is_invited = is_decision & ~held_out[:, None]
    visits = _happens(rng, moments, is_invited, VISIT_WITHOUT, VISIT_WITH)
    consults = _happens(rng, moments, is_invited, CONSULT_WITHOUT, CONSULT_WITH)
    invitations = _invitations(
        rng,
        people,
        customers=customers,
        held_out=held_out,
        moments=moments,
        is_decision=is_decision,
    )
    events = pl.concat(
        [
            _events(people, customers[visits[0]], visits[1], "到店", rng, invited=True),
            _events(people, customers[consults[0]], consults[1], "面诊咨询", rng, invited=True),
            _background(world, people, rng, VISITS_PER_CLINIC_DAY, "到店"),
            _background(world, people, rng, CONSULTS_PER_CLINIC_DAY, "面诊咨询"),
            _background(world, people, rng, COMPLAINTS_PER_CLINIC_DAY, "投诉"),
        ]
    ).sort("发生时间", "客户编号", "事件类型")
    actions = pl.concat([invitations, _scripts(world, people)]).sort("acted_at", "customer_id")
    return Programme(
        actions.with_row_index("action_id", offset=1).with_columns(
            pl.format("AI{}", pl.col("action_id").cast(pl.String).str.zfill(8)).alias("action_id")
        ),
        events.with_row_index("事件编号", offset=1).with_columns(
            pl.format("E{}", pl.col("事件编号").cast(pl.String).str.zfill(8)).alias("事件编号")
        ),
    )


def _decisions(rng: np.random.Generator, moments: Moments) -> Booleans:
    """Every eighth stretch of a customer, from the programme's first day on."""
    n, stretches = moments.shape
    phase = rng.integers(0, STRETCHES_BETWEEN, n)
    is_turn = (np.arange(stretches)[None, :] + phase[:, None]) % STRETCHES_BETWEEN == 0
    return is_turn & (moments >= np.datetime64(INVITATIONS_FROM, "ms"))


def _happens(
    rng: np.random.Generator, moments: Moments, is_invited: Booleans, base: float, raised: float
) -> tuple[Integers, Moments]:
    """Customer and moment of what happens: on one of the six days after a stretch begins."""
    rate = np.where(is_invited, raised, base)
    row, column = np.nonzero(rng.random(moments.shape) < rate)
    day = moments[row, column].astype("datetime64[D]") + rng.integers(1, 7, row.size)
    seconds = rng.integers(10 * 3600, 20 * 3600, row.size).astype("timedelta64[s]")
    happened = day.astype("datetime64[ms]") + seconds
    is_known = happened < np.datetime64(END, "ms")
    return row[is_known], happened[is_known]


def _invitations(
    rng: np.random.Generator,
    people: People,
    *,
    customers: Integers,
    held_out: Booleans,
    moments: Moments,
    is_decision: Booleans,
) -> pl.DataFrame:
    """Every decision about an eligible customer, and some about customers who did not qualify."""
    row, column = np.nonzero(is_decision)
    acted = moments[row, column]
    opted_out = (rng.random(row.size) < OPT_OUT_RATE) & ~held_out[row]
    known = acted < np.datetime64(END, "ms")
    eligible = _action_frame(
        people,
        customers[row],
        acted=acted,
        held_out=held_out[row],
        eligible=np.ones(row.size, dtype=bool),
        opted_out=opted_out,
    ).filter(pl.Series(known))
    n_more = round(eligible.height * INELIGIBLE_SHARE)
    span = (END - INVITATIONS_FROM).days * 86400
    acted = np.datetime64(INVITATIONS_FROM, "ms") + rng.integers(0, span, n_more).astype(
        "timedelta64[s]"
    )
    places = people.customers_of(rng, rng.integers(0, len(CLINICS), n_more))
    nobody = np.zeros(n_more, dtype=bool)
    ineligible = _action_frame(
        people, places, acted=acted, held_out=nobody, eligible=nobody, opted_out=nobody
    )
    return pl.concat([eligible, ineligible])


def _action_frame(
    people: People,
    places: Integers,
    *,
    acted: Moments,
    held_out: Booleans,
    eligible: Booleans,
    opted_out: Booleans,
) -> pl.DataFrame:
    clinics = people.customers["clinic_number"].to_numpy()[places]
    utc = acted - np.timedelta64(8 * 3600, "s")
    return pl.DataFrame(
        {
            "module": pl.repeat("smart_invitation", places.size, eager=True),
            "action": pl.repeat("invitation", places.size, eager=True),
            "customer_id": people.customer_ids(places),
            "clinic": np.array(CLINICS)[clinics],
            "staff_id": pl.repeat(None, places.size, dtype=pl.String, eager=True),
            "channel": pl.repeat("wecom", places.size, eager=True),
            "acted_at": utc,
            "adoption": pl.repeat(None, places.size, dtype=pl.String, eager=True),
            "held_out": held_out,
            "eligible": eligible,
            "opted_out_at": utc + np.timedelta64(5 * 3600, "s"),
            "updated_at": utc + np.timedelta64(6 * 3600, "s"),
        }
    ).with_columns(pl.when(pl.Series(opted_out)).then("opted_out_at").alias("opted_out_at"))


def _scripts(world: World, people: People) -> pl.DataFrame:
    """Talk suggested to sellers where the script module is live, and what they made of it."""
    rng = world.stream(21)
    clinics, days = world.cells(rng, SCRIPTS_PER_CLINIC_DAY)
    is_live = world.treated("script_generation")[clinics, days]
    clinics, days = clinics[is_live], days[is_live]
    n = clinics.size
    acted = world.moments(rng, days, opens=10, closes=20) - np.timedelta64(8 * 3600, "s")
    return pl.DataFrame(
        {
            "module": pl.repeat("script_generation", n, eager=True),
            "action": pl.repeat("script", n, eager=True),
            "customer_id": people.customer_ids(people.customers_of(rng, clinics)),
            "clinic": np.array(CLINICS)[clinics],
            "staff_id": staff_ids("S", clinics, rng.integers(0, people.sellers_per_clinic, n)),
            "channel": pl.repeat("crm", n, eager=True),
            "acted_at": acted,
            "adoption": rng.choice(["adopted", "edited", "ignored"], n, p=[0.62, 0.20, 0.18]),
            "held_out": np.zeros(n, dtype=bool),
            "eligible": np.ones(n, dtype=bool),
            "opted_out_at": np.full(n, np.datetime64("NaT"), dtype="datetime64[ms]"),
            "updated_at": acted + np.timedelta64(600, "s"),
        }
    )


def _background(
    world: World, people: People, rng: np.random.Generator, per_clinic_day: float, kind: str
) -> pl.DataFrame:
    clinics, days = world.cells(rng, per_clinic_day)
    moments = world.moments(rng, days, opens=10, closes=20)
    return _events(people, people.customers_of(rng, clinics), moments, kind, rng, invited=False)


def _events(
    people: People, places: Integers, moments: Moments, kind: str, rng: np.random.Generator,
    *, invited: bool,
) -> pl.DataFrame:  # fmt: skip
    clinics = people.customers["clinic_number"].to_numpy()[places]
    shares: Floats = np.array([0.6, 0.2, 0.2] if invited else [0.3, 0.3, 0.4])
    return pl.DataFrame(
        {
            "客户编号": people.customer_ids(places),
            "门店": np.array(CLINICS)[clinics],
            "事件类型": pl.repeat(kind, places.size, eager=True),
            "来源": rng.choice(["企微", "电话", "自然"], places.size, p=shares),
            "发生时间": moments,
            "更新时间": moments + np.timedelta64(300, "s"),
        }
    )
