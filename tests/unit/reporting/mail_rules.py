"""What of an e-mail's HTML some of our readers' mail programs would not show, by `mail_clients.toml`."""

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

RULES: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "mail_clients.toml").read_text(encoding="utf-8")
)
LARGEST_HTML: int = RULES["size"]["largest_html"]
# Comments only Word reads, and their end; anything else in a comment is thrown away.
FOR_WORD = re.compile(r"<!--\[if mso\]>(.*?)<!\[endif\]-->", re.DOTALL)
Element = tuple[str, dict[str, str]]


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def elements(html: str) -> list[Element]:
    """Every element of an e-mail with its attributes, what only Word reads among them."""
    parser = _Elements()
    parser.feed(FOR_WORD.sub(r"\1", html))
    return parser.found


def styles(attributes: dict[str, str]) -> dict[str, str]:
    """Property → value of an element's own style."""
    pairs = (part.split(":", 1) for part in attributes.get("style", "").split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in pairs}


def faults(html: str) -> list[str]:
    """Everything in the e-mail that one of the four clients does not show as meant."""
    found = [*_whole(html)]
    for tag, attributes in elements(html):
        if tag not in RULES["elements"]["known"]:
            found.append(f"<{tag}>")
        unknown = set(attributes) - set(RULES["attributes"]["known"])
        found += [f"<{tag} {name}>" for name in sorted(unknown)]
        source = attributes.get("src", RULES["addresses"]["pictures"])
        if not source.startswith(RULES["addresses"]["pictures"]):
            found.append(f"<{tag} src={source}>")
        own = styles(attributes)
        for name, value in own.items():
            found += [
                f"<{tag}> {name}: {value}: {why}"
                for why in _property(name, value, tag, attributes, own)
            ]
    return found


def _whole(html: str) -> Iterator[str]:
    if len(html.encode()) > LARGEST_HTML:
        yield f"{len(html.encode())} bytes"
    comments = re.findall(r"<!--.*?-->", FOR_WORD.sub("", html), re.DOTALL)
    yield from (f"comment {comment[:40]}" for comment in comments)
    yield from re.findall(r"url\([^)]*\)|javascript:|https?:[^\s\"<]*", html)


def _property(
    name: str, value: str, tag: str, attributes: dict[str, str], own: dict[str, str]
) -> Iterator[str]:
    rule = RULES["properties"].get(name)
    if rule is None:
        yield "no client is known to show it"
        return
    is_zero = rule.get("except_zero") and value == "0"
    if (tag not in rule.get("on", [tag]) or tag in rule.get("not_on", ())) and not is_zero:
        yield f"not on this element ({rule['source']})"
    words = value.split()
    if any(word.startswith(bad) for bad in rule.get("not_values", ()) for word in words):
        yield f"a value not all know ({rule['source']})"
    if value not in rule.get("values", [value]):
        yield f"only {rule['values']} ({rule['source']})"
    pixels = [float(size) for size in re.findall(r"([\d.]+)px", value)]
    if max(pixels, default=0) > rule.get("widest_pixels", float("inf")):
        yield f"wider than {rule['widest_pixels']} pixels ({rule['source']})"
    beside = rule.get("attribute_beside", {}).get(tag)
    if beside and beside not in attributes:
        yield f"without the attribute {beside} ({rule['source']})"
    other = rule.get("property_beside")
    if other and other not in own:
        yield f"without {other} ({rule['source']})"
