"""A copy of what cannot be made again: taken while a run is at work, it holds whole commits and nothing half."""

import shutil
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from warehouse.lake.errors import StoreError, writing
from warehouse.lake.log import copy_name, manifest_name, part_name
from warehouse.lake.storage import Folder
from warehouse.lake.store import Lake, lost_by_index

# Files put in place together.
_BATCH = 64
# What people wrote, beside what the program did.
_KEPT = ("corrections", "bounds.yml")


def backup(lake: Lake, to: Path) -> int:
    """Copy the commits of a lake and all originals into a folder, which is then a store; returns how many files.

    What is there already is left alone, so that the next copy brings only what is new. Originals come first, manifests
    last: killed, it is a smaller store. Raises StoreError if the lake is damaged or the folder cannot be filled.
    """
    if to.exists() and any(to.iterdir()) and not (to / "raw").is_dir():
        raise StoreError(to, "something else is there", "an earlier copy, or a folder not yet there", "Name another.")
    log = lake.log()
    with writing(to):
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        parts = [part_name(table, source.name) for source in log.stands for table in source.parts]
        manifests = [copy_name(source.name) for source in log.stands]
        manifests += [manifest_name("compactions", f"{c.number:08d}") for c in log.compactions]
        # On object storage a manifest is named by its number; as a file, by its digest, too.
        own = {manifest_name("commits", commit.name): commit.manifest() for commit in log.own}
        kept = Folder(to)
        later = lost_by_index(lake.files, [commit.name for commit in log.commits])  # committed since the log was read
        originals = (name for name in lake.files.names("raw") if not _is_later(name, later))
        stand = (name for name in manifests if lake.files.has(name))
        copied = sum(_copied(lake, kept, names) for names in (originals, parts, stand))
        with kept.keeping() as keep:
            for name, data in own.items():
                keep(name, data)
        _copy_kept(lake.store, to)
    return copied + len(own)


def _is_later(name: str, later: Iterable[str]) -> bool:
    """Whether a file beside the originals is half, or of a commit the copy does not have."""
    return name.endswith(".tmp") or any(commit in name for commit in later)


def _copy_kept(store: Path, to: Path) -> None:
    for name in _KEPT:
        if (store / name).is_dir():
            shutil.copytree(store / name, to / name, dirs_exist_ok=True)
        elif (store / name).is_file():
            shutil.copyfile(store / name, to / name)


def _copied(lake: Lake, kept: Folder, names: Iterable[str]) -> int:
    copied, missing = 0, (name for name in names if not kept.has(name))
    while batch := list(islice(missing, _BATCH)):
        with kept.keeping() as keep:
            for name in batch:
                keep(name, lake.files.read(name))
        copied += len(batch)
    return copied
