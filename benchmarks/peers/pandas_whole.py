"""The pandas job with what the product does besides: quarantine, accounting, archive, interval, report."""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import pandas as pd
from pandas_job import FRESH_DAYS, LAST_DAY, broken, daily_sums, read

GO_LIVE = pd.Timestamp("2025-07-01")


def effect(daily: pd.DataFrame) -> dict[str, float]:
    """Difference in differences of the connect rate, teams as clusters, with a 95 % interval."""
    daily = daily.assign(
        is_post=pd.to_datetime(daily["calendar_date"]) >= GO_LIVE,
        is_treated=daily["team_id"].str[1:].astype(int) % 2 == 0,
    )
    sums = daily.groupby(["team_id", "is_treated", "is_post"])[
        ["connected_calls_count", "calls_count"]
    ].sum()
    rate = (sums["connected_calls_count"] / sums["calls_count"]).unstack("is_post")  # noqa: PD010 - one value each
    change = (rate[True] - rate[False]).groupby("is_treated").agg(["mean", "var", "count"])
    estimate = change.loc[True, "mean"] - change.loc[False, "mean"]
    error = (change["var"] / change["count"]).sum() ** 0.5
    return {
        "estimate": estimate,
        "lower": estimate - 1.96 * error,
        "upper": estimate + 1.96 * error,
    }


def main() -> None:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True)
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    shutil.copyfile(source, out / digest)
    calls = read(str(source))
    n_read, reasons = len(calls), broken(calls)
    quarantined = pd.concat(
        [calls[rows].assign(rule=rule) for rule, rows in reasons.items() if rows.any()]
        or [calls.head(0)]
    )
    quarantined.to_parquet(out / "quarantine.parquet")
    kept = calls.drop(quarantined.index.unique())
    if n_read != len(kept) + quarantined.index.nunique():
        sys.exit("rows are missing")
    kept.to_parquet(out / "calls.parquet")
    daily = daily_sums(kept)
    daily.to_parquet(out / "daily.parquet")
    found = {
        "sha256": digest,
        "rows": {"read": n_read, "loaded": len(kept), "quarantined": n_read - len(kept)},
        "is_fresh": bool((LAST_DAY - kept["started_at"].max()).days <= FRESH_DAYS),
        "rules": {rule: int(rows.sum()) for rule, rows in reasons.items()},
        "effect": effect(daily),
    }
    (out / "figures.json").write_text(json.dumps(found, indent=1), "utf-8")
    rows = "".join(f"<tr><td>{key}</td><td>{value}</td></tr>" for key, value in found.items())
    (out / "report.html").write_text(f"<table>{rows}</table>", "utf-8")


if __name__ == "__main__":
    main()
