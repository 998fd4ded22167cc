"""Turns the drawn tables into each system's own words and files, and counts what went in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from roi_pipeline.examples.clinic_dirt import kinds_of_file, soil
from roi_pipeline.examples.clinic_files import (
    write_delimited,
    write_json_lines,
    write_parquet,
    write_sqlite,
    write_workbook,
)
from roi_pipeline.examples.clinic_world import CLINICS, REGIONS, START, World
from roi_pipeline.examples.planted import DirtyRows

Writer = Callable[[pl.DataFrame, Path], None]
ISO = "%Y-%m-%d %H:%M:%S"
DIRTY_ROWS, REDELIVERED_ROWS = 3, 5


@dataclass
class Exports:
    """The folder being written, and the account of it."""

    folder: Path
    world: World
    rows: dict[str, int] = field(default_factory=dict[str, int])
    dirty: list[DirtyRows] = field(default_factory=list[DirtyRows])

    def write(self, table: str, files: Mapping[str, pl.DataFrame], writer: Writer) -> None:
        """Write the files of a table, dirty rows strewn in."""
        rng = self.world.stream(sum(table.encode()) + 1000)
        rows = max(1, round(DIRTY_ROWS * self.world.scale))
        for number, (name, frame) in enumerate(files.items()):
            path = f"exports/{name}"
            kinds = kinds_of_file(table, number, len(files))
            soiled, found = soil(rng, frame, table=table, path=path, kinds=kinds, rows=rows)
            self._put(path, soiled, writer)
            self.dirty.extend(found)

    def write_clean(self, name: str, frame: pl.DataFrame, writer: Writer) -> None:
        """Write one file as it is."""
        self._put(f"exports/{name}", frame, writer)

    def note_superseded(self, table: str, name: str, rows: int) -> None:
        """Record rows of a file that a later file delivers again."""
        if rows:
            path = f"exports/{name}"
            self.dirty.append(DirtyRows(table, path, "delivered again", "superseded", rows))

    def _put(self, path: str, frame: pl.DataFrame, writer: Writer) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        writer(frame, target)
        self.rows[path] = frame.height


def write_calls(exports: Exports, calls: pl.DataFrame) -> None:
    """Monthly CSV in GB18030; some calls of a month are delivered again with the next."""
    month = pl.col("拨打时间").dt.truncate("1mo")
    written = calls.drop("is_hidden").with_columns(
        month.alias("month"),
        _clock("等待时长"),
        _clock("通话时长"),
        month.dt.offset_by("1mo").dt.offset_by("2h10m").alias("导出时间"),
    )
    months = _by_month(written, "month")
    files, again = dict[str, pl.DataFrame](), written.clear().drop("month")
    rng = exports.world.stream(44)
    for number, (tag, frame) in enumerate(months.items()):
        name = f"telephony/calls_{tag}.csv"
        delivered_again = again.with_columns(pl.col("导出时间").dt.offset_by("1mo"))
        files[name] = _texts(pl.concat([frame, delivered_again]), "%Y/%m/%d %H:%M:%S")
        is_last = number == len(months) - 1
        again = (
            frame.clear() if is_last else frame[rng.permutation(frame.height)[:REDELIVERED_ROWS]]
        )
        exports.note_superseded("telephony__calls", name, again.height)
    exports.write(
        "telephony__calls",
        files,
        lambda frame, path: write_delimited(frame, path, encoding="gb18030"),
    )


def write_inquiries(exports: Exports, inquiries: pl.DataFrame) -> None:
    """Monthly JSON lines, gzipped, times with their offset."""
    written = inquiries.with_columns(pl.col("createdAt").dt.truncate("1mo").alias("month"))
    files = {
        f"chat/inquiries_{tag}.jsonl.gz": _texts(frame, "%Y-%m-%dT%H:%M:%S+08:00")
        for tag, frame in _by_month(written, "month").items()
    }
    exports.write("chat__inquiries", files, write_json_lines)


def write_answers(exports: Exports, answers: pl.DataFrame) -> None:
    """One table of a SQLite database."""
    files = {"survey/survey.db": _texts(answers, ISO)}
    exports.write(
        "survey__answers", files, lambda frame, path: write_sqlite(frame, path, table="answers")
    )


def write_customers(exports: Exports, customers: pl.DataFrame) -> None:
    """One CSV in UTF-8 with a byte-order mark."""
    public = customers.drop("phone", "clinic_number", "is_eligible")
    exports.write("crm__customers", {"crm/customers.csv": _texts(public, ISO)}, _with_bom)


def write_leads(exports: Exports, leads: pl.DataFrame) -> None:
    """Monthly workbooks: the third sheet, header in its second row."""
    columns = [
        "线索编号", "客户编号", "分配门店", "跟进人工号", "来源渠道", "创建时间", "首次联系时间",
        "意向确认时间", "成单时间", "更新时间",
    ]  # fmt: skip
    written = leads.select(columns).with_columns(
        pl.col("创建时间").dt.truncate("1mo").alias("month")
    )
    files = {
        f"crm/leads_{tag}.xlsx": _texts(frame, ISO)
        for tag, frame in _by_month(written, "month").items()
    }
    exports.write(
        "crm__leads",
        files,
        lambda frame, path: write_workbook(
            frame, path, sheet="线索明细", title="线索月报", dates=("创建时间", "首次联系时间")
        ),
    )


def write_opportunities(exports: Exports, opportunities: pl.DataFrame) -> None:
    """One CSV with semicolons, amounts with thousands separators, probabilities in percent."""
    amounts = [f"{amount:,.2f}" for amount in opportunities["预计金额"]]
    written = opportunities.with_columns(
        pl.Series("预计金额", amounts), pl.format("{}%", "赢率").alias("赢率")
    )
    exports.write(
        "crm__opportunities",
        {"crm/opportunities.csv": _texts(written, ISO)},
        lambda frame, path: write_delimited(frame, path, encoding="utf-8-sig", delimiter=";"),
    )


def write_follow_ups(exports: Exports, tasks: pl.DataFrame) -> None:
    """Monthly CSV in UTF-8 with a byte-order mark, due dates in Chinese."""
    written = tasks.with_columns(
        pl.col("创建时间").dt.truncate("1mo").alias("month"),
        pl.col("应完成日期").dt.strftime("%Y年%m月%d日"),
    )
    files = {
        f"crm/follow_ups_{tag}.csv": _texts(frame, ISO).with_columns(
            pl.col("完成时间").fill_null("未完成")
        )
        for tag, frame in _by_month(written, "month").items()
    }
    exports.write("crm__follow_ups", files, _with_bom)


def write_events(exports: Exports, events: pl.DataFrame) -> None:
    """Monthly gzipped CSV."""
    written = events.with_columns(pl.col("发生时间").dt.truncate("1mo").alias("month"))
    files = {
        f"crm/events_{tag}.csv.gz": _texts(frame, ISO)
        for tag, frame in _by_month(written, "month").items()
    }
    exports.write("crm__customer_events", files, _plain)


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
    exports.write_clean("erp/clinics.txt", clinics, _utf_16)
    exports.write_clean("erp/staff.txt", _texts(staff, "%Y-%m-%d"), _utf_16)


def write_shifts(exports: Exports, shifts: pl.DataFrame) -> None:
    """Monthly UTF-16 with tabs."""
    written = shifts.drop("clinic", "seller", "day").with_columns(
        pl.col("日期").dt.truncate("1mo").alias("month"), pl.col("工时").cast(pl.String)
    )
    files = {
        f"erp/shifts_{tag}.txt": _texts(frame, "%Y%m%d")
        for tag, frame in _by_month(written, "month").items()
    }
    exports.write("erp__seller_shifts", files, _utf_16)


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
    files = dict[str, pl.DataFrame]()
    for tag, frame in _by_month(both, "month").items():
        files[f"erp/orders_{tag}.txt"] = _texts(
            frame.with_columns(_yuan(frame, name) for name in ("订单金额", "毛利", "退款金额")), ISO
        )
    for tag, rows in superseded.sort("tag").iter_rows():
        exports.note_superseded("erp__orders", f"erp/orders_{tag}.txt", rows)
    exports.write("erp__orders", files, _utf_16)


def write_actions(exports: Exports, actions: pl.DataFrame) -> None:
    """Monthly Parquet, times in UTC."""
    written = actions.with_columns(pl.col("acted_at").dt.truncate("1mo").alias("month"))
    files = {
        f"ai_platform/actions_{tag}.parquet": frame
        for tag, frame in _by_month(written, "month").items()
    }
    exports.write("ai_platform__actions", files, write_parquet)


def write_pushes(exports: Exports, pushes: pl.DataFrame) -> None:
    """Monthly zipped CSV, dates in the order day, month, year."""
    written = pushes.with_columns(pl.col("sent_at").dt.truncate("1mo").alias("month"))
    files = {
        f"marketing/pushes_{tag}.csv.zip": _texts(frame, "%d.%m.%Y %H:%M:%S")
        for tag, frame in _by_month(written, "month").items()
    }
    exports.write("marketing__pushes", files, _plain)


def write_ad_spend(exports: Exports, spend: pl.DataFrame) -> None:
    """Yearly zipped CSV, money in fen."""
    text = spend.with_columns(pl.col("cost_fen", "impressions", "clicks").cast(pl.String))
    files = {
        f"marketing/ad_spend_{year}.csv.zip": _texts(frame.drop("year"), "%Y-%m-%d")
        for (year,), frame in text.partition_by("year", as_dict=True).items()
    }
    exports.write("marketing__ad_spend", files, _plain)


def _by_month(frame: pl.DataFrame, column: str) -> dict[str, pl.DataFrame]:
    """`2025-01` → its rows, in order of time."""
    parts = frame.partition_by(column, as_dict=True, include_key=False)
    return {month.strftime("%Y-%m"): parts[(month,)] for (month,) in sorted(parts)}


def _texts(frame: pl.DataFrame, form: str) -> pl.DataFrame:
    """Times written as the system writes them."""
    times = [name for name, kind in frame.schema.items() if kind.is_temporal()]
    return frame.with_columns(pl.col(times).dt.strftime(form)) if times else frame


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


def _with_bom(frame: pl.DataFrame, path: Path) -> None:
    write_delimited(frame, path, encoding="utf-8-sig")


def _plain(frame: pl.DataFrame, path: Path) -> None:
    write_delimited(frame, path, encoding="utf-8")


def _utf_16(frame: pl.DataFrame, path: Path) -> None:
    write_delimited(frame, path, encoding="utf-16", delimiter="\t")
