"""The job somebody would write in pandas: read, check, sum by team and day."""

import sys

import pandas as pd

NAMES = ["call_id", "team_id", "agent_id", "started_at", "talk_seconds", "outcome_type", "note"]
WORDS = {"接通": "connected", "未接": "missed", "忙线": "busy", "拒接": "refused"}
LAST_DAY, FRESH_DAYS, LONGEST = pd.Timestamp("2026-01-01"), 7, 600


def read(path: str) -> pd.DataFrame:
    calls = pd.read_csv(path, names=NAMES, header=0, engine="pyarrow")
    calls["started_at"] = pd.to_datetime(calls["started_at"])
    calls["outcome_type"] = calls["outcome_type"].map(WORDS)
    return calls


def broken(calls: pd.DataFrame) -> dict[str, pd.Series]:
    """Rule → which rows break it."""
    rules = {f"{name}_is_never_null": calls[name].isna() for name in NAMES[:4]}
    rules["call_id_is_unique"] = calls["call_id"].duplicated(keep=False)
    rules["talk_seconds_is_within_its_range"] = ~calls["talk_seconds"].between(0, LONGEST)
    rules["outcome_type_is_known"] = calls["outcome_type"].isna()
    talked = (calls["outcome_type"] != "connected") & (calls["talk_seconds"] != 0)
    rules["only_connected_calls_talk"] = talked
    return rules


def daily_sums(calls: pd.DataFrame) -> pd.DataFrame:
    calls = calls.assign(
        calendar_date=calls["started_at"].dt.date, is_connected=calls["outcome_type"] == "connected"
    )
    return calls.groupby(["team_id", "calendar_date"], as_index=False).agg(
        calls_count=("call_id", "size"),
        connected_calls_count=("is_connected", "sum"),
        talk_seconds=("talk_seconds", "sum"),
    )


def main() -> None:
    calls = read(sys.argv[1])
    for rule, rows in broken(calls).items():
        if rows.any():
            sys.exit(f"failed: {rule}, {rows.sum()} rows")
    if (LAST_DAY - calls["started_at"].max()).days > FRESH_DAYS:
        sys.exit("failed: not fresh")
    daily_sums(calls).to_parquet(sys.argv[2])


if __name__ == "__main__":
    main()
