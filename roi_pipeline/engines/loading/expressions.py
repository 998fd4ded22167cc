"""The vocabulary in which the reading of a file is built: sqlglot expressions of DuckDB's dialect.

A function is called by the name DuckDB has for it, so that no synonym comes between what is meant
and what is run. What is needed several times is computed once, by `let`: repeated in place, the
reading of one contract with every type of column had 154,000 characters, and DuckDB took longer to
understand it than to read the file. Nodes are made once and used wherever they are needed: sqlglot
copies a tree at each step of its builders unless asked not to, which took three quarters of the time.
"""

from collections.abc import Callable, Sequence
from functools import cache

from sqlglot import exp

from roi_pipeline.domain.personal import (
    DATE_LIKE,
    EMAIL,
    FEWEST_DIGITS,
    LONG_NUMBER,
    MASK,
    MOBILE,
    NAME_LIKE,
)

LONGEST_VALUE = 200
Named = Callable[[exp.Expr], exp.Expr]


def call(name: str, *arguments: exp.Expr | str | float) -> exp.Expr:
    """A function of DuckDB; texts and numbers among the arguments are literals.

    >>> sql_of(call("left", name("r0"), 200))
    'LEFT(r0, 200)'
    """
    given = [each if isinstance(each, exp.Expr) else exp.convert(each) for each in arguments]
    return exp.Anonymous(this=name, expressions=given)


def text(value: str) -> exp.Expr:
    """A literal text."""
    return exp.Literal.string(value)


def number(value: object) -> exp.Expr:
    """A literal number as it is written."""
    return exp.Literal.number(str(value))


def texts(values: Sequence[str]) -> exp.Expr:
    """A literal list of texts.

    >>> sql_of(texts(["mm:ss", "it's"]))
    "['mm:ss', 'it''s']"
    """
    return exp.Array(expressions=[text(value) for value in values])


def name(column: str, *, of: str | None = None, quoted: bool = False) -> exp.Expr:
    r"""A column by its name; one that is not ours is quoted.

    >>> sql_of(name("it's", of="kept", quoted=True))
    '"kept"."it\'s"'
    """
    return exp.column(column, table=of, quoted=quoted)


def kept(column: str) -> exp.Expr:
    """A column of the rows that are kept while people are hashed."""
    return name(column, of="kept", quoted=True)


def null(kind: str = "") -> exp.Expr:
    """Null, of a type where one has to be known.

    >>> sql_of(null("varchar"))
    'CAST(NULL AS TEXT)'
    """
    return cast(exp.null(), kind) if kind else exp.null()


def cast(value: exp.Expr, kind: str) -> exp.Expr:
    """The value as another type, or an error."""
    return exp.Cast(this=value, to=_type(kind))


def tried(value: exp.Expr, kind: str) -> exp.Expr:
    """The value as another type; null where it is none.

    >>> sql_of(tried(name("r0"), "decimal(18, 4)"))
    'TRY_CAST(r0 AS DECIMAL(18, 4))'
    """
    return exp.TryCast(this=value, to=_type(kind))


@cache
def _type(kind: str) -> exp.DataType:
    return exp.DataType.build(kind, dialect="duckdb")


def when(*cases: tuple[exp.Expr, exp.Expr], other: exp.Expr | None = None) -> exp.Expr:
    """The value of the first condition that holds; `other`, or null, where none does.

    >>> sql_of(when((is_present(name("r0")), text("a")), other=null()))
    "CASE WHEN NOT r0 IS NULL THEN 'a' ELSE NULL END"
    """
    branches = [exp.If(this=condition, true=value) for condition, value in cases]
    return exp.Case(ifs=branches, default=other)


def let(word: str, value: exp.Expr, body: Named) -> exp.Expr:
    """`body` of a value that is computed once per row and called `word` in it.

    >>> sql_of(let("low", call("lower", name("r0")), lambda low: is_among(low, ["y", "t"])))
    "LIST_EXTRACT(LIST_TRANSFORM([LOWER(r0)], LAMBDA low : low IN ('y', 't')), 1)"
    """
    one = exp.Lambda(this=body(name(word)), expressions=[exp.to_identifier(word)])
    return call("list_extract", call("list_transform", exp.Array(expressions=[value]), one), 1)


def times(value: exp.Expr, factor: exp.Expr) -> exp.Expr:
    """The product of a value and a factor; the value stays whole.

    >>> sql_of(times(summed([name("a"), number(1)]), number("0.01")))
    '(a + 1) * 0.01'
    """
    return exp.Mul(this=exp.paren(value, copy=False), expression=factor)


def over(value: exp.Expr, divisor: int) -> exp.Expr:
    """The quotient of a value and a number."""
    return exp.Div(this=exp.paren(value, copy=False), expression=number(divisor))


def all_of(*conditions: exp.Expr) -> exp.Expr:
    """Whether every condition holds.

    >>> sql_of(all_of(any_of(fits(name("r0"), "a"), is_absent(name("r0"))), is_not(exp.true())))
    "(REGEXP_FULL_MATCH(r0, 'a') OR r0 IS NULL) AND NOT TRUE"
    """
    return exp.and_(*conditions, copy=False)


def any_of(*conditions: exp.Expr) -> exp.Expr:
    """Whether a condition holds."""
    return exp.or_(*conditions, copy=False)


def is_not(condition: exp.Expr) -> exp.Expr:
    """Whether the condition does not hold."""
    return exp.not_(condition, copy=False)


def called(value: exp.Expr, word: str) -> exp.Expr:
    """A value of a query under a name."""
    return exp.Alias(this=value, alias=exp.to_identifier(word))


def rows(values: Sequence[exp.Expr], source: exp.Expr, **rest: exp.Expr) -> exp.Select:
    """The query that gives these values of a table, a function or another query.

    >>> sql_of(rows([called(name("a"), "b")], rows([exp.Star()], exp.to_table("t"))))
    'SELECT a AS b FROM (SELECT * FROM t)'
    """
    origin = exp.Subquery(this=source) if isinstance(source, exp.Select) else source
    return exp.Select(expressions=[*values], from_=exp.From(this=origin), **rest)


def is_present(value: exp.Expr) -> exp.Expr:
    """Whether the value is not null."""
    return exp.Not(this=exp.Is(this=value, expression=exp.null()))


def is_absent(value: exp.Expr) -> exp.Expr:
    """Whether the value is null."""
    return exp.Is(this=value, expression=exp.null())


def is_among(value: exp.Expr, words: Sequence[str]) -> exp.Expr:
    """Whether the value is one of the words."""
    return exp.In(this=value, expressions=[text(word) for word in words])


def matches(value: exp.Expr, pattern: str) -> exp.Expr:
    """Whether the pattern fits somewhere in the text."""
    return call("regexp_matches", value, pattern)


def fits(value: exp.Expr, pattern: str) -> exp.Expr:
    """Whether the pattern fits the whole text."""
    return call("regexp_full_match", value, pattern)


def replaced(value: exp.Expr, pattern: str, by: str) -> exp.Expr:
    """The text with every match of the pattern replaced."""
    return call("regexp_replace", value, pattern, by, "g")


def coalesced(values: Sequence[exp.Expr]) -> exp.Expr:
    """The first value that is not null."""
    return values[0] if len(values) == 1 else call("coalesce", *values)


def summed(values: Sequence[exp.Expr]) -> exp.Expr:
    """The sum of products."""
    total = values[0]
    for value in values[1:]:
        total = exp.Add(this=total, expression=value)
    return total


def shown(value: exp.Expr, *, hides_names: bool = False) -> exp.Expr:
    """`personal.shown_text` of a value; with `hides_names`, the mask alone where it could be a name."""

    def masked(plain: exp.Expr, mailless: exp.Expr) -> exp.Expr:
        digits = call("length", replaced(plain, "[^0-9０-９]", ""))
        without_mobile = replaced(mailless, MOBILE, r"\1****\2")
        return when(
            (exp.LT(this=digits, expression=number(FEWEST_DIGITS)), mailless),
            (matches(plain, DATE_LIKE), mailless),
            other=replaced(without_mobile, LONG_NUMBER, rf"\1{MASK}\2"),
        )

    def shown_plain(plain: exp.Expr) -> exp.Expr:
        result = let(
            "mailless", replaced(plain, EMAIL, MASK), lambda mailless: masked(plain, mailless)
        )
        if not hides_names:
            return result
        return when((matches(plain, NAME_LIKE), text(MASK)), other=result)

    return let("plain", value, shown_plain)


def shown_start(value: exp.Expr, *, hides_names: bool = False) -> exp.Expr:
    """As much of a value as quarantine keeps, as it may be shown."""
    return call("left", shown(value, hides_names=hides_names), LONGEST_VALUE)


def sql_of(expression: exp.Expr) -> str:
    """The text DuckDB runs."""
    return expression.sql(dialect="duckdb", copy=False)
