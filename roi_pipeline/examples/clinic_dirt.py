"""The dirty rows of the clinic study."""

from collections.abc import Mapping
from datetime import datetime

from roi_pipeline.examples.dirt import HOSTILE_TEXTS, Dirt

NOBODY, NO_SELLER = "K9999999", "S99999"
LAST_EVENING = datetime(2026, 4, 30, 12)  # noqa: DTZ001 - UTC, as the platform writes it


def _key(header: str, column: str) -> Dirt:
    return Dirt("missing key", {header: None}, column)


def _unknown(header: str, column: str = "customer_id_crm", value: str = NOBODY) -> Dirt:
    return Dirt("unknown reference", {header: value}, column, found="unknown_reference")


DIRT: Mapping[str, tuple[Dirt, ...]] = {
    "telephony__calls": (
        _key("通话编号", "call_id_telephony"),
        Dirt("bad date", {"拨打时间": ("2025/13/45 09:00:00", "昨天上午")}, "started_at"),
        Dirt(
            "negative duration", {"接通状态": "接通", "通话时长": "-00:01:30"}, "talk_seconds"
        ),
        Dirt("out of range", {"接通状态": "接通", "通话时长": "05:30:00"}, "talk_seconds"),
        Dirt("unknown code", {"呼叫方向": "转接"}, "direction_type"),
        Dirt("bad phone", {"客户号码": ("12345", "无号码")}, "customer_phone"),
        Dirt(
            "talk time without connection",
            {"接通状态": "占线", "通话时长": "00:03:10", "话术质检": "未检"},
            rule="only_connected_calls_have_talk_time",
        ),
    ),
    "chat__inquiries": (
        _key("sessionId", "chat_id_chat"),
        Dirt("bad date", {"createdAt": "2025-02-30T10:00:00+08:00", "closedAt": None,
                          "reopenedAt": None}, "started_at"),
        Dirt("negative duration", {"firstResponseSeconds": -5.0}, "response_seconds"),
        Dirt("out of range", {"firstResponseSeconds": 86400.0}, "response_seconds"),
        Dirt("unknown code", {"handledBy": "parrot"}, "handled_by"),
        _unknown("customerId"),
        Dirt(
            "closed before it began",
            {"closedAt": "2024-12-31T10:00:00+08:00", "reopenedAt": None, "closedBy": "agent"},
            rule="a_case_closes_after_it_begins",
        ),
        Dirt(
            "reopened before it was closed",
            {"closedAt": "2026-04-30T23:59:00+08:00", "closedBy": "agent",
             "reopenedAt": "2025-01-01T00:00:00+08:00"},
            rule="a_case_reopens_after_it_closes",
        ),
    ),
    "crm__customers": (
        _key("客户编号", "customer_id_crm"),
        Dirt("bad phone", {"手机号": ("12345", "无", "138001380001380013800")}, "customer_phone"),
        Dirt("unknown code", {"会员等级": "钻石"}, "level_code"),
        Dirt("bad date", {"注册时间": "0000-00-00 00:00:00"}, "registered_at"),
        Dirt("hostile text", {"姓名": HOSTILE_TEXTS, "手机号": None}, "customer_name",
             found="loaded"),
    ),
    "crm__leads": (
        _key("线索编号", "lead_id_crm"),
        Dirt("bad date", {"创建时间": "2025-06-31 08:00:00"}, "created_at"),
        Dirt("formula text", {"创建时间": "=NOW()"}, "created_at"),
        Dirt("unknown code", {"来源渠道": "电梯广告"}, "channel"),
        _unknown("客户编号"),
        Dirt("contacted before it came in", {"首次联系时间": "2024-06-01 08:00:00"},
             rule="a_lead_is_contacted_after_it_came_in"),
    ),
    "crm__opportunities": (
        _key("商机编号", "opportunity_id_crm"),
        Dirt("out of range", {"赢率": "150%"}, "win_probability_rate"),
        Dirt("formula text", {"预计金额": "=SUM(A1:A9)"}, "expected_amount"),
        _unknown("线索编号", "lead_id_crm", "L9999999"),
        Dirt("closed before it was opened", {"关闭时间": "2024-06-01 08:00:00"},
             rule="an_opportunity_closes_after_it_opens"),
    ),
    "crm__follow_ups": (
        _key("回访编号", "follow_up_id_crm"),
        Dirt("bad date", {"应完成日期": "2025年02月30日"}, "due_date"),
        Dirt("unknown code", {"结果": "再说吧"}, "result_type"),
        _unknown("客户编号"),
        Dirt("done before it was created", {"完成时间": "2024-06-01 08:00:00"},
             rule="a_task_is_done_after_it_was_created"),
    ),
    "crm__customer_events": (
        _key("事件编号", "event_id_crm"),
        Dirt("bad date", {"发生时间": "2025-04-31 12:00:00"}, "occurred_at"),
        Dirt("unknown code", {"事件类型": "路过"}, "event_type"),
        _unknown("客户编号"),
    ),
    "erp__orders": (
        _key("订单号", "order_id_erp"),
        Dirt("bad date", {"下单时间": "2025-00-10 10:00:00"}, "ordered_at"),
        Dirt("formula text", {"订单金额": "=SUM(B2:B9)"}, "order_amount"),
        Dirt("out of range", {"订单金额": "¥9,999,999.00", "退款金额": None, "退款时间": None},
             "order_amount"),
        Dirt("unknown code", {"订单状态": "挂单"}, "status_type"),
        _unknown("客户编号"),
        Dirt("more refunded than paid",
             {"订单金额": "¥100.00", "退款金额": "¥2,000.00", "订单状态": "已退款",
              "退款时间": "2026-04-30 20:00:00"},
             rule="a_refund_is_never_larger_than_the_order"),
    ),
    "erp__seller_shifts": (
        _key("班次号", "shift_id_erp"),
        Dirt("bad date", {"日期": "20251345"}, "shift_date"),
        Dirt("out of range", {"工时": "25"}, "worked_hours"),
        _unknown("工号", "seller_id", NO_SELLER),
    ),
    "ai_platform__actions": (
        _key("action_id", "action_id_ai_platform"),
        Dirt("unknown code", {"adoption": "maybe"}, "adoption_type"),
        Dirt("unknown reference", {"customer_id": NOBODY, "held_out": False}, "customer_id_crm",
             found="unknown_reference"),
        Dirt("contacted while held out", {"held_out": True, "opted_out_at": LAST_EVENING},
             rule="nobody_is_contacted_while_held_out"),
    ),
    "marketing__pushes": (
        _key("push_id", "push_id_marketing"),
        Dirt("bad date", {"sent_at": ("31.02.2025 10:00:00", "2025/01/01")}, "sent_at"),
        Dirt("unknown code", {"channel": "FAX"}, "channel"),
        _unknown("customer_id"),
        Dirt("answered before it was sent", {"interacted_at": "01.06.2024 08:00:00"},
             rule="nobody_answers_before_it_was_sent"),
    ),
    "marketing__ad_spend": (
        _key("campaign_id", "campaign_id_marketing"),
        Dirt("negative amount", {"cost_fen": "-500"}, "spend_amount"),
        Dirt("formula text", {"cost_fen": "=1+1"}, "spend_amount"),
        Dirt("more clicks than impressions", {"impressions": "3", "clicks": "40"},
             rule="nobody_clicks_what_was_not_shown"),
        Dirt("hostile text", {"campaign": HOSTILE_TEXTS}, "campaign_name", found="loaded"),
    ),
    "survey__answers": (
        _key("answer_id", "answer_id_survey"),
        Dirt("out of range", {"question": "NPS", "score": 11.0}, "score"),
        Dirt("unknown code", {"question": "CES"}, "question_type"),
        _unknown("customer_id"),
        Dirt("a score off the scale", {"question": "CSAT", "score": 9.0},
             rule="a_satisfaction_score_is_between_1_and_5"),
    ),
}  # fmt: skip
