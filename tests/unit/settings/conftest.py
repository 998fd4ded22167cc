"""A small study that is right in every file, and a small catalogue for it to use."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from roi_pipeline.domain.errors import Problem
from roi_pipeline.settings import study_problems

STUDY = """
id = "clinic"
company = { en = "Clear Skin", zh-CN = "清颜医美" }
headcount = 86
currency = "CNY"
languages = ["zh-CN", "en"]
timezone = "Asia/Shanghai"
country = "CN"
cycle = "quarter"
history = { start = 2025-01-01, end = 2026-05-01 }
max_rate_age_days = 366
maturity_days = 5
people_key_variable = "ROI_PEOPLE_KEY"

[[assumption]]
id = "loaded_hour_cost"
value = "48.50"
low = "40"
high = "60"
unit = "CNY/hour"
source = "ERP payroll 2025-12"
owner = "finance"
stated_on = 2026-01-05

[[assumption]]
id = "gross_margin"
value = 0.42
unit = "rate"
source = "annual report 2025"
owner = "finance"
stated_on = 2026-01-05

[[reader]]
address = "owner@example.com"
language = "zh-CN"
modules = ["smart_invitation"]

[[exchange_rate]]
currency = "USD"
day = 2025-01-01
rate = "7.10"
"""
CALLS = """
system = "telephony"
entity = "calls"
owner = "ops"

[location]
glob = "exports/telephony/*.csv"
kind = "csv"
encoding = "gb18030"

[key]
columns = ["call_id_telephony"]
ordering = "exported_at"

[[column]]
name = "call_id_telephony"
type = "text"
header = " 通话编号 "
is_required = true
severity = "stop"

[[column]]
name = "clinic_id_telephony"
type = "text"
header = "门店"
references = "erp__clinics.clinic_id"

[[column]]
name = "customer_phone"
type = "phone"
header = "客户电话"

[[column]]
name = "started_at"
type = "timestamp"
formats = ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M"]
timezone = "Asia/Shanghai"

[[column]]
name = "talk_seconds"
type = "duration"
header = "通话时长"
formats = ["hh:mm:ss"]
nulls = ["-"]
minimum = 0
maximum = 7200

[[column]]
name = "result_code"
type = "text"
values = { "已接" = "connected", "未接" = "missed" }
is_closed = true
pattern = "^[a-z]+$"

[[column]]
name = "exported_at"
type = "timestamp"

[[rule]]
name = "a_connected_call_has_talk_time"
sql = "result_code <> 'connected' or talk_seconds > 0"
severity = "warn"
tolerance = 0.01

[table]
freshness_column = "started_at"
freshness_days = 3
volume_ratio = [0.2, 5.0]
"""
CLINICS = """
system = "erp"
entity = "clinics"
[location]
url = "postgresql://${ERP_USER}@127.0.0.1/erp"
query = "select * from clinics"
[[column]]
name = "clinic_id"
type = "text"
is_required = true
"""
INVITATION = """
id = "smart_invitation"
name = { zh-CN = "智能邀约", en = "Smart invitation" }
scene = { zh-CN = "企微私域", en = "WeCom private domain" }
link = "content_push"
kind = "marketing"
owner = "growth"
selection_window = { start = 2025-04-01, end = 2025-05-01 }
baseline = { start = 2025-01-01, end = 2025-04-01 }
filters = { channel = ["wecom"] }

[rollout]
unit = "clinic"
cluster = "region"
[rollout.go_live]
C01 = 2025-06-02
C02 = 2025-06-16

[[pool]]
metric = "visit_rate"
role = "goal"
target = { kind = "relative", value = 0.15, deadline = 2025-12-31 }
weight = 2

[[pool]]
metric = "push_hit_rate"
role = "secondary"

[attribution]
outcome = "visit"
window_days = 7

[[cost]]
id = "licence"
category = "licence"
name = { en = "Licence" }
amount = "3000"
basis = "per_month"
currency = "USD"
start = 2025-06-01
end = 2026-06-01
source = "contract 2025-17"

[[cost]]
id = "setup"
category = "deployment"
name = { en = "Set-up" }
amount = 36000
basis = "once"
life_months = 36
start = 2025-05-20
source = "invoice 118"

[[cost]]
id = "messages"
category = "usage"
name = { en = "Messages" }
amount = "0.05"
basis = "per_use"
usage_metric = "push_hit_rate"
start = 2025-06-01
source = "price list"

[[benefit]]
id = "more_visits"
category = "revenue"
name = { en = "More visits" }
metric = "visit_rate"
unit_value = "value_of_a_visit"
margin = "gross_margin"
realisation = "recapture_rate"
destination = "revenue_won"
owner = "finance"

[[assumption]]
id = "value_of_a_visit"
value = "620"
unit = "CNY/visit"
source = "ERP orders 2025"
owner = "finance"
stated_on = 2026-01-05

[[claim]]
id = "vendor_visits"
metric = "visit_rate"
kind = "relative"
value = 0.20
source = "offer of 2025-03-01"

[vendor_contract]
start = 2025-06-01
end = 2026-06-01
notice_days = 60
"""
METRIC = """
id = "{id}"
table = "metrics.pushes_daily"
numerator = "visits_count"
denominator = "pushes_count"
direction = "up"
unit = "rate"
quantity = "{quantity}"
version = 1
owner = "growth"
name = {{ en = "{id}" }}
sentence = {{ en = "visits ÷ pushes" }}
"""
STANDARD = """
id = "default"
valid_from = 2020-01-01
[[tier]]
name = "startup"
from_headcount = 0
minimum_months = 1
rating_months = 2
lowest_grade = "D"
band = [{ grade = "meets", from_roi = 0, action = "continue" }, { grade = "adjust", action = "change" }]
[[tier]]
name = "sme"
from_headcount = 11
minimum_months = 3
rating_months = 6
lowest_grade = "C"
[[tier.band]]
grade = "excellent"
from_roi = "1.5"
action = "continue"
[[tier.band]]
grade = "adjust"
action = "change"
"""
ENVIRONMENT = {"ROI_PEOPLE_KEY": "a secret of the tests", "ERP_USER": "reader"}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")


@pytest.fixture
def environment() -> dict[str, str]:
    return dict(ENVIRONMENT)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    folder = tmp_path / "catalogue"
    metrics = {"visit_rate": "visits", "push_hit_rate": "pushes", "spend_per_visit": "visits"}
    files = {f"metrics/{id_}.toml": METRIC.format(id=id_, quantity=q) for id_, q in metrics.items()}
    write(folder, {**files, "standards/default.toml": STANDARD})
    return folder


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "clinic"
    write(
        folder,
        {
            "study.toml": STUDY,
            "sources/telephony__calls.toml": CALLS,
            "sources/erp__clinics.toml": CLINICS,
            "modules/smart_invitation.toml": INVITATION,
        },
    )
    return folder


@pytest.fixture
def put(study: Path) -> Callable[[str, str], None]:
    """Write one file of the study."""
    return lambda name, text: write(study, {name: text})


@pytest.fixture
def change(study: Path, catalogue: Path) -> Callable[[str, str, str], None]:
    """Replace a text that stands exactly once or more in a file; the first place counts."""

    def _change(name: str, old: str, new: str) -> None:
        inside = name.removeprefix("catalogue/")
        path = (catalogue if inside != name else study) / inside
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} does not stand in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return _change


@pytest.fixture
def problems(
    study: Path, catalogue: Path, environment: dict[str, str]
) -> Callable[[], tuple[Problem, ...]]:
    """All problems of the study as it stands."""
    return lambda: study_problems(study, environment, catalogue=catalogue)
