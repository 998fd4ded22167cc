"""Hashes of what stands under each top-level key of the configuration, so that a change has a meaning.

A new reader in `study.toml` and a new hourly cost change the same file; only one of them can move a
figure.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping

from roi_pipeline.archive.store import Store

SHORT = 16


def config_key_hashes(config: Mapping[str, str], store: Store) -> dict[str, str]:
    """`<file>#<key>` → short hash, of every TOML file of a kept configuration."""
    hashes = dict[str, str]()
    for name, sha256 in sorted(config.items()):
        if name.endswith(".toml"):
            document = tomllib.loads(store.path(sha256).read_bytes().decode("utf-8-sig"))
            hashes |= {f"{name}#{key}": _hash(value) for key, value in sorted(document.items())}
    return hashes


def _hash(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:SHORT]
