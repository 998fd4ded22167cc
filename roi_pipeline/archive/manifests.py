"""Manifests as JSON: sorted keys, the same bytes for the same edition, strict on reading."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from roi_pipeline.domain.archives import (
    ArchivedExport,
    EditionInputsKept,
    Headline,
    Manifest,
    RenderedFile,
)
from roi_pipeline.domain.errors import NeedsAHuman
from roi_pipeline.domain.texts import LANGUAGES

SCHEMA = "roi-edition/1"
FILE = "manifest.json"
NAMED = re.compile(
    rf"reports/(?P<path>((?P<language>{'|'.join(LANGUAGES)})/)?(?P<stem>[^/]+)\.(?P<kind>html|md|json|xlsx|pdf))"
)


def manifest_text(manifest: Manifest) -> str:
    """The manifest as JSON."""
    document = {"schema": SCHEMA, **asdict(manifest)}
    return json.dumps(document, default=_plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file.

    Raises:
        NeedsAHuman: the file is not the manifest of an edition.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
        _refuse_other_schema(document.pop("schema"))
        return _manifest(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NeedsAHuman(
            f"{path.parent.parent.name}/{path.parent.name}/{FILE} is no manifest of the form "
            f"{SCHEMA} ({error}); restore the edition's folder from a backup"
        ) from error


def _refuse_other_schema(schema: str) -> None:
    if schema != SCHEMA:
        msg = f"found the form {schema!r}"
        raise ValueError(msg)


def _plain(value: object) -> str:
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case _:
            msg = f"a manifest cannot hold {value!r}"
            raise TypeError(msg)


def _manifest(document: dict[str, Any]) -> Manifest:
    inputs = document.pop("inputs")
    lineage: Mapping[str, list[str]] = document.pop("lineage")
    return Manifest(
        **document
        | {
            "as_of": date.fromisoformat(document["as_of"]),
            "history": tuple(document["history"]),
            "gaps": tuple(document["gaps"]),
            "lineage": {name: tuple(inputs) for name, inputs in lineage.items()},
            "reports": _reports(document),
            "headlines": tuple(_headline(item) for item in document["headlines"]),
            "inputs": EditionInputsKept(
                config=inputs["config"],
                exports=tuple(ArchivedExport(**item) for item in inputs["exports"]),
                baseline_locks=inputs.get("baseline_locks"),
            ),
        }
    )


def _reports(document: Mapping[str, Any]) -> tuple[RenderedFile, ...]:
    """What each report file is; a manifest older than 0.2.0 says so by its names alone."""
    if "reports" in document:
        return tuple(RenderedFile(**item) for item in document["reports"])
    return tuple(
        RenderedFile(found["path"], found["language"], found["kind"], module_id, sha256)  # type: ignore[arg-type]
        for path, sha256 in sorted(document["files"].items())
        if (found := NAMED.fullmatch(path))
        for module_id in [found["stem"] if found["language"] else "portfolio"]
    )


def _headline(document: dict[str, Any]) -> Headline:
    amounts: dict[str, Any] = {
        name: None if document[name] is None else Decimal(document[name])
        for name in ("roi", "roi_lower", "roi_upper", "benefits", "costs")
    }
    return Headline(**document | amounts)
