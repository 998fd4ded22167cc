"""All figures of an edition as one JSON document, unrounded, and the JSON Schema it keeps to.

Amounts are decimal strings so that no cent is lost on the way; messages carry their code, their
values and their sentence in every language. The schema is derived from the domain types and
published as `catalogue/report.schema.json`.
"""

import dataclasses
import inspect
import json
import math
import re
import types
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from roi_pipeline.domain.editions import EditionInputs, ModuleInputs, Provenance
from roi_pipeline.domain.metrics import Metric
from roi_pipeline.domain.money import Assumption
from roi_pipeline.domain.scores import Score
from roi_pipeline.domain.standards import Standard
from roi_pipeline.domain.statements import ModuleValue
from roi_pipeline.domain.study import Study
from roi_pipeline.domain.texts import Message, Text
from roi_pipeline.domain.windows import Cycle
from roi_pipeline.reporting.messages import Voice
from roi_pipeline.resources import shipped_folder

VERSION = "roi-report/1"
# Fields of the study that may be published; keys, addresses and paths stay at home.
STUDY_FIELDS = ("id", "company", "headcount", "currency", "languages", "timezone", "cycle_kind")
PATTERN = r"^-?\d+(\.\d+)?(E[+-]?\d+)?$"
Json = Any


def render_figures(edition: EditionInputs, voices: tuple[Voice, ...]) -> str:
    """The edition as JSON text, keys sorted, the same bytes for the same figures."""
    study = edition.study
    document = {
        "schema": VERSION,
        "study": {name: _json(getattr(study, name), voices) for name in STUDY_FIELDS}
        | {"headcount": study.headcount_in(edition.cycle)},
        "cycle": _json(edition.cycle, voices),
        "status": edition.status,
        "number": edition.number,
        "modules": _json(edition.modules, voices),
        "portfolio": _json(edition.portfolio, voices),
        "missing": _json(edition.missing, voices),
        "scores": _json(edition.scores, voices),
        "metrics": _json(_metrics_used(edition), voices),
        "standards": _json(study.standards, voices),
        "assumptions": _json(study.assumptions, voices),
        "provenance": _json(edition.provenance, voices),
    }
    return (
        json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"
    )


def _metrics_used(edition: EditionInputs) -> dict[str, Metric]:
    used = {entry.metric_id for inputs in edition.modules for entry in inputs.module.pool}
    return {name: metric for name, metric in edition.study.metrics.items() if name in used}


def _json(value: Any, voices: tuple[Voice, ...]) -> Json:  # noqa: ANN401, PLR0911
    match value:
        case Message():
            texts = {voice.language: voice.sentence(value) for voice in voices}
            values = {key: _json(item, voices) for key, item in value.values.items()}
            return {"code": value.code, "values": values, "text": texts}
        case Text():
            return dict(value.by_language)
        case Decimal():
            return str(value)
        case float():
            return value if math.isfinite(value) else None
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): _json(item, voices) for key, item in value.items()}
        case tuple() | list():
            return [_json(item, voices) for item in value]
        case _ if dataclasses.is_dataclass(value):
            names = (field.name for field in dataclasses.fields(value))
            return {name: _json(getattr(value, name), voices) for name in names}
        case _:
            return value


def report_schema() -> dict[str, Json]:
    """The JSON Schema (draft 2020-12) of the document."""
    definitions: dict[str, Json] = {}
    study_types = get_type_hints(Study)
    properties = {
        "schema": {"const": VERSION},
        "study": _object({name: _schema(study_types[name], definitions) for name in STUDY_FIELDS}),
        "cycle": _schema(Cycle, definitions),
        "status": _schema(get_type_hints(EditionInputs)["status"], definitions),
        "number": {"type": "integer"},
        "modules": {"type": "array", "items": _schema(ModuleInputs, definitions)},
        "portfolio": _schema(ModuleValue | None, definitions),
        "missing": _mapping(_schema(Message, definitions)),
        "scores": {"type": "array", "items": _schema(Score, definitions)},
        "metrics": _mapping(_schema(Metric, definitions)),
        "standards": {"type": "array", "items": _schema(Standard, definitions)},
        "assumptions": {"type": "array", "items": _schema(Assumption, definitions)},
        "provenance": _schema(Provenance, definitions),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "One edition of an ROI report",
        "description": "Amounts and other decimals are strings; rates and shares are fractions.",
        **_object(properties),
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(report_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_schema() -> Path:
    """Publish the schema anew, after the domain changed."""
    path = shipped_folder("catalogue") / "report.schema.json"
    path.write_text(schema_text(), encoding="utf-8")
    return path


def _object(properties: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(properties),
        "additionalProperties": False,
    }


def _mapping(values: Json) -> dict[str, Json]:
    return {"type": "object", "additionalProperties": values}


SIMPLE: dict[Any, Json] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": ["number", "null"]},
    Decimal: {"type": "string", "pattern": PATTERN},
    date: {"type": "string", "format": "date"},
    type(None): {"type": "null"},
    Text: {"type": "object", "additionalProperties": {"type": "string"}},
}


def _schema(kind: Any, definitions: dict[str, Json]) -> Json:  # noqa: ANN401, PLR0911
    if kind in SIMPLE:
        return SIMPLE[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(argument, definitions) for argument in arguments]}
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is tuple:
        items = [_schema(argument, definitions) for argument in arguments]
        size = len(items)
        return {"type": "array", "prefixItems": items, "minItems": size, "maxItems": size}
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(_schema(arguments[1], definitions))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _definition(kind, definitions)
    msg = f"no JSON Schema is known for {kind!r}; add it to reporting/figures.py"
    raise TypeError(msg)


def _definition(kind: type, definitions: dict[str, Json]) -> Json:
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}  # stands while its own fields refer to it
        hints, notes = get_type_hints(kind), _field_notes(kind)
        properties = {}
        for field in dataclasses.fields(kind):
            schema = _schema(hints[field.name], definitions)
            note = notes.get(field.name)
            properties[field.name] = {**schema, "description": note} if note else schema
        if kind is Message:
            properties["text"] = _mapping({"type": "string"})
        summary = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
        definitions[name] = {"description": summary, **_object(properties)}
    return {"$ref": f"#/$defs/{name}"}


@cache
def _field_notes(kind: type) -> Mapping[str, str]:
    """What the class's docstring says of its fields."""
    text = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    found = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", text, flags=re.MULTILINE)
    return {name: re.sub(r"\s+", " ", note) for name, note in found}
