"""The clinic's asset graph as people see it: keys, groups and what each reads."""

from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from roi_pipeline.defs.definitions import build_definitions

ROOT = Path(__file__).parents[2]


def test_the_asset_graph_of_the_clinic(snapshot: SnapshotAssertion) -> None:
    graph = build_definitions(ROOT / "studies" / "clinic").resolve_asset_graph()
    lines = [
        f"{node.key.to_user_string()} [{node.group_name}] <- "
        + (", ".join(sorted(parent.to_user_string() for parent in node.parent_keys)) or "nothing")
        for node in graph.asset_nodes
    ]
    assert "\n".join(sorted(lines)) == snapshot


def test_every_asset_belongs_to_one_of_the_six_layers_and_says_what_it_is() -> None:
    graph = build_definitions(ROOT / "studies" / "clinic").resolve_asset_graph()
    assert graph.asset_nodes
    for node in graph.asset_nodes:
        assert node.group_name in {"exports", "facts", "metrics", "effects", "roi", "reports"}
        assert node.group_name == node.key.path[0]
        assert node.description, node.key
        if node.key.path != ["reports", "emails"]:  # reads a finished edition, not the warehouse
            assert node.pools == {"duckdb"}, node.key
