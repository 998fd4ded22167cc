"""Writes the skeleton of a study: contracts to fill in, one module to describe, a study to name.

What a company has to state itself is left blank, so that `roi check` names it file by file. Which
metrics the chosen exports allow is worked out by the caller.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from roi_pipeline.domain.errors import NeedsAHuman, UnknownName
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.resources import shipped_folder

FIRST_MODULE = "first_module"


@dataclass(frozen=True, slots=True)
class System:
    """A company's system: what it exports and what a module in it is usually judged by.

    Attributes:
        tables: contracts of the catalogue.
        pool: metrics, the goal first; empty when nothing is usual.
    """

    name: str
    sentence: str
    tables: tuple[str, ...]
    pool: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measurable:
    """A metric the chosen exports allow, and the units it can be compared by.

    Attributes:
        is_certain: nothing its daily table could be fed by is missing; else it may be zero for ever.
    """

    metric: Metric
    units: tuple[str, ...]
    is_certain: bool = True


def read_systems() -> dict[str, System]:
    """Every name `--source` takes: companies' words, systems of the contracts, single exports."""
    catalogue = shipped_folder("catalogue")
    tables = sorted(path.stem for path in (catalogue / "contracts").glob("*.toml"))
    by_system: dict[str, list[str]] = {}
    for table in tables:
        by_system.setdefault(table.partition("__")[0], []).append(table)
    known = {table: System(table, "one export", (table,)) for table in tables}
    for name, own in by_system.items():
        known[name] = System(name, "every export of this system", tuple(own))
    declared = tomllib.loads((catalogue / "systems.toml").read_text("utf-8"))
    for name, entry in declared.items():
        known[name] = System(name, entry["sentence"], tuple(entry["tables"]), tuple(entry["pool"]))
    return known


def chosen_systems(names: Iterable[str]) -> tuple[System, ...]:
    """The systems of these names.

    Raises:
        UnknownName: with the nearest name and all that are known.
    """
    known = read_systems()
    for name in names:
        if name not in known:
            worth = known if "__" in name else [each for each in known if "__" not in each]
            raise UnknownName("source", name, worth)
    return tuple(known[name] for name in names)


def tables_of(systems: Iterable[System]) -> tuple[str, ...]:
    """The exports of several systems, each once."""
    return tuple(dict.fromkeys(table for system in systems for table in system.tables))


def write_skeleton(
    folder: Path, systems: Sequence[System], measurable: Mapping[str, Measurable]
) -> tuple[str, ...]:
    """Write the study into a new or empty folder and return the files, relative to it.

    Raises:
        NeedsAHuman: the folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NeedsAHuman(
            f"{folder} is not empty; expected a new or empty folder for the study. "
            "Choose another folder, or empty this one first"
        )
    tables = tables_of(systems)
    files = {
        "study.toml": _study(folder.resolve().name),
        f"modules/{FIRST_MODULE}.toml": _module(systems, measurable),
        **{f"sources/{table}.toml": _contract(table, tables) for table in tables},
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "exports").mkdir(exist_ok=True)
    return tuple(files)


def _contract(table: str, tables: Collection[str]) -> str:
    """A source that extends a contract of the catalogue, each column with room for its header."""
    name = f"catalogue/contracts/{table}.toml"
    text = (shipped_folder("catalogue") / "contracts" / f"{table}.toml").read_text("utf-8")
    contract = tomllib.loads(text)
    location = "\n".join(f'{key} = "{value}"' for key, value in contract["location"].items())
    columns = "\n".join(_column(column) for column in contract["column"])
    omitted = [
        f'    "columns.{column["name"]}.references",  # until there is sources/{other}.toml'
        for column in contract["column"]
        if (other := column.get("references", "").partition(".")[0]) and other not in tables
    ]
    omit = "\n".join(["omit = [", *omitted, "]\n"]) if omitted else ""
    return f"""\
# {contract["comment"]}
# Behind each column stands the system's own word for it: put that in, and where they differ its formats
# and values: {{ header = "…", formats = ["%Y/%m/%d"], values = {{ "…" = "won" }} }}. A column the system does
# not have may go: omit = ["columns.…"], unless it is required.
extends = "{name}"
{omit}
[location]
{location}

[columns]
{columns}
"""


def _column(column: Mapping[str, object]) -> str:
    name, required = column["name"], ", required" if column.get("is_required") else ""
    return f'{name} = "{name}"   # {column["type"]}{required}: {column["comment"]}'


def _study(name: str) -> str:
    plain = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")
    study_id = plain if re.match(r"[a-z]", plain) else "my-study"
    return f"""\
# Every key is explained in docs/study.md. What is blank has to be filled in; `roi check` lists it.
id = "{study_id}"
company = {{ zh-CN = "" }}             # or en, zh-TW; several: {{ zh-CN = "…", en = "…" }}
# headcount = 60                     # of the whole company: decides how the rating is given
currency = ""                        # of the reports: CNY, TWD, USD
languages = ["zh-CN", "en"]          # zh-CN, zh-TW, en
timezone = ""                        # of the exports' times: Asia/Shanghai, Asia/Taipei
country = "CN"                       # public holidays
cycle = "quarter"                    # month, quarter, half_year, year
# history = {{ start = 2025-01-01 }}    # the first day the exports cover
people_key_variable = "ROI_PEOPLE_KEY"   # environment variable with a secret; keep it for ever

# [[reader]]
# address = "owner@example.com"
# language = "zh-CN"
"""


def _module(systems: Sequence[System], measurable: Mapping[str, Measurable]) -> str:
    certain = [name for name, each in measurable.items() if each.is_certain]
    usual = [name for system in systems for name in system.pool if name in measurable]
    pool = list(dict.fromkeys(usual or certain[:1] or [*measurable][:1]))
    units = measurable[pool[0]].units if pool else ()
    pool = [name for name in pool if not units or units[0] in measurable[name].units]
    others = [name for name in dict.fromkeys((*usual, *certain)) if name not in pool]
    return "\n".join(
        [
            _module_head(units),
            *(_pooled(measurable[name].metric, is_goal=name == pool[0]) for name in pool),
            "# What else these exports allow (docs/catalogue.md has every metric in three languages):",
            *(_other(measurable[name]) for name in others),
            "",
            _money(),
        ]
    )


def _other(measurable: Measurable) -> str:
    metric, units = measurable.metric, ", ".join(measurable.units)
    return f"#   {metric.id}: {metric.sentence.into('en')}" + (f" (by {units})" if units else "")


def _module_head(units: Sequence[str]) -> str:
    unit = units[0] if units else ""
    known = ", ".join(units) or "what the exports' columns ending in _id name"
    return f"""\
# One AI module. Write this before anybody looks at results; docs/study.md explains every key.
id = "{FIRST_MODULE}"
name = {{ zh-CN = "" }}
scene = {{ zh-CN = "" }}   # the business scene it works in
owner = ""               # the department that answers for it
# selection_window = {{ start = 2025-05-01, end = 2025-06-01 }}   # the weeks on which units were chosen

[rollout]
unit = "{unit}"          # what is compared: {known}
# [rollout.go_live]      # the day each unit got the module; units not named are the comparison
# T01 = 2025-07-01
# everywhere_from = 2025-07-01   # instead, if everybody got it at once
"""


def _pooled(metric: Metric, *, is_goal: bool) -> str:
    role = "goal" if is_goal else "secondary"
    target = (
        '# target = { kind = "relative", value = 0.10, deadline = 2025-12-31 }\n' if is_goal else ""
    )
    return f"""\
[[pool]]
metric = "{metric.id}"   # {metric.sentence.into("en")}
role = "{role}"
{target}"""


def _money() -> str:
    return """\
# What it costs and what a change of a metric is worth; without them there is no ROI.
# [[cost]]
# id = "licence"
# category = "licence"
# name = { zh-CN = "月租", en = "Monthly fee" }
# amount = "2600"
# basis = "per_month"
# start = 2025-07-01
# source = "contract 2025-17"
"""
