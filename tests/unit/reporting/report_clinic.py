"""A clinic's edition as the report meets it: good, inconclusive and negative modules, hostile text.

Figures are made up but agree with one another, so that a reader could check them on paper.
"""

import math
from datetime import date, timedelta
from decimal import Decimal
from pathlib import PurePosixPath

from roi_pipeline.domain.editions import (
    BridgeStep,
    EditionInputs,
    ModuleInputs,
    PreviousEdition,
    Provenance,
)
from roi_pipeline.domain.effects import (
    Consideration,
    Effect,
    EventTimePoint,
    Grade,
    Inconclusive,
    ModuleEffects,
    Outcome,
    Plan,
    SeriesPoint,
    Split,
)
from roi_pipeline.domain.findings import Finding
from roi_pipeline.domain.loads import FileLoad, RuleResult, Validation
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.modules import Claim, Module, PoolMetric, Rollout, Target, VendorContract
from roi_pipeline.domain.money import Assumption, BenefitLine, CostLine
from roi_pipeline.domain.standards import Band, Rating, Standard, Tier
from roi_pipeline.domain.statements import (
    ClaimAudit,
    CreditLine,
    Decision,
    ModuleValue,
    Returns,
    SoftFigure,
    Statement,
    Swing,
    TargetAudit,
)
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message, Text
from roi_pipeline.domain.windows import Window, cycle_from_key

HOSTILE = "<script>alert(1)</script>{{ 7*7 }}{% raw %}=1+1|`x`\u202egnp.exe 😀 " + "超" * 60
GO_LIVE = date(2025, 6, 2)
CYCLE = Window(date(2026, 1, 1), date(2026, 4, 1))
SINCE = Window(GO_LIVE, date(2026, 4, 1))
BASELINE = Window(date(2025, 1, 1), date(2025, 4, 1))
D = Decimal

SENTENCES = {
    "few_units": {
        "en": "only {n} units report this metric; {needed} are needed",
        "zh-CN": "仅有 {n} 个单位有该指标数据，至少需要 {needed} 个",
        "zh-TW": "僅有 {n} 個單位有該指標資料，至少需要 {needed} 個",
    },
    "hold_out": {
        "en": "Keep {share:percent} of customers un-invited for {weeks} weeks: grade A, and changes from {change:points} become visible.",
        "zh-CN": "留出 {share:percent} 的客户 {weeks} 周不发送邀约，即可达到 A 级证据，可测出 {change:points} 以上的变化。",
        "zh-TW": "保留 {share:percent} 的客戶 {weeks} 週不發送邀約，即可達到 A 級證據，可測出 {change:points} 以上的變化。",
    },
    "chosen": {
        "en": "{n} clinics went live at different dates; trends before go-live do not differ (p = {p})",
        "zh-CN": "{n} 家门店分批上线，上线前趋势无明显差异（p = {p}）",
        "zh-TW": "{n} 家門市分批上線，上線前趨勢無明顯差異（p = {p}）",
    },
    "no_hold_out": {
        "en": "there is no randomised holdout",
        "zh-CN": "没有随机留出的对照客户",
        "zh-TW": "沒有隨機保留的對照客戶",
    },
    "clears": {
        "en": "ROI clears the bar of {bar:roi} with a probability of {p:probability}.",
        "zh-CN": "ROI 以 {p:probability} 的概率超过标准线 {bar:roi}。",
        "zh-TW": "ROI 以 {p:probability} 的機率超過標準線 {bar:roi}。",
    },
    "contract": {
        "en": "Notice is due on {day:date}; renewing costs {amount:money} a year.",
        "zh-CN": "须在 {day:date}前通知；续约每年 {amount:money}。",
        "zh-TW": "須在 {day:date}前通知；續約每年 {amount:money}。",
    },
    "small_training": {
        "en": "training below {limit:money} is not counted",
        "zh-CN": "低于 {limit:money} 的小额培训不计入",
        "zh-TW": "低於 {limit:money} 的小額培訓不計入",
    },
    "below_grade": {
        "en": "grade {grade} carries no money into a rating",
        "zh-CN": "证据等级 {grade} 的金额不计入评级",
        "zh-TW": "證據等級 {grade} 的金額不計入評級",
    },
    "trend_clear": {
        "en": "{metric:metric} moved before go-live (p = {p})",
        "zh-CN": "{metric:metric}在上线前已有变化趋势（p = {p}）",
        "zh-TW": "{metric:metric}在上線前已有變化趨勢（p = {p}）",
    },
    "late": {
        "en": "{n} visits arrived after the last edition",
        "zh-CN": "上一版之后补到 {n} 次到店记录",
        "zh-TW": "上一版之後補到 {n} 次到店紀錄",
    },
    "cost_more": {
        "en": "{what} now costs {amount:money} a month",
        "zh-CN": "{what}现为每月 {amount:money}",
        "zh-TW": "{what}現為每月 {amount:money}",
    },
    "claim_seen": {
        "en": "the claim of {claimed:signed_percent} lies inside the interval",
        "zh-CN": "承诺的 {claimed:signed_percent} 落在区间之内",
        "zh-TW": "承諾的 {claimed:signed_percent} 落在區間之內",
    },
    "claim_small": {
        "en": "the interval ends below the claimed {claimed:signed_percent}",
        "zh-CN": "区间上限低于承诺的 {claimed:signed_percent}",
        "zh-TW": "區間上限低於承諾的 {claimed:signed_percent}",
    },
    "not_live": {
        "en": "It goes live on {day:date}, after this cycle.",
        "zh-CN": "该模块于 {day:date}上线，晚于本周期。",
        "zh-TW": "該模組於 {day:date}上線，晚於本週期。",
    },
    "lunar": {
        "en": "Lunar New Year falls into post; units without the module carry the same season.",
        "zh-CN": "上线后窗口包含春节；未上线门店同受春节影响，已作抵消。",
        "zh-TW": "上線後期間包含農曆新年；未上線門市同受影響，已相互抵消。",
    },
}


def text(zh: str, tw: str, en: str) -> Text:
    return Text({"zh-CN": zh, "zh-TW": tw, "en": en})


def metric(
    name: str, zh: str, tw: str, en: str, unit: str, direction: str, dimension: str | None, *,
    is_hard: bool = True, sentence: str = "",
) -> Metric:  # fmt: skip
    return Metric(
        id=name, table="metrics.x_daily", numerator="a", denominator="b", direction=direction,
        unit=unit, version=1, owner="ops", name=text(zh, tw, en),
        sentence=text(sentence or zh, sentence or tw, en), is_hard=is_hard, dimension=dimension,
    )  # fmt: skip


METRICS = {
    m.id: m
    for m in (
        metric("push_hit_rate", "推送命中率", "推送命中率", "Push hit rate", "rate", "up", "cognitive_accuracy", sentence="命中的推送数 ÷ 发送的推送数"),
        metric("visit_rate", "邀约到店率", "邀約到店率", "Visit rate after invitation", "rate", "up", "response_loop", sentence="7 天内到店的客户数 ÷ 收到邀约的客户数"),
        metric("response_seconds_per_chat", "平均响应时间", "平均回應時間", "Response time per chat", "seconds", "down", "task_flow", sentence="响应秒数合计 ÷ 咨询数"),
        metric("orders_per_seller_day", "人均成单数", "人均成單數", "Orders per seller and day", "ratio", "up", "task_flow", sentence="成单数 ÷ 销售人天"),
        metric("follow_up_days", "客户回访完成时间", "客戶回訪完成時間", "Days to complete a follow-up", "days", "down", "decision_efficiency"),
        metric("satisfaction_score", "客户满意度评分", "客戶滿意度評分", "Customer satisfaction", "score", "up", None, is_hard=False),
        metric("complaint_rate", "投诉率", "投訴率", "Complaint rate", "rate", "down", None, is_hard=False),
        metric("spend_per_customer", "单客消费金额", "單客消費金額", "Spend per customer", "money", "up", None),
        metric("repurchase_rate", "复购率", "複購率", "Repurchase rate", "rate", "up", None),
        metric("hostile_rate", HOSTILE, HOSTILE, HOSTILE, "rate", "up", None),
    )
}  # fmt: skip

PLAN = Plan(
    "staggered",
    (
        Consideration("randomised", is_chosen=False, reason=Message("no_hold_out")),
        Consideration("staggered", is_chosen=True, reason=Message("chosen", {"n": 18, "p": 0.42})),
    ),
    Message("hold_out", {"share": 0.05, "weeks": 3, "change": 0.018}),
)


def series(before: float, after: float, *, wiggle: float) -> tuple[SeriesPoint, ...]:
    points = []
    for week in range(60):
        day = date(2025, 2, 3) + timedelta(weeks=week)
        base = before + wiggle * math.sin(week / 4) * 0.6 + wiggle * math.cos(week * 1.7) * 0.3
        grown = (after - before) * min(1.0, max(0.0, (day - GO_LIVE).days / 90))
        points.append(
            SeriesPoint(
                day,
                base + grown + wiggle * math.sin(week * 2.3) * 0.3,
                base,
                base - wiggle,
                base + wiggle,
            )
        )
    return tuple(points)


def events(effect: float, margin: float) -> tuple[EventTimePoint, ...]:
    """Nothing to see before go-live, the effect building up over two points afterwards."""
    points = []
    for period in range(-18, 30, 3):
        grown = effect * min(1.0, max(0, period + 3) / 6) + 0.2 * margin * math.sin(period)
        points.append(EventTimePoint(period, grown, grown - margin, grown + margin))
    return tuple(points)


def effect(
    module: str, name: str, before: float, after: float, estimate: float, error: float,
    grade: Grade = "B", *, relative: bool = True, **more: object,
) -> Effect:  # fmt: skip
    without = after - estimate
    ends = (estimate - 1.96 * error, estimate + 1.96 * error)
    share = [x / without for x in (estimate, *ends)] if relative and without else [None] * 3
    return Effect(
        module_id=module, metric_id=name, estimate=estimate, lower=ends[0], upper=ends[1],
        standard_error=error, relative=share[0], relative_lower=share[1], relative_upper=share[2],
        confidence=0.95, baseline_value=before, post_value=after, counterfactual_value=without,
        design="staggered" if grade == "B" else "randomised" if grade == "A" else "before_after",
        method="group_time", grade=grade, n_units=20, n_treated=18, baseline=BASELINE, post=SINCE,
        plan=PLAN, p_value=0.001, smallest_detectable=2.8 * error,
        series=series(before, after, wiggle=abs(error) * 1.6), **more,
    )  # fmt: skip


def cost(
    module: str, name: str, zh: str, tw: str, en: str, amount: str, period: Window, **more: object
) -> CostLine:
    return CostLine(
        id=name, module_id=module, category=name, name=text(zh, tw, en), amount=D(amount),
        standard_error=D(0), period=period, source="合同 2025-041", **more,
    )  # fmt: skip


def benefit(
    module: str, name: str, metric_id: str, category: str, zh: str, tw: str, en: str, quantity: str,
    unit_value: str, period: Window, *, margin: str = "1", realisation: str = "1", share: str = "1",
    risk: str = "0.9", destination: str = "revenue_won", ledger: str = "estimated", grade: Grade = "B",
    is_in_rating: bool = True, excluded: Message | None = None,
) -> BenefitLine:  # fmt: skip
    amount = D(quantity) * D(unit_value) * D(margin) * D(realisation) * D(share) * D(risk)
    return BenefitLine(
        id=name, module_id=module, metric_id=metric_id, category=category, name=text(zh, tw, en),
        destination=destination, ledger=ledger, owner="财务部", period=period, grade=grade,
        effect=D("0.26"), volume=D(184000), quantity=D(quantity), unit_value=D(unit_value),
        unit_value_source="ERP 2025-12", realisation=D(realisation), margin=D(margin),
        attribution_share=D(share), risk_factor=D(risk), amount=amount,
        lower=amount * D("0.7"), upper=amount * D("1.3"), standard_error=amount * D("0.18"),
        is_in_rating=is_in_rating, excluded_because=excluded,
    )  # fmt: skip


def statement(
    module: str, period: Window, costs: list[CostLine], benefits: list[BenefitLine]
) -> Statement:
    counted = [line for line in benefits if line.is_in_rating and line.amount is not None]
    b = sum((line.amount for line in counted), D(0))
    c = sum((line.amount for line in costs if line.is_counted), D(0))
    roi = (b - c) / c if c else None
    spread = b * D("0.16") / c if c else D(0)
    returns = Returns(
        benefits=b, costs=c, net=b - c, roi=roi,
        roi_lower=None if roi is None else roi - spread * D("1.645"),
        roi_upper=None if roi is None else roi + spread * D("1.645"),
        interval_method="fieller", npv=(b - c) * D("0.93"), irr=D("0.84") if b > c else None,
        payback_month=5 if b > c else None, break_even_quantity=D("3.2") if b > c else None,
        break_even_line=counted[0].id if counted else None, annualised_net=(b - c) * D("1.2"),
    )  # fmt: skip
    realised = sum((line.amount for line in counted if line.ledger == "realised"), D(0))
    return Statement(
        module,
        "2026-Q1",
        period,
        "CNY",
        tuple(costs),
        tuple(benefits),
        returns,
        realised,
        b - realised,
    )


def value(
    module: str, rated: Statement, cycle: Statement, status: str, grade: str | None, action: str,
    probability: float | None, **more: object,
) -> ModuleValue:  # fmt: skip
    roi = rated.returns.roi
    decision = Decision(
        action,
        (
            Message("clears", {"bar": 2.0, "p": probability or 0.0}),
            Message("contract", {"day": date(2026, 5, 1), "amount": "96000"}),
        ),
        decide_by="2026-05-01", cost_of_waiting=D(18400), value_of_waiting=D(5200),
    )  # fmt: skip
    rating = Rating(
        "large",
        "default-2026",
        status,
        grade,
        action,
        roi,
        D(2),
        probability,
        (Message("clears", {"bar": 2.0, "p": probability or 0.0}),),
    )
    return ModuleValue(module, "2026-Q1", cycle, rated, rated, rating, decision, **more)


def module(
    name: str, zh: str, tw: str, en: str, link: str, pool: tuple[PoolMetric, ...], **more: object
) -> Module:
    return Module(
        id=name, name=text(zh, tw, en), scene=text("企微私域", "企微私域", "WeCom private domain"),
        owner="张敏（运营）", rollout=Rollout("clinic", {"C01": GO_LIVE, "C02": date(2025, 7, 1)}), pool=pool,
        link=link, vendor_contract=VendorContract(date(2025, 6, 1), date(2026, 6, 1)), **more,
    )  # fmt: skip


def pool(*entries: tuple[str, str, Target | None]) -> tuple[PoolMetric, ...]:
    return tuple(PoolMetric(name, role, target) for name, role, target in entries)


def push_module() -> ModuleInputs:
    name = "content_push"
    declared = module(
        name, "内容推送决策", "內容推送決策", "Content push", "content_push",
        pool(
            ("push_hit_rate", "goal", Target("relative", 0.15, date(2025, 12, 31))),
            ("visit_rate", "goal", Target("absolute", 0.05, date(2026, 6, 30))),
            ("repurchase_rate", "secondary", None), ("spend_per_customer", "secondary", None),
            ("satisfaction_score", "guardrail", None), ("complaint_rate", "guardrail", None),
        ),
        claims=(Claim("hit", "push_hit_rate", "relative", 1.2, "厂商方案书 2025-03"), Claim("visit", "visit_rate", "relative", 0.5, "厂商官网")),
    )  # fmt: skip
    outcomes: dict[str, Outcome] = {
        "push_hit_rate": effect(
            name,
            "push_hit_rate",
            0.21,
            0.47,
            0.26,
            0.0185,
            "A",
            splits=(
                Split("tenure_band", "0–1 年", 9, 0.31, 0.2, 0.42),
                Split("tenure_band", "10 年以上", 3, 0.4, 0.1, 0.7),
            ),
            event_study=events(0.26, 0.05),
        ),
        "visit_rate": effect(name, "visit_rate", 0.083, 0.121, 0.031, 0.0082),
        "repurchase_rate": effect(name, "repurchase_rate", 0.184, 0.193, 0.004, 0.0061),
        "spend_per_customer": effect(name, "spend_per_customer", 1284.5, 1361.2, 48.3, 21.7),
        "satisfaction_score": effect(name, "satisfaction_score", 4.12, 4.31, 0.15, 0.04),
        "complaint_rate": effect(name, "complaint_rate", 0.0061, 0.0058, -0.0002, 0.0004),
    }
    lines = [
        benefit(
            name,
            "visits",
            "visit_rate",
            "revenue",
            "新增到店毛利",
            "新增到店毛利",
            "Margin of extra visits",
            "1840.4",
            "620.00",
            SINCE,
            margin="0.55",
            share="0.8",
        ),
        benefit(
            name,
            "repeat",
            "repurchase_rate",
            "retention",
            "留住老客毛利",
            "留住老客毛利",
            "Margin of customers retained",
            "210.5",
            "1284.50",
            SINCE,
            margin="0.55",
            destination="revenue_retained",
            grade="B",
        ),
        benefit(
            name,
            "sms",
            "push_hit_rate",
            "ad_waste",
            "减少无效短信",
            "減少無效簡訊",
            "Text messages saved",
            "412000",
            "0.045",
            SINCE,
            destination="spend_removed",
            ledger="realised",
            grade="A",
        ),
        benefit(
            name,
            "hours",
            "push_hit_rate",
            "labour",
            "运营工时",
            "營運工時",
            "Hours of operations",
            "960",
            "48.50",
            SINCE,
            realisation="0.3",
            destination="capacity_freed",
            grade="D",
            is_in_rating=False,
            excluded=Message("below_grade", {"grade": "D"}),
        ),
    ]
    costs = [
        cost(name, "licence", "平台授权费", "平台授權費", "Platform licence", "96000", SINCE),
        cost(
            name, "data_subscription", "数据订阅", "數據訂閱", "Data subscription", "24000.4", SINCE
        ),
        cost(
            name,
            "usage",
            "模型调用",
            "模型調用",
            "Model tokens",
            "18333.181152",
            SINCE,
            basis="per_use",
            quantity=D(1304000),
            unit_amount=D("0.00198"),
            currency="USD",
            exchange_rate=D("7.1006"),
            is_recorded=False,
        ),
        cost(name, "human_review", "人工复核", "人工複核", "Human review", "12250.3", SINCE),
        cost(
            name,
            "training",
            "上线培训",
            "上線培訓",
            "Go-live training",
            "3200",
            SINCE,
            is_counted=False,
            left_out_because=Message("small_training", {"limit": 5000}),
        ),
    ]
    rated = statement(name, SINCE, costs, lines)
    more = {
        "tornado": (
            Swing("visit_margin", {"zh-CN": "单次到店毛利", "zh-TW": "單次到店毛利", "en": "Margin per visit"}, D("0.45"), D("0.62"), D("2.02"), D("3.55"), D("0.45")),
            Swing("attribution_share", {"zh-CN": "归因份额", "zh-TW": "歸因份額", "en": "Attribution share"}, D("0.6"), D("0.9"), D("2.25"), D("3.38")),
            Swing("token_price", {"zh-CN": "模型调用单价", "zh-TW": "模型調用單價", "en": "Price per token"}, D("0.8"), D("1.4"), D("3.1"), D("2.82")),
            Swing("hostile", {"zh-CN": HOSTILE, "en": HOSTILE}, D("1"), D("2"), D("2.9"), D("3.05")),
        ),
        "claims": (
            ClaimAudit("hit", "push_hit_rate", 1.2, "relative", 1.238, 1.065, 1.41, 0.247, "consistent", Message("claim_seen", {"claimed": 1.2})),
            ClaimAudit("visit", "visit_rate", 0.5, "relative", 0.344, 0.166, 0.523, 0.255, "smaller", Message("claim_small", {"claimed": 0.5})),
        ),
        "targets": (
            TargetAudit("push_hit_rate", 0.15, "relative", 1.238, 0.999, "reached", Message("claim_seen", {"claimed": 0.15})),
            TargetAudit("visit_rate", 0.05, "absolute", 0.031, 0.22, "open", Message("claim_small", {"claimed": 0.05})),
        ),
    }  # fmt: skip
    more |= {
        "credit": (
            CreditLine("visit_rate", (name, "follow_up"), D(2600), D(7420), D("2300.5"), D("1840.4"), D("451855.008"), D("564818.76")),
            CreditLine("repurchase_rate", (name,), None, D(3120), D("210.5"), D("210.5"), D("133841.68"), D("133841.68")),
        ),
        "soft": (SoftFigure("complaint_rate", "quality", "unchanged", Message("lunar")),),
        "rating_before_change": Rating("large", "default-2025", "outright", "acceptable", "optimise", D(3), D("3.5"), 0.2),
        "notes": (Message("lunar"),),
    }  # fmt: skip
    previous = PreviousEdition("2025-Q4/final-1", "2025-Q4", D("2.63"), "acceptable", "optimise", (
        BridgeStep("new_data", D("0.52"), Message("late", {"n": 1240})),
        BridgeStep("late_data", D("-0.04"), Message("late", {"n": 31})),
        BridgeStep("assumption", D("-0.11"), Message("cost_more", {"what": "模型调用", "amount": "1833"})),
    ))  # fmt: skip
    effects = ModuleEffects(name, "2026-Q1", outcomes, notes=(Message("lunar"),))
    valued = value(
        name,
        rated,
        statement(name, CYCLE, costs[:2], lines[:1]),
        "outright",
        "excellent",
        "expand",
        0.87,
        **more,
    )
    trend = (
        ("2025-Q2", None, None),
        ("2025-Q3", D("0.42"), 0.03),
        ("2025-Q4", D("2.63"), 0.61),
        ("2026-Q1", rated.returns.roi, 0.87),
    )
    return ModuleInputs(declared, effects, valued, previous, trend)


def assistant_module() -> ModuleInputs:
    name = "smart_assistant"
    declared = module(
        name, "客户意图识别", "客戶意圖識別", "Intent recognition", "intent",
        pool(("response_seconds_per_chat", "goal", Target("level", 5.0, date(2025, 12, 31))), ("satisfaction_score", "guardrail", None)), kind="service",
    )  # fmt: skip
    outcomes: dict[str, Outcome] = {
        "response_seconds_per_chat": effect(
            name, "response_seconds_per_chat", 36.0, 4.8, -30.9, 0.8
        ),
        "satisfaction_score": effect(name, "satisfaction_score", 3.9, 4.54, 0.62, 0.06),
    }
    lines = [
        benefit(
            name,
            "labour",
            "response_seconds_per_chat",
            "labour",
            "客服工时释放",
            "客服工時釋放",
            "Service hours freed",
            "21450",
            "48.50",
            SINCE,
            realisation="0.3",
            destination="capacity_freed",
        )
    ]
    costs = [
        cost(name, "seats", "坐席费", "座席費", "Seats", "150000", SINCE),
        cost(
            name, "operations_staff", "兼职运维", "兼職維運", "Part-time maintainer", "36000", SINCE
        ),
    ]
    rated = statement(name, SINCE, costs, lines)
    finding = Finding(
        "trends_agree_before_go_live",
        f"{name}.satisfaction_score",
        passed=False,
        severity="warn",
        message=Message("trend_clear", {"metric": "satisfaction_score", "p": 0.03}),
    )
    effects = ModuleEffects(name, "2026-Q1", outcomes, findings=(finding,))
    return ModuleInputs(
        declared, effects, value(name, rated, rated, "provisional", "acceptable", "optimise", 0.61)
    )


def script_module() -> ModuleInputs:
    name = "script_generation"
    declared = module(
        name,
        "销售话术生成",
        "銷售話術生成",
        "Sales-script generation",
        "script",
        pool(
            ("orders_per_seller_day", "goal", Target("relative", 0.2, date(2026, 6, 30))),
            ("hostile_rate", "secondary", None),
        ),
    )
    reason = Message("few_units", {"n": 3, "needed": 5})
    outcomes: dict[str, Outcome] = {
        "orders_per_seller_day": Inconclusive(
            name, "orders_per_seller_day", reason, plan=PLAN, baseline_value=1.31, post_value=1.62
        ),
        "hostile_rate": Inconclusive(
            name, "hostile_rate", Message("no_sentence_for_this", {"value": HOSTILE}), plan=PLAN
        ),
    }
    costs = [cost(name, "licence", HOSTILE, HOSTILE, HOSTILE, "48000", SINCE)]
    rated = statement(name, SINCE, costs, [])
    valued = value(name, rated, rated, "too_early", None, "wait", None)
    return ModuleInputs(declared, ModuleEffects(name, "2026-Q1", outcomes), valued)


def follow_up_module() -> ModuleInputs:
    name = "follow_up"
    declared = module(
        name,
        "回访节点预测",
        "回訪節點預測",
        "Follow-up prediction",
        "follow_up",
        pool(("follow_up_days", "goal", None), ("complaint_rate", "guardrail", None)),
    )
    outcomes: dict[str, Outcome] = {
        "follow_up_days": effect(name, "follow_up_days", 6.1, 3.5, -2.5, 0.3),
        "complaint_rate": effect(name, "complaint_rate", 0.0061, 0.0094, 0.0031, 0.0009),
    }
    lines = [
        benefit(
            name,
            "hours",
            "follow_up_days",
            "labour",
            "回访工时",
            "回訪工時",
            "Follow-up hours",
            "820",
            "48.50",
            SINCE,
            realisation="0.3",
            destination="capacity_freed",
        )
    ]
    costs = [cost(name, "licence", "授权费", "授權費", "Licence", "60000", SINCE)]
    rated = statement(name, SINCE, costs, lines)
    return ModuleInputs(
        declared,
        ModuleEffects(name, "2026-Q1", outcomes),
        value(name, rated, rated, "outright", "review", "stop", 0.004),
    )


def standard() -> Standard:
    bands = (
        Band("excellent", D(2), "expand"),
        Band("acceptable", D(0), "optimise"),
        Band("review", None, "stop"),
    )
    return Standard("default-2026", date(2020, 1, 1), (Tier("large", 101, 12, 12, bands, "C"),))


def study(modules: tuple[Module, ...]) -> Study:
    return Study(
        id="clinic", folder=PurePosixPath("/srv/clinic"), company=text("悦颜医美连锁", "悅顏醫美連鎖", "Yueyan Aesthetic Clinics"),
        headcount=860, currency="CNY", languages=("zh-CN", "zh-TW", "en"), timezone="Asia/Shanghai", cycle_kind="quarter",
        history=Window(date(2025, 1, 1), date(2026, 5, 1)), modules=modules, contracts=(), metrics=METRICS, standards=(standard(),),
        assumptions=(Assumption("loaded_hour_cost", D("48.50"), "CNY/hour", "=ERP 工资表 2025-12", "财务部", date(2026, 1, 5), D(42), D(55)),),
        people_key="a secret nobody may read",
    )  # fmt: skip


def provenance() -> Provenance:
    files = (
        FileLoad("telephony__calls/exports/telephony/2026-01.csv", "telephony__calls", "exports/telephony/2026-01.csv", "a" * 64, 48_211_002, "loaded", 120_450, 120_310, 96, 44, 12, "gb18030"),
        FileLoad("telephony__calls/exports/telephony/2026-02.csv", "telephony__calls", "exports/telephony/2026-02.csv", "b" * 64, 39_211_002, "loaded", 98_020, 97_984, 36, 0, 0, "gb18030"),
        FileLoad("crm__customers/exports/crm/客户.xlsx", "crm__customers", "exports/crm/客户.xlsx", "c" * 64, 2_211_002, "refused", 8_800, 0, 8_800, 0, 0, ""),
    )  # fmt: skip
    rules = (
        RuleResult("telephony__calls", "a_call_ends_after_it_starts", "row", "ended_at", "warn", passed=False, n_checked=218_470, n_unexpected=132, tolerance=0.0, expected="ended_at >= started_at", is_row_rule=True),
        RuleResult("telephony__calls", "call_id_is_never_null", "null", "call_id", "stop", passed=True, n_checked=218_470, n_unexpected=0, tolerance=0.0, expected="not null"),
        RuleResult("crm__customers", "the_export_is_fresh", "freshness", None, "stop", passed=False, n_checked=8_800, n_unexpected=0, tolerance=0.0, expected="≤ 3 days", observed="19 days"),
    )  # fmt: skip
    return Provenance(
        package_version="0.1.0", as_of=date(2026, 4, 9), config_sha256="d" * 64, files=files,
        sql={"facts/calls.sql": "e" * 64, "metrics/calls_daily.sql": "f" * 64}, versions={"duckdb": "2.0.0", "polars": "2.1.0"},
        validations=(Validation("telephony__calls", rules[:2], ()), Validation("crm__customers", rules[2:], ())), seed=20260401,
    )  # fmt: skip


def clinic_edition() -> EditionInputs:
    """The whole edition of the quarter."""
    modules = (assistant_module(), script_module(), push_module(), follow_up_module())
    lines = [line for m in modules for line in m.value.rated.benefits]
    costs = [line for m in modules for line in m.value.rated.costs]
    together = statement("portfolio", SINCE, costs, lines)
    return EditionInputs(
        study=study(tuple(m.module for m in modules)), cycle=cycle_from_key("2026-Q1", as_of=date(2026, 4, 9)),
        status="final", number=1, modules=modules,
        missing={"image_review": Message("not_live", {"day": date(2026, 6, 1)})},
        portfolio=value("portfolio", together, together, "provisional", "acceptable", "optimise", 0.55), provenance=provenance(),
    )  # fmt: skip
