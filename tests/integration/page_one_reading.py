"""Reading page one as an owner does: what changed, how sure, worth what, do what, by when."""

import re
from pathlib import Path

MOST_WORDS = 120
PAGE_ONE = re.compile(
    r'<h1>(.*?)</h1>.*?<div class="page-one"(.*?)<p class="lead unfold">', re.DOTALL
)


def bare(html: str) -> str:
    """The text of a piece of HTML, spaces between its elements."""
    return re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html, flags=re.DOTALL)).strip()


def unanswered(page: Path) -> list[str]:
    """The questions that page one of a module leaves open, and prose that is too long to read."""
    found = PAGE_ONE.search(page.read_text("utf-8"))
    if found is None:
        return [f"{page.name}: no page one"]
    story, body = found.groups()
    module, open_questions = page.stem, list[str]()
    to_do = body.partition('class="to-do"')[2]
    effects = re.findall(rf'data-figure="{module}\.[^."]+\.effect">([^<]+)', body)
    intervals = re.findall(rf'data-figure="{module}\.[^."]+\.interval">([^<]+)', body)
    questions = {
        "what changed": bool(effects) or 'class="chip quiet"' in body,
        "how sure": len(intervals) == len(effects)
        and (not effects or bool(re.search(r">[A-E]<", body))),
        "worth what": f'data-figure="{module}.rated.net"' in body,
        "do what": bool(re.search(r'<strong class="\w+">[^<]+</strong>', to_do)),
        "by when": bool(re.search(r'<span class="when">[^<]+</span>', to_do)),
    }
    open_questions += [question for question, is_answered in questions.items() if not is_answered]
    figures = body.partition('<div class="figures')[2]
    prose = [
        story,
        *re.findall(r"<small>(.*?)</small>", body),
        *re.findall(r"<p class=\"[a-z-]*(?:small|note)\">(.*?)</p>", body),
    ]
    words = sum(len(bare(text).split()) for text in prose)
    words += sum(
        len(bare(text).split()) for text in re.findall(r"<figcaption>(.*?)</figcaption>", figures)
    )
    if words > MOST_WORDS:
        open_questions.append(f"{words} words of prose")
    return [f"{page.name}: {question}" for question in open_questions]
