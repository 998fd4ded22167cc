"""What differs between two editions, and which changed input can have moved which figure.

Causes are read from hashes: an input that did not change cannot have moved anything. How much of the
change of ROI each cause explains is for the bridge of `finance`; here every figure gets its suspects.
"""

from collections.abc import Iterable, Iterator, Mapping

from roi_pipeline.domain.archives import ChangedInput, Manifest, MoveCause, MovedFigure
from roi_pipeline.domain.editions import BridgeCause

ORDER: tuple[MoveCause, ...] = (
    "new_data", "late_data", "definition", "assumption", "method", "standard", "day", "unknown",
)  # fmt: skip
# Where a change beside the data goes that no line of the money explains, in this order.
RESIDUAL: tuple[BridgeCause, ...] = ("definition", "method", "assumption", "standard")
MEASURING = frozenset(
    {"code/stats", "code/transforms", "code/engines", "code/sources", "code/quality"}
)
# What stands under a top-level key of a TOML file decides what its change means.
STUDY_KEYS: Mapping[str, BridgeCause] = {
    "assumption": "assumption", "exchange_rate": "assumption", "headcount": "standard",
    "currency": "definition", "timezone": "definition", "country": "definition",
    "cycle": "definition", "history": "definition", "people_key": "definition",
    "maturity_days": "definition",
}  # fmt: skip
MODULE_KEYS: Mapping[str, BridgeCause] = {
    "assumption": "assumption", "cost": "assumption", "benefit": "assumption",
    "design": "method", "randomisation": "method",
    "rollout": "definition", "pool": "definition", "filters": "definition",
    "baseline": "definition", "selection_window": "definition", "attribution": "definition",
    "kind": "definition", "link": "definition",
}  # fmt: skip
COMPUTING = MEASURING | {"code/finance", "code/settings", "code/domain"}
DEFINING = (
    "sql/facts/",
    "sql/metrics/",
    "sql/macros/",
    "catalogue/metrics/",
    "catalogue/contracts/",
)
KINDS = (
    ("sql/", "sql"), ("catalogue/", "catalogue"), ("report_templates/", "template"),
    ("code/", "code"),
)  # fmt: skip


def changed_inputs(before: Manifest, after: Manifest) -> tuple[ChangedInput, ...]:
    """Every input that differs between two editions, by kind and name."""
    return (
        *_changes("export", _exports(before), _exports(after)),
        *_changes("config", before.inputs.config, after.inputs.config),
        *product_changes(before, after.product, after.versions),
    )


def product_changes(
    manifest: Manifest, product: Mapping[str, str], versions: Mapping[str, str]
) -> tuple[ChangedInput, ...]:
    """What of the product is not what the edition was made with."""
    files = _changes("", manifest.product, product)
    named = (ChangedInput(_kind(item.name), item.name, item.before, item.after) for item in files)
    return (*named, *_changes("library", manifest.versions, versions))


def moved_figures(before: Manifest, after: Manifest) -> tuple[MovedFigure, ...]:
    """Every figure that differs, with what can have moved it."""
    suspects = _Suspects(before, after)
    names = sorted(set(before.figures) | set(after.figures))
    return tuple(
        MovedFigure(name, before.figures.get(name), after.figures.get(name), suspects.of(name))
        for name in names
        if before.figures.get(name) != after.figures.get(name)
    )


def cause_beside_data(before: Manifest, after: Manifest) -> BridgeCause | None:
    """What moved figures between two editions if no export did; None when nothing else can have.

    A reader added, a sentence reworded or a page laid out anew moves no figure.
    """
    found = {*_config_causes(before, after), *_product_causes(before, after)}
    return next((cause for cause in RESIDUAL if cause in found), None)


def _config_causes(before: Manifest, after: Manifest) -> Iterator[BridgeCause | None]:
    for item in _changes("config", before.config_keys, after.config_keys):
        file, _, key = item.name.partition("#")
        yield _cause_of_key(file, key)
    for item in _changes("config", before.inputs.config, after.inputs.config):
        if item.name.endswith(".sql"):
            yield "definition"


def _cause_of_key(file: str, key: str) -> BridgeCause | None:
    folder = file.partition("/")[0]
    by_folder: Mapping[str, BridgeCause | None] = {
        "study.toml": STUDY_KEYS.get(key),
        "modules": MODULE_KEYS.get(key),
        "standards": "standard",
        "metrics": "definition",
        "sources": "definition",
    }
    return by_folder.get(folder)


def _product_causes(before: Manifest, after: Manifest) -> Iterator[BridgeCause | None]:
    for item in product_changes(before, after.product, after.versions):
        if item.kind == "library" or item.name in COMPUTING:
            yield "method"
        elif item.name.startswith(DEFINING):
            yield "definition"
        elif item.name.startswith("catalogue/standards/"):
            yield "standard"


class _Suspects:
    """The changed inputs of two editions, asked figure by figure."""

    def __init__(self, before: Manifest, after: Manifest) -> None:
        self._is_same_cycle = before.cycle_key == after.cycle_key
        self._is_same_day = before.as_of == after.as_of
        self._lineage = {**before.lineage, **after.lineage}
        changed = changed_inputs(before, after)
        self._changed = frozenset(item.name for item in changed)
        self._is_other_library = any(item.kind == "library" for item in changed)
        old, new = before.config_keys, after.config_keys
        self._keys = frozenset(key for key in {*old, *new} if old.get(key) != new.get(key))
        exports = (*before.inputs.exports, *after.inputs.exports)
        self._tables = frozenset(item.table for item in exports if item.path in self._changed)
        names = {*before.figures, *after.figures}
        moved = {name for name in names if before.figures.get(name) != after.figures.get(name)}
        metrics = (_module_and_metric(name) for name in moved)
        self._moved_metrics = frozenset(item for item in metrics if item[1])
        self._standards_moved = {name.split(".")[0] for name in moved if name.endswith(".standard")}

    def of(self, name: str) -> tuple[MoveCause, ...]:
        """What can have moved a figure, in a fixed order; `unknown` when nothing fits."""
        module, metric = _module_and_metric(name)
        found = set(self._of_metric(module, metric) if metric else self._of_money(module))
        if not found:
            found = {"unknown"} if self._is_same_day else {"day"}
        return tuple(cause for cause in ORDER if cause in found)

    def _of_metric(self, module: str, metric: str) -> Iterator[MoveCause]:
        behind = self._lineage.get(metric, ())
        if not self._is_same_cycle:
            yield "new_data"
        if self._tables & set(behind):
            yield "late_data" if self._is_same_cycle else "new_data"
        definitions = {*behind, f"metrics/{metric}.toml", f"catalogue/metrics/{metric}.toml"}
        folders = ("sources", "catalogue/contracts")
        definitions |= {f"{folder}/{table}.toml" for folder in folders for table in behind}
        if self._changed & definitions:
            yield "definition"
        if self._changed & MEASURING or self._is_other_library:
            yield "method"
        yield from self._of_keys(module, but={"assumption"})

    def _of_money(self, module: str) -> Iterator[MoveCause]:
        if not self._is_same_cycle:
            yield "new_data"
        for owner, metric in sorted(self._moved_metrics):
            if module in {owner, "portfolio"}:
                yield from self._of_metric(owner, metric)
        if self._tables:
            yield "late_data" if self._is_same_cycle else "new_data"
        if "code/finance" in self._changed:
            yield "method"
        if module in self._standards_moved or any(
            name.startswith(("standards/", "catalogue/standards/")) for name in self._changed
        ):
            yield "standard"
        yield from self._of_keys(module, but=set())

    def _of_keys(self, module: str, *, but: Iterable[MoveCause]) -> Iterator[MoveCause]:
        """Causes that stand in the study's and the module's configuration."""
        for key in self._keys:
            file, _, part = key.partition("#")
            cause: MoveCause | None = None
            if file == "study.toml":
                cause = STUDY_KEYS.get(part)
            elif file == f"modules/{module}.toml" or (
                module == "portfolio" and file.startswith("modules/")
            ):
                cause = MODULE_KEYS.get(part)
            if cause is not None and cause not in but:
                yield cause


def _module_and_metric(name: str) -> tuple[str, str]:
    parts = name.split(".")
    is_metric = len(parts) > 2 and parts[1] == "metric"  # noqa: PLR2004  (module.metric.id)
    return parts[0], parts[2] if is_metric else ""


def _exports(manifest: Manifest) -> dict[str, str]:
    return {export.path: export.sha256 for export in manifest.inputs.exports}


def _kind(name: str) -> str:
    return next((kind for beginning, kind in KINDS if name.startswith(beginning)), "file")


def _changes(
    kind: str, before: Mapping[str, str], after: Mapping[str, str]
) -> tuple[ChangedInput, ...]:
    names = sorted({*before, *after})
    return tuple(
        ChangedInput(kind, name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )
