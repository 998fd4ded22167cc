"""pydantic's findings in words for people: what was expected, and what to do."""

import re

from pydantic_core import ErrorDetails

from roi_pipeline.settings.names import did_you_mean

TYPES = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number without quotes",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "date_type": "a date without quotes and without a time, such as 2026-01-31",
    "list_type": 'a list such as ["a", "b"]',
    "dict_type": 'a table such as { key = "value" }',
    "model_type": "a table with keys of its own",
    "model_attributes_type": "a table with keys of its own",
    "decimal_type": "a number such as 48.50",
    "is_instance_of": "a number such as 48.50",
}
LIMITS = {
    "greater_than": ("gt", "more than {}"),
    "greater_than_equal": ("ge", "{} or more"),
    "less_than": ("lt", "less than {}"),
    "less_than_equal": ("le", "at most {}"),
    "too_short": ("min_length", "at least {} of them"),
    "too_long": ("max_length", "at most {} of them"),
}
PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "a name of small letters, digits and _ that starts with a letter",
    r"^[a-z][a-z0-9_-]*$": "a name of small letters, digits, _ and - that starts with a letter",
    r"^([01]\d|2[0-3]):[0-5]\d$": "a local time such as 02:30",
    r"^\d+(\.\d+)? ?(KB|MB|GB|TB|KiB|MiB|GiB|TiB)$": "an amount of memory such as 4GB",
    r"^(metrics|facts)\.[a-z_][a-z0-9_]*$": "a table such as metrics.calls_daily",
}
DEFAULT_REMEDY = "Correct the value."


def explanation(details: ErrorDetails) -> tuple[str, str, tuple[str, ...]]:
    """What was expected, the remedy, and the accepted names if they are a closed set."""
    kind, context = details["type"], details.get("ctx", {})
    if kind == "literal_error":
        return _closed_set(details)
    if kind in TYPES:
        return TYPES[kind], _remedy_for_type(kind, details["input"]), ()
    if kind in LIMITS:
        name, sentence = LIMITS[kind]
        return sentence.format(context[name]), DEFAULT_REMEDY, ()
    if kind == "string_pattern_mismatch":
        return PATTERNS[context["pattern"]], _remedy_for_pattern(context["pattern"]), ()
    return details["msg"], DEFAULT_REMEDY, ()


def _closed_set(details: ErrorDetails) -> tuple[str, str, tuple[str, ...]]:
    known = tuple(re.findall(r"'([^']*)'", details.get("ctx", {})["expected"]))
    remedy = f"{did_you_mean(str(details['input']), known)}Use one of the known names."
    return "one of the known names", remedy, known


def _remedy_for_pattern(pattern: str) -> str:
    return "Rename it." if pattern.startswith(("^[a-z]", "^(m")) else DEFAULT_REMEDY


def _remedy_for_type(kind: str, value: object) -> str:
    if isinstance(value, str) and kind != "string_type":
        return (
            "Write it without quotes."
            if kind not in {"list_type", "dict_type"}
            else ("Put it in brackets.")
        )
    if kind == "string_type":
        return "Put it in quotes."
    return DEFAULT_REMEDY
