"""Turns the drawn tables into each system's own words and files."""

import polars as pl

from roi_pipeline.examples import files as to
from roi_pipeline.examples.clinic_world import CLINICS, REGIONS, START
from roi_pipeline.examples.exports import ISO, Exports, by_month, times_as_texts

REDELIVERED_ROWS = 5


def write_calls(exports: Exports, calls: pl.DataFrame) -> None:
    """Monthly CSV in GB18030; some calls of a month are delivered again with the next."""
    exported = pl.col("拨打时间").dt.truncate("1mo").dt.offset_by("1mo").dt.offset_by("2h10m")
    written = calls.drop("is_hidden").with_columns(
        _clock("等待时长"), _clock("通话时长"), exported.alias("导出时间")
    )
    months = by_month(written, "拨打时间", "telephony/calls_{}.csv")
    files, again = dict[str, pl.DataFrame](), written.clear()
    rng = exports.world.stream(44)
    for number, (name, frame) in enumerate(months.items()):
        delivered_again = again.with_columns(pl.col("导出时间").dt.offset_by("1mo"))
        both = pl.concat([frame, delivered_again])
        files[name] = times_as_texts(both, "%Y/%m/%d %H:%M:%S")
        is_last = number == len(months) - 1
        again = (
            frame.clear() if is_last else frame[rng.permutation(frame.height)[:REDELIVERED_ROWS]]
        )
        exports.note_superseded("telephony__calls", name, again.height)
    exports.write("telephony__calls", files, to.gb18030)


def write_inquiries(exports: Exports, inquiries: pl.DataFrame) -> None:
    """Monthly JSON lines, gzipped, times with their offset."""
    name, form = "chat/inquiries_{}.jsonl.gz", "%Y-%m-%dT%H:%M:%S+08:00"
    exports.write("chat__inquiries", _monthly(inquiries, "createdAt", name, form), to.json_lines)


def write_answers(exports: Exports, answers: pl.DataFrame) -> None:
    """One table of a SQLite database."""
    files = {"survey/survey.db": times_as_texts(answers, ISO)}
    exports.write("survey__answers", files, to.sqlite("answers"))


def write_customers(exports: Exports, customers: pl.DataFrame) -> None:
    """One CSV in UTF-8 with a byte-order mark."""
    public = times_as_texts(customers.drop("phone", "clinic_number", "is_eligible"), ISO)
    exports.write("crm__customers", {"crm/customers.csv": public}, to.with_bom)


def write_leads(exports: Exports, leads: pl.DataFrame) -> None:
    """Monthly workbooks: the third sheet, header in its second row."""
    written = leads.select(
        "线索编号", "客户编号", "分配门店", "跟进人工号", "来源渠道", "创建时间", "首次联系时间",
        "意向确认时间", "成单时间", "更新时间",
    )  # fmt: skip
    book = to.workbook("线索明细", "线索月报", dates=("创建时间", "首次联系时间"))
    exports.write("crm__leads", _monthly(written, "创建时间", "crm/leads_{}.xlsx"), book)


def write_opportunities(exports: Exports, opportunities: pl.DataFrame) -> None:
    """One CSV with semicolons, amounts with thousands separators, probabilities in percent."""
    amounts = [f"{amount:,.2f}" for amount in opportunities["预计金额"]]
    written = opportunities.with_columns(
        pl.Series("预计金额", amounts), pl.format("{}%", "赢率").alias("赢率")
    )
    files = {"crm/opportunities.csv": times_as_texts(written, ISO)}
    exports.write("crm__opportunities", files, to.semicolons)


def write_follow_ups(exports: Exports, tasks: pl.DataFrame) -> None:
    """Monthly CSV in UTF-8 with a byte-order mark, due dates in Chinese."""
    written = tasks.with_columns(pl.col("应完成日期").dt.strftime("%Y年%m月%d日"))
    files = {
        name: frame.with_columns(pl.col("完成时间").fill_null("未完成"))
        for name, frame in _monthly(written, "创建时间", "crm/follow_ups_{}.csv").items()
    }
    exports.write("crm__follow_ups", files, to.with_bom)


def write_events(exports: Exports, events: pl.DataFrame) -> None:
    """Monthly gzipped CSV."""
    files = _monthly(events, "发生时间", "crm/events_{}.csv.gz")
    exports.write("crm__customer_events", files, to.plain)


def write_reference(exports: Exports, staff: pl.DataFrame) -> None:
    """Clinics and staff of the ERP, without a fault: everything else is checked against them."""
    clinics = pl.DataFrame(
        {
            "门店编号": CLINICS,
            "门店名称": [f"颜悦医美第{number}门诊部" for number in range(1, len(CLINICS) + 1)],
            "大区": [REGIONS[number % len(REGIONS)] for number in range(len(CLINICS))],
            "开业日期": [f"{START.year - 1 - number % 6}-03-01" for number in range(len(CLINICS))],
        }
    )
    exports.write_clean("erp/clinics.txt", clinics, to.utf_16)
    exports.write_clean("erp/staff.txt", times_as_texts(staff, "%Y-%m-%d"), to.utf_16)


def write_shifts(exports: Exports, shifts: pl.DataFrame) -> None:
    """Monthly UTF-16 with tabs."""
    written = shifts.drop("clinic", "seller", "day").with_columns(pl.col("工时").cast(pl.String))
    files = _monthly(written, "日期", "erp/shifts_{}.txt", "%Y%m%d")
    exports.write("erp__seller_shifts", files, to.utf_16)


def write_orders(exports: Exports, orders: pl.DataFrame) -> None:
    """Monthly UTF-16 with tabs; an order refunded in a later month is delivered again there."""
    ordered = pl.col("下单时间").dt.truncate("1mo")
    refunded = pl.col("退款时间").dt.truncate("1mo")
    is_later = refunded.is_not_null() & (refunded > ordered)
    paid = orders.with_columns(
        ordered.alias("month"),
        pl.when(~is_later | refunded.is_null()).then("退款时间").alias("退款时间"),
    )
    late = orders.filter(is_later).with_columns(refunded.alias("month"))
    both = pl.concat([paid, late]).with_columns(
        pl.when(pl.col("退款时间").is_null()).then("订单状态").otherwise(pl.lit("已退款")),
        pl.when(pl.col("退款时间").is_null())
        .then("更新时间")
        .otherwise("退款时间")
        .alias("更新时间"),
        pl.when(pl.col("退款时间").is_not_null()).then("退款金额").alias("退款金额"),
    )
    superseded = orders.filter(is_later).group_by(ordered.dt.strftime("%Y-%m").alias("tag")).len()
    files = {
        name: times_as_texts(
            frame.drop("month").with_columns(
                _yuan(frame, name) for name in ("订单金额", "毛利", "退款金额")
            ),
            ISO,
        )
        for name, frame in by_month(both, "month", "erp/orders_{}.txt").items()
    }
    for tag, rows in superseded.sort("tag").iter_rows():
        exports.note_superseded("erp__orders", f"erp/orders_{tag}.txt", rows)
    exports.write("erp__orders", files, to.utf_16)


def write_actions(exports: Exports, actions: pl.DataFrame) -> None:
    """Monthly Parquet, times in UTC."""
    files = by_month(actions, "acted_at", "ai_platform/actions_{}.parquet")
    exports.write("ai_platform__actions", files, to.parquet)


def write_pushes(exports: Exports, pushes: pl.DataFrame) -> None:
    """Monthly zipped CSV, dates in the order day, month, year."""
    files = _monthly(pushes, "sent_at", "marketing/pushes_{}.csv.zip", "%d.%m.%Y %H:%M:%S")
    exports.write("marketing__pushes", files, to.plain)


def write_ad_spend(exports: Exports, spend: pl.DataFrame) -> None:
    """Yearly zipped CSV, money in fen."""
    text = spend.with_columns(pl.col("cost_fen", "impressions", "clicks").cast(pl.String))
    files = {
        f"marketing/ad_spend_{year}.csv.zip": times_as_texts(frame.drop("year"), "%Y-%m-%d")
        for (year,), frame in text.partition_by("year", as_dict=True).items()
    }
    exports.write("marketing__ad_spend", files, to.plain)


def _monthly(
    frame: pl.DataFrame, column: str, name: str, form: str = ISO
) -> dict[str, pl.DataFrame]:
    months = by_month(frame, column, name)
    return {name: times_as_texts(rows, form) for name, rows in months.items()}


def _clock(name: str) -> pl.Expr:
    """Seconds as hh:mm:ss."""
    seconds = pl.col(name).cast(pl.Int64)
    parts = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    return pl.concat_str(
        [part.cast(pl.String).str.zfill(2) for part in parts], separator=":"
    ).alias(name)


def _yuan(frame: pl.DataFrame, name: str) -> pl.Series:
    """Money as `¥1,234.50`."""
    amounts = frame[name]
    return pl.Series(name, [None if a is None else f"¥{a:,.2f}" for a in amounts], dtype=pl.String)
