"""Keeps published editions: a content-addressed store, immutable folders, manifests, differences.

Standard library only. What an edition says is computed and worded elsewhere; here it is written once,
found again, compared, and its inputs are put back in place so that it can be computed anew.
"""

from roi_pipeline.archive.differences import (
    cause_beside_data,
    changed_inputs,
    moved_figures,
    product_changes,
)
from roi_pipeline.archive.editions import Archive
from roi_pipeline.archive.figures import figures_of, headline_of
from roi_pipeline.archive.hashing import config_files, file_sha256, folder_files, product_files
from roi_pipeline.archive.keys import config_key_hashes
from roi_pipeline.archive.restoring import restore_study, with_archived_exports
from roi_pipeline.archive.store import BrokenObject, Store

__all__ = [
    "Archive",
    "BrokenObject",
    "Store",
    "cause_beside_data",
    "changed_inputs",
    "config_files",
    "config_key_hashes",
    "figures_of",
    "file_sha256",
    "folder_files",
    "headline_of",
    "moved_figures",
    "product_changes",
    "product_files",
    "restore_study",
    "with_archived_exports",
]
