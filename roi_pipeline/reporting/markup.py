"""A report as HTML and as Markdown: templates lay out what the sections worded.

The style sheet, charts and all else stand inside the HTML file; it asks the network for nothing and
runs the one script that sorts tables. Text is escaped by the environment, not by the templates.
"""

import re
from collections.abc import Callable
from functools import cache, partial

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from roi_pipeline.domain.study import Paper
from roi_pipeline.domain.texts import plain
from roi_pipeline.reporting.charts import chart_svg, dark_rules
from roi_pipeline.reporting.glossary_page import definition
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.reporting.model import Chart, Report
from roi_pipeline.reporting.scripts import policy, script
from roi_pipeline.resources import shipped_folder

FOLDER = "report"
MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]|~])")
# Between a sign and the currency, and between a figure and its ten thousands (¥12.5万).
WHERE_LINES_BREAK = re.compile(r"(?<=[+−])(?=[^\d\s]{1,3}\d)|(?<=\d)(?=[万萬亿億])")
BLANK_LINES = re.compile(r"\n{3,}")
Links = Callable[[str], str]


def render_html(report: Report, voice: Voice, *, confidence: str, links: Links) -> str:
    """The report as one self-contained HTML file.

    Args:
        report: what to lay out.
        voice: the language it is worded in.
        confidence: confidence of ROI's interval, written.
        links: module id (or `portfolio`) → address of its report beside this one.
    """
    template = _html_environment().get_template("report.html.j2")
    return template.render(
        report=report,
        word=voice.word,
        confidence=confidence,
        links=links,
        define=partial(definition, voice.language),
        style=Markup(_style(report.paper)),  # noqa: S704 - our own file
        script=script("sort"),
        policy=policy("sort"),
    )


def render_markdown(report: Report, voice: Voice, *, confidence: str) -> str:
    """The report as Markdown; charts are described in words."""
    template = _markdown_environment().get_template("report.md.j2")
    text = template.render(report=report, word=voice.word, confidence=confidence)
    lines = (line.rstrip() for line in text.splitlines())
    return BLANK_LINES.sub("\n\n", "\n".join(lines)).strip() + "\n"


def escape_markdown(text: str) -> str:
    r"""Text that Markdown shows as it is, in running text and in table fields.

    >>> escape_markdown("a|b <i> *c*")
    'a\\|b &lt;i&gt; \\*c\\*'
    """
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return MARKDOWN_SIGNS.sub(r"\\\1", escaped).replace("\n", " ")


@cache
def _style(paper: Paper) -> str:
    path = shipped_folder("report_templates") / FOLDER / "style.css"
    text = path.read_text(encoding="utf-8")
    return text.replace("{{dark_rules}}", dark_rules()).replace("{{paper}}", paper)


def _environment(**options: object) -> Environment:
    folder = shipped_folder("report_templates") / FOLDER
    environment = Environment(  # noqa: S701 - escaping is set by each caller
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,  # type: ignore[arg-type]
    )
    environment.globals["kind_of"] = lambda block: type(block).__name__
    return environment


@cache
def _html_environment() -> Environment:
    environment = _environment(autoescape=True, finalize=unbroken)
    environment.globals["svg"] = _svg
    environment.globals["breakable"] = _breakable
    environment.globals["share"] = lambda position: f"{position * 100:.2f}%"
    return environment


def unbroken(value: object) -> object:
    """Text without characters that act unseen; an amount stays on one line, with sign and unit."""
    if type(value) is not str:
        return value
    return WHERE_LINES_BREAK.sub("\N{WORD JOINER}", plain(value))


def _breakable(text: str) -> Markup:
    """An identifier that may be broken behind its signs, not inside its words."""
    parts = re.split(r"(?<=[_./·])", plain(text))
    return Markup("<wbr>").join(escape(part) for part in parts)


def _svg(chart: Chart) -> Markup:
    return Markup(chart_svg(chart))  # noqa: S704 - drawn by the chart library, texts escaped there


def mail_template(name: str) -> Template:
    """A template of an e-mail; those for plain text escape nothing."""
    return _text_environment().get_template(name)


@cache
def _text_environment() -> Environment:
    return _environment(
        autoescape=lambda name: bool(name) and name.endswith(".html.j2"),
        finalize=lambda value: plain(value) if type(value) is str else value,
    )


class _Ready(str):
    """Markdown that is escaped already."""

    __slots__ = ()


@cache
def _markdown_environment() -> Environment:
    environment = _environment(autoescape=False, finalize=_finished)
    environment.globals["bold"] = lambda text: _Ready(f"**{escape_markdown(text)}**")
    environment.globals["text"] = lambda text: _Ready(escape_markdown(text))
    environment.globals["code"] = _code
    environment.filters["ready"] = _Ready
    environment.globals["join"] = lambda parts: _Ready(" · ".join(parts))
    return environment


def _finished(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, _Ready):
        return escape_markdown(value)
    return value


def _code(text: str) -> _Ready:
    return _Ready("`" + plain(text).replace("`", "'").replace("|", r"\|").replace("\n", " ") + "`")
