"""Who used what a randomised arm was offered, from the daily table and from the module's actions."""

from datetime import date

import duckdb
import pytest

from roi_pipeline.domain.errors import UnknownName
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Randomisation
from roi_pipeline.domain.samples import ArmSamples
from roi_pipeline.domain.texts import Text
from roi_pipeline.domain.windows import Window
from roi_pipeline.engines.questions.panels import ArmQuestion, Slice, read_arm_samples

POST = Window(date(2026, 1, 1), date(2026, 2, 1))
METRIC = Metric(
    "m", "metrics.d", "value_sum", "value_count", "up", "count", Text({"en": "m"}),
    Text({"en": "m"}), 1, "test",
)  # fmt: skip


@pytest.fixture
def connection():
    with duckdb.connect() as found:
        found.execute("create schema metrics; create schema facts")
        found.execute(
            """create table metrics.d as select 'u' || i as agent_id, 's' || (i // 4) as shop_id,
            date '2026-01-05' as calendar_date, if((i // 4) % 2 = 0, 'offered', 'not') as arm,
            i * 1.0 as value_sum, 1.0 + i % 3 as value_count, if(i % 8 < 2, 2, 0) as opened
            from range(80) r(i)"""
        )
        found.execute(
            """create table facts.ai_actions as select 'u' || i as agent_id, 'x' as module_id,
            date '2026-01-07' as calendar_date, 'treated' as arm_name, true as is_eligible,
            if(i % 8 = 1, 'ignored', 'adopted') as adoption_type from range(80) r(i) where i % 8 < 2"""
        )
        yield found


def _samples(connection, used: str, *, cluster: str | None = None) -> ArmSamples:
    arms = Randomisation("arm", ("offered",), ("not",), used=used, cluster=cluster)
    found = read_arm_samples(
        connection, Slice(METRIC, "agent_id", {}), ArmQuestion(POST, None, arms, "x")
    )
    assert found is not None
    return found


def test_users_are_counted_by_arm_from_a_column(connection) -> None:
    found = _samples(connection, "opened")
    assert found.use is not None
    assert found.use.counts == (40, 20, 40, 0)
    expected = connection.execute(
        "select avg(if(opened > 0, value_count, 0)) from metrics.d where arm = 'offered'"
    ).fetchone()
    assert found.treated.mean("used") == pytest.approx(expected[0], rel=1e-12)
    assert found.use.users is not None
    assert (found.use.users.n, found.use.non_users.n) == (20, 60)


def test_users_are_counted_from_the_modules_actions_that_staff_took(connection) -> None:
    found = _samples(connection, "ai_actions")
    assert found.use is not None
    assert found.use.counts == (40, 10, 40, 0)


def test_a_cluster_is_offered_it_and_its_members_use_it(connection) -> None:
    found = _samples(connection, "opened", cluster="shop")
    assert found.use is not None
    assert found.treated.n == 10
    assert found.use.counts == (40, 20, 40, 0)
    assert found.use.users is None


def test_a_column_the_table_lacks_is_refused_by_name(connection) -> None:
    with pytest.raises(UnknownName, match="opend"):
        _samples(connection, "opend")


def test_actions_that_do_not_know_the_unit_say_nothing_of_use(connection) -> None:
    connection.execute("alter table facts.ai_actions drop column agent_id")
    assert _samples(connection, "ai_actions").use is None
