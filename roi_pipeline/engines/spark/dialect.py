"""Translates DuckDB SQL that passed `constructs` to Spark's, with equal results.

sqlglot knows most of the differences; the rules here are the rest. They look at the types of what is
cast, divided or subtracted, which sqlglot derives from the types of the tables read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.engines.sql_catalogue import SqlFile

if TYPE_CHECKING:
    from sqlglot import exp

Types = Mapping[str, Mapping[str, str]]  # table → column → DuckDB's type
EPOCH = "1970-01-01 00:00:00"
SPARK_TYPES = {"HUGEINT": "DECIMAL(38,0)", "VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ"}


@dataclass(frozen=True, slots=True)
class Macro:
    """One shared expression of `sql/macros/`."""

    parameters: tuple[str, ...]
    body: "exp.Expr"


def read_macros(texts: Iterable[str]) -> dict[str, Macro]:
    """Macros by name, from their `create or replace macro` statements."""
    import sqlglot

    macros = dict[str, Macro]()
    for text in texts:
        statement = sqlglot.parse_one(text, read="duckdb")
        head = statement.this
        names = tuple(parameter.name for parameter in head.expressions)
        macros[head.this.name.lower()] = Macro(names, statement.expression)
    return macros


def spark_type(duckdb_type: str) -> str:
    """How Spark keeps a column of DuckDB's type.

    >>> spark_type("HUGEINT"), spark_type("DECIMAL(18,4)")
    ('DECIMAL(38,0)', 'DECIMAL(18,4)')
    """
    return SPARK_TYPES.get(duckdb_type.upper(), duckdb_type.upper())


def view_name(table: str) -> str:
    """The name of a table among Spark's temporary views, which know no schema.

    >>> view_name("facts.calls")
    'facts__calls'
    """
    return table.replace(".", "__")


def to_spark(
    file: SqlFile, macros: Mapping[str, Macro], *, types: Types, result: Mapping[str, str]
) -> str:
    """The file as one SELECT of Spark's, over views named by `view_name`.

    Args:
        file: passed `constructs`.
        macros: by name.
        types: of the columns of every table the file reads.
        result: DuckDB's types of the file's own columns, which Spark's are cast to; empty: as they come.

    Raises:
        NeedsAHuman: the type of what is cast or subtracted cannot be derived.
    """
    import sqlglot

    tree = inline_macros(sqlglot.parse_one(file.sql, read="duckdb"), macros)
    tree = _typed(tree, types, file)
    for node in reversed([*tree.walk(bfs=True)]):  # what is inside first
        new = _translated(node, file)
        if new is not node:
            node.replace(new)
    return _as_text(tree, result)


def inline_macros(tree: "exp.Expr", macros: Mapping[str, Macro]) -> "exp.Expr":
    """The tree with the body of each macro in place of its call."""
    from sqlglot import exp

    def called(node: "exp.Expr") -> "exp.Expr":
        macro = macros.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
        if macro is None:
            return node
        given = dict(zip(macro.parameters, node.expressions, strict=True))

        def filled(part: "exp.Expr") -> "exp.Expr":
            if isinstance(part, exp.Column) and not part.table and part.name in given:
                return exp.paren(given[part.name])
            return part

        return exp.paren(macro.body.copy().transform(filled))

    before = None
    while before != tree:  # a macro may call another one
        before, tree = tree, tree.transform(called)
    return tree


def _typed(tree: "exp.Expr", types: Types, file: SqlFile) -> "exp.Expr":
    """The tree with every column qualified and every expression's type derived."""
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify import qualify

    schema: dict[str, object] = {}
    for table, columns in types.items():
        folder, _, name = table.rpartition(".")
        tables = schema.setdefault(folder, dict[str, object]())
        if isinstance(tables, dict):
            tables[name] = dict(columns)
    try:
        tree = qualify(
            tree.transform(_with_zone_as_cast), schema=schema, dialect="duckdb",
            quote_identifiers=False, identify=False,
        )  # fmt: skip
        return annotate_types(tree, schema=schema, dialect="duckdb")
    except SqlglotError as error:
        raise NeedsAHuman(f"sql/{file.path} cannot be translated to Spark: {error}") from error


def _with_zone_as_cast(node: "exp.Expr") -> "exp.Expr":
    """`timezone(z, timezone('UTC', t))`, the wall clock in a zone, as something of a known type."""
    from sqlglot import exp

    if not (_is_call(node, "timezone") and _is_call(node.expressions[1], "timezone")):
        return node
    zone, inner = node.expressions
    source, moment = inner.expressions
    return exp.cast(_call("convert_timezone", source, zone, moment), "timestamp")


def _translated(node: "exp.Expr", file: SqlFile) -> "exp.Expr":  # noqa: C901, PLR0911 - a table of rules
    from sqlglot import exp

    match node:
        case exp.CTE():
            node.set("materialized", None)
            return node
        case exp.TimeToUnix():
            return _seconds(node.this)
        case exp.Div() if not node.args.get("typed"):
            return exp.Div(this=_double(node.this), expression=_double(node.expression), typed=True)
        case exp.Sub() if _is(node.this, "DATE") and _is(node.expression, "DATE"):
            return exp.cast(_call("datediff", node.this, node.expression), "bigint")
        case exp.Sub() if _is_span(node) and not isinstance(node.parent, exp.TimeToUnix):
            raise NeedsAHuman(f"sql/{file.path}: write seconds_between() for {node.sql('duckdb')}")
        case exp.PercentileCont():
            return _call("percentile", node.this, node.expression)
        case exp.Cast() if not _is_call(node.this, "convert_timezone"):
            return _translated_cast(node, file)
        case exp.Anonymous() if node.name.lower() == "row":
            return _call("struct", *node.expressions)
        case exp.Anonymous() if node.name.lower() == "epoch_us":
            return _micros(node.expressions[0])
        case exp.Anonymous() if node.name.lower() == "md5_number_lower":
            return _md5_number_lower(node.expressions[0])
        case exp.Window(this=exp.RowNumber()) if not node.args.get("order"):
            return _ordered(node)
        case exp.Table() if node.db:
            return exp.to_table(view_name(f"{node.db}.{node.name}"), alias=node.alias_or_name)
    return node


def _translated_cast(node: "exp.Cast", file: SqlFile) -> "exp.Expr":
    """A cast that gives what DuckDB's gives: Spark cuts where DuckDB rounds."""
    from sqlglot import exp

    kinds = exp.DataType.Type
    target = node.to.this
    if target not in {kinds.DECIMAL, kinds.INT, kinds.BIGINT, kinds.TEXT, kinds.VARCHAR}:
        return node
    if isinstance(node.this, exp.Null):
        return node
    source = node.this.type.this if node.this.type else kinds.UNKNOWN
    is_whole = target in {kinds.INT, kinds.BIGINT}
    if source in {kinds.DOUBLE, kinds.FLOAT}:
        if is_whole:
            return exp.cast(_call("rint", node.this), node.to)
        if target == kinds.DECIMAL:
            return _double_as_decimal(node)
    is_unknown = source == kinds.UNKNOWN and (is_whole or target == kinds.DECIMAL)
    is_cut = source == kinds.DECIMAL and is_whole and not _is_integral(node.this)
    is_spelt = source in {kinds.DOUBLE, kinds.FLOAT}
    if is_unknown or is_cut or is_spelt:
        raise NeedsAHuman(
            f"sql/{file.path}: {node.sql('duckdb')} casts "
            f"{'something of unknown type' if is_unknown else source.name.lower()} to "
            f"{target.name.lower()}, which Spark does otherwise; cast it in steps that name each type"
        )
    return node


def _is_integral(node: "exp.Expr") -> bool:
    """Whether an expression of a decimal type holds whole numbers only."""
    scale = node.type.expressions[1:] if node.type else []
    return not scale or scale[0].name == "0"


def _double_as_decimal(node: "exp.Cast") -> "exp.Expr":
    """Multiply in binary, round half away from zero, divide in decimals: what DuckDB does."""
    from sqlglot import exp

    given = node.to.expressions
    scale = int(given[1].name) if len(given) > 1 else 0
    scaled = _call("round", exp.paren(node.this) * exp.Literal.number(f"1e{scale}D"))
    whole = exp.cast(scaled, "decimal(38, 0)")
    return exp.cast(exp.paren(whole * exp.Literal.number(f"1e-{scale}BD")), node.to)


def _md5_number_lower(text: "exp.Expr") -> "exp.Expr":
    """The last eight bytes of a digest, little-endian and unsigned."""
    from sqlglot import exp

    digest = exp.MD5(this=text)
    pairs = (
        _call("substr", digest.copy(), exp.Literal.number(place), exp.Literal.number(2))
        for place in range(31, 15, -2)
    )
    number = _call("conv", _call("concat", *pairs), exp.Literal.number(16), exp.Literal.number(10))
    return exp.cast(number, "decimal(20, 0)")


def _ordered(node: "exp.Window") -> "exp.Expr":
    """Any order will do where none is asked for, but Spark wants one."""
    from sqlglot import exp

    new = node.copy()
    new.set("order", exp.Order(expressions=[exp.Ordered(this=exp.Literal.number(1))]))
    return new


def _micros(node: "exp.Expr") -> "exp.Expr":
    """Microseconds since 1970 of a timestamp without zone, whatever the session's zone is."""
    from sqlglot import exp

    start = exp.cast(exp.Literal.string(EPOCH), "timestamp")
    return _call("timestampdiff", exp.var("MICROSECOND"), start, exp.cast(node, "timestamp"))


def _seconds(node: "exp.Expr") -> "exp.Expr":
    """Seconds, with fractions, since 1970 or between two timestamps."""
    from sqlglot import exp

    micros = _micros(node)
    if isinstance(node, exp.Sub) and _is_span(node):
        micros = exp.paren(_micros(node.this) - _micros(node.expression))
    return exp.paren(
        exp.Div(this=_double(micros), expression=exp.Literal.number("1000000D"), typed=True)
    )


def _is_span(node: "exp.Sub") -> bool:
    return all(_is(side, "TIMESTAMP", "TIMESTAMPNTZ") for side in (node.this, node.expression))


def _double(node: "exp.Expr") -> "exp.Expr":
    from sqlglot import exp

    return exp.cast(exp.paren(node), "double")


def _is(node: "exp.Expr", *kinds: str) -> bool:
    return node.type is not None and node.type.this.name in kinds


def _is_call(node: object, name: str) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Anonymous) and node.name.lower() == name


def _call(name: str, *arguments: "exp.Expr") -> "exp.Anonymous":
    from sqlglot import exp

    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def _as_text(tree: "exp.Expr", result: Mapping[str, str]) -> str:
    """Spark's text, its columns cast to the types they have in DuckDB."""
    import sqlglot
    from sqlglot import exp

    tree = tree.transform(_without_zone)
    if result:
        columns = [
            exp.alias_(exp.cast(exp.column(name, table="made"), _built(kind)), name, quoted=True)
            for name, kind in result.items()
        ]
        tree = exp.select(*columns).from_(exp.Subquery(this=tree, alias=exp.to_identifier("made")))
    return tree.sql("spark", unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False)


def _built(kind: str) -> "exp.DataType":
    from sqlglot import exp

    return exp.DataType.build(spark_type(kind), dialect="spark")


def _without_zone(node: "exp.Expr") -> "exp.Expr":
    from sqlglot import exp

    if isinstance(node, exp.DataType) and node.this == exp.DataType.Type.TIMESTAMP:
        return exp.DataType.build("timestamp_ntz", dialect="spark")
    return node
