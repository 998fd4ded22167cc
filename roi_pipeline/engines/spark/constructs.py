"""The constructs of DuckDB SQL that Spark reads alike, or that a rule of `dialect` translates.

sqlglot passes what it does not know through unchanged, and some of what it knows it translates to
another meaning. So it is the other way about here: what is not on these lists is refused, by file,
line and construct. `tests/unit/engines/spark` runs whatever is on them on both engines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import NeedsAHuman, Problem
from roi_pipeline.engines.sql_catalogue import SqlFile

if TYPE_CHECKING:
    from sqlglot import exp

NODES = frozenset(
    [
        "Abs",
        "Add",
        "Alias",
        "And",
        "ArrayContains",
        "Avg",
        "BitwiseAnd",
        "BitwiseOrAgg",
        "Boolean",
        "Bracket",
        "Case",
        "Cast",
        "Ceil",
        "Coalesce",
        "Column",
        "Count",
        "CTE",
        "DataType",
        "DataTypeParam",
        "DateDiff",
        "DateFromParts",
        "Distinct",
        "Div",
        "EQ",
        "Exists",
        "Explode",
        "Extract",
        "Filter",
        "Floor",
        "From",
        "Greatest",
        "Group",
        "GT",
        "GTE",
        "Having",
        "Identifier",
        "If",
        "In",
        "IntDiv",
        "Interval",
        "Is",
        "Join",
        "Lag",
        "Lead",
        "Least",
        "Literal",
        "LogicalAnd",
        "LogicalOr",
        "LT",
        "LTE",
        "Max",
        "Min",
        "Mod",
        "Month",
        "Mul",
        "Neg",
        "NEQ",
        "Not",
        "Null",
        "Or",
        "Order",
        "Ordered",
        "Paren",
        "PercentileCont",
        "Placeholder",
        "RowNumber",
        "Select",
        "Sqrt",
        "Star",
        "Sub",
        "Subquery",
        "Sum",
        "Table",
        "TableAlias",
        "TimeToUnix",
        "Tuple",
        "Union",
        "UnixToTime",
        "Var",
        "Where",
        "Window",
        "With",
        "Year",
    ]
)
FUNCTIONS = frozenset({"epoch_us", "md5_number_lower", "row", "timezone"})
TYPES = frozenset(
    "BIGINT BOOLEAN DATE DECIMAL DOUBLE INT TEXT TIMESTAMP TIMESTAMPNTZ VARCHAR ARRAY".split()  # noqa: SIM905
)
PARTS_OF_DATES = frozenset({"DAY", "MONTH", "YEAR"})
UNITS = frozenset({"DAY", "MONTH", "YEAR", "HOUR", "MINUTE", "SECOND"})
# Clauses of a SELECT or a join that are no node of their own.
ARGUMENTS = frozenset({"distinct_on", "qualify", "sample", "pivots", "using", "method", "by_name"})


@dataclass(frozen=True, slots=True)
class Refused:
    """A construct that has no place on another engine.

    Attributes:
        line: of the file; 0 when the parser did not keep it.
    """

    construct: str
    line: int
    why: str = "Spark may read it differently"


def refused_constructs(file: SqlFile, known_functions: frozenset[str]) -> tuple[Refused, ...]:
    """What of a file may not be translated; `known_functions` are the macros of `sql/macros/`."""
    import sqlglot

    tree = sqlglot.parse_one(file.sql, read="duckdb")
    found = (each for node in tree.walk() for each in _refused(node, known_functions))
    return tuple(dict.fromkeys(found))


def refuse_constructs(file: SqlFile, known_functions: frozenset[str]) -> None:
    """Raise with every construct of a file that may not be translated.

    Raises:
        NeedsAHuman: there is one; the message names file, line and construct.
    """
    if refused := refused_constructs(file, known_functions):
        listed = "; ".join(f"line {each.line}: {each.construct} ({each.why})" for each in refused)
        raise NeedsAHuman(
            f"sql/{file.path} cannot run on Spark: {listed}. "
            'Write it with the constructs of sql/README.md, or set engine.kind = "duckdb"'
        )


def construct_problems(file: SqlFile, known_functions: frozenset[str]) -> Iterator[Problem]:
    """The same as problems of the study's SQL."""
    for each in refused_constructs(file, known_functions):
        yield Problem(
            f"sql/{file.path}", "", each.construct, "SQL that both engines read alike",
            f'{each.why}. Write it otherwise, or set engine.kind = "duckdb".', line=each.line,
        )  # fmt: skip


def _refused(node: "exp.Expr", known_functions: frozenset[str]) -> Iterator[Refused]:  # noqa: C901 - a table of constructs
    from sqlglot import exp

    line, name = _line_of(node), type(node).__name__
    match node:
        case exp.Anonymous() if node.name.lower() not in FUNCTIONS | known_functions:
            yield Refused(f"{node.name.lower()}()", line)
        case exp.Anonymous():
            pass
        case exp.DataType():
            if node.this.name not in TYPES:
                yield Refused(f"type {node.sql('duckdb').lower()}", line)
        case exp.TryCast():  # a kind of Cast
            yield Refused("try_cast", line)
        case exp.Extract() if str(node.this).upper() not in PARTS_OF_DATES:
            yield Refused(f"extract({str(node.this).lower()} …)", line)
        case exp.Interval() if str(node.args.get("unit")).upper() not in UNITS:
            yield Refused(node.sql("duckdb").lower(), line)
        case exp.Distinct() if node.args.get("on"):
            yield Refused("distinct on", line)
        case exp.Group() if node.args.get("all"):
            yield Refused("group by all", line)
        case exp.Table() if not isinstance(node.this, exp.Identifier):
            yield Refused(f"table function {node.sql('duckdb').lower()}", line)
        case _ if name not in NODES:
            yield Refused(_worded(node), line)
    for argument in sorted(ARGUMENTS & {key for key, value in node.args.items() if value}):
        yield Refused(f"{argument.replace('_', ' ')} of {name.lower()}", line)


def _worded(node: "exp.Expr") -> str:
    text = node.sql("duckdb").lower().replace("\n", " ")
    return text if len(text) <= 40 else f"{type(node).__name__.lower()} {text[:30]}…"  # noqa: PLR2004


def _line_of(node: "exp.Expr") -> int:
    """Line the parser kept of a node, of what is inside it, or of what it stands in."""
    for part in node.walk():
        if line := part.meta.get("line"):
            return int(line)
    return 0 if node.parent is None else _line_of(node.parent)
