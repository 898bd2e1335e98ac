"""What of a store is not as it was written, and how much of that can be made good from what lies beside it.

Every file of the lake is named in a manifest by its hash. A manifest has a copy; rows that say whence originals came
lie beside those; an original is its own hash; the warehouse is built from the lake.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.lake.archive import place
from warehouse.lake.commits import STEM, Commit, Compaction
from warehouse.lake.errors import DamageError, StoreError, writing
from warehouse.lake.log import COPIES, Log, copy_name, lost_manifests, manifest_name, part_name, standing
from warehouse.lake.storage import Stamp
from warehouse.lake.store import INDEXED, Lake, index_name, lost_by_index, read_index


@dataclass(frozen=True, slots=True)
class Damage:
    """A file of the store that is not as it was written.

    `mended` says from what it was made good, "" if it was not; `reports` are the ids of those that rest on it alone.
    """

    file: str
    found: str
    mended: str = ""
    reports: tuple[str, ...] = ()


@dataclass(slots=True)
class Verified:
    """What a store was found to be: the log by every manifest and copy that is whole, and what is damaged."""

    log: Log
    damages: list[Damage] = field(default_factory=list)
    originals: dict[str, Damage] = field(default_factory=dict)
    needs_rebuild: bool = False

    @property
    def all(self) -> list[Damage]:
        """Everything that is damaged."""
        return [*self.damages, *self.originals.values()]


_Manifest = TypeVar("_Manifest", Commit, Compaction)

# Brings the bytes with a hash from where they once came, None if they are not there any more.
Source = Callable[[str], bytes | None]


def verify(lake: Lake, *, deep: bool = False, mend: bool = False, source: Source = lambda _: None) -> Verified:
    """Look at manifests, parts, originals and the warehouse; with `mend`, make good what can be.

    Without `deep` a file known to be good is not read while its stamp stands, and an original is only looked for. What
    is not mended of the lake needs a rebuild from the originals. `source` may bring originals anew. Raises StoreError
    if the store cannot be read, StoreLockedError if another process writes while it is mended.
    """
    if not mend:
        return _Verification(lake, deep, False, source).run()
    with lake.lock(), writing(lake.store):
        verified = _Verification(lake, deep, True, source).run()
        lake.forget_log()
        return verified


def _match_manifest(name: str, folder: str) -> re.Match[str] | None:
    """The parts of the name of a manifest of a folder, or of a copy of one; None if the file is another."""
    match = STEM.fullmatch(name.rpartition("/")[2].removesuffix(".json"))
    if match and name.startswith(COPIES):
        return match if bool(match["compacted"]) == (folder == "compactions") else None
    return match if name.startswith(f"lake/{folder}/") else None


class _Verification:
    def __init__(self, lake: Lake, deep: bool, mend: bool, source: Source) -> None:
        self.lake = lake
        self.files = lake.files
        self.deep = deep
        self.mend = mend
        self.source = source
        self.found: dict[str, Stamp] = {}
        self.damages: list[Damage] = []

    def run(self) -> Verified:
        try:
            self.found = self.files.stamps("lake")
            index = self.files.stamps("raw")
        except OSError as error:
            raise StoreError(self.lake.store, f"cannot be read ({error})", "a store", "Look at its disk.") from error
        verified = Verified(self._log())
        for source in verified.log.stands:
            for table in source.parts:
                verified.needs_rebuild |= not self._check_part(source, table, index)
        for commit in verified.log.commits:
            for table in set(INDEXED) & set(commit.parts):
                self._check_index(commit, table, index)
        lost = self._lost_commits(verified.log, index)
        verified.needs_rebuild |= bool(lost)
        self.damages += lost
        verified.originals = self._originals(verified, index)
        self._warehouse()
        if self.mend:
            self.lake.checked.save()
        verified.damages = self.damages
        return verified

    def _lost_commits(self, log: Log, index: Mapping[str, Stamp]) -> list[Damage]:
        """The commits that must have been there, by what still speaks of them."""
        names = [commit.name for commit in log.commits]
        lost = [Damage(name, "missing, and so is its copy") for name in lost_manifests(self.files, log)]
        for name in lost_by_index(self.files, names):
            manifest = manifest_name("commits", name)
            if not self.files.shared and not self.files.has(manifest):  # else committed while this looks
                lost.append(Damage(manifest, "missing, though originals came with it"))
        if not names and not lost and self._has_originals(index):
            lost.append(Damage("lake/commits", "no commit, though there are originals"))
        loaded = self.lake.loaded()
        if loaded and loaded not in names:
            found = "missing, though the warehouse was built from it"
            lost.append(Damage(f"lake/commits/{loaded}.json", found))
        return lost

    # -- manifests -------------------------------------------------------------------------------------------------

    def _log(self) -> Log:
        """The log by every manifest or copy that is whole; the other of the two is made good."""
        compactions = self._manifests("compactions", Compaction.read)
        commits = self._manifests("commits", Commit.read)
        stands: list[Compaction] = []
        try:
            stands = standing(compactions[number] for number in sorted(compactions))
        except ValueError as error:
            self.damages.append(Damage("lake/compactions", str(error)))
        held = [commit for compaction in stands for commit in compaction.commits]
        own: list[Commit] = []
        while (number := len(held) + len(own) + 1) in commits:
            own.append(commits[number])
        return Log(stands, held + own, self.found)

    def _manifests(self, folder: str, read: Callable[[str, bytes], _Manifest]) -> dict[int, _Manifest]:
        """What can be read of the manifests of a folder and their copies, by number."""
        known: dict[int, _Manifest] = {}
        texts: dict[int, bytes] = {}
        bad: list[tuple[str, int]] = []
        for name in sorted(self.found, key=lambda name: (name.startswith(COPIES), name)):
            is_copy = name.startswith(COPIES)
            match = _match_manifest(name, folder)
            if not match:
                continue
            number = int(match["number"])
            stem = f"{number:08d}" if folder == "compactions" else match[0]
            data = self.files.read(name)
            try:
                manifest = read(stem, data)
            except (ValueError, KeyError, TypeError, AttributeError):
                bad.append((name, number))
                continue
            if is_copy and number not in known:
                where = manifest_name(folder, stem if not self.files.shared else f"{number:08d}")
                bad.append((where, number))
            known.setdefault(number, manifest)
            texts.setdefault(number, data)
        for number, manifest in known.items():
            if self.mend and copy_name(manifest.name) not in self.found:  # earlier versions wrote none
                self._mend(copy_name(manifest.name), texts[number], "")
        for name, number in dict.fromkeys(bad):
            what = self._what(name, self.found)
            mended = ""
            if number in texts:
                copy = copy_name(known[number].name)
                mended = self._mend(name, texts[number], "its manifest" if name == copy else copy)
            self.damages.append(Damage(name, what, mended))
        return known

    # -- parts -----------------------------------------------------------------------------------------------------

    def _is_good(self, name: str, sha256: str, found: Mapping[str, Stamp]) -> bool:
        if name not in found:
            return False
        try:
            self.lake.checked.check(self.files, name, sha256, found[name], anew=self.deep)
        except (DamageError, OSError):
            return False
        return True

    def _check_part(self, source: Commit | Compaction, table: str, index: Mapping[str, Stamp]) -> bool:
        """Whether a part is whole, or was mended from its copy beside the originals."""
        part = source.parts[table]
        name = part_name(table, source.name)
        if self._is_good(name, part.sha256, self.found):
            return True
        copy = index_name(table, source.name, part.sha256) if table in INDEXED else ""
        what = self._what(name, self.found)
        whole = bool(copy) and self._is_good(copy, part.sha256, index)
        mended = self._mend(name, self.files.read(copy), copy) if whole else ""
        reports = () if mended else self._reports(source, table)
        self.damages.append(Damage(name, what, mended, reports))
        return whole

    def _check_index(self, commit: Commit, table: str, index: Mapping[str, Stamp]) -> None:
        sha256 = commit.parts[table].sha256
        name, part = index_name(table, commit.name, sha256), part_name(table, commit.name)
        if self._is_good(name, sha256, index):
            return
        mended = ""
        if commit.compaction is None and self._is_good(part, sha256, self.found):
            mended = self._mend(name, self.files.read(part), part)
        if name in index:  # earlier versions wrote none
            self.damages.append(Damage(name, self._what(name, index), mended))

    def _reports(self, source: Commit | Compaction, table: str) -> tuple[str, ...]:
        """The reports the rows of a part are about, as far as another part of it says so."""
        for other in ("report", "document"):
            if other != table and other in source.parts:
                name = part_name(other, source.name)
                if self._is_good(name, source.parts[other].sha256, self.found):
                    rows = pq.read_table(pa.BufferReader(self.files.read(name)), columns=["report_id"])
                    return tuple(sorted(set(rows["report_id"].drop_null().to_pylist())))
        return ()

    # -- originals and warehouse -----------------------------------------------------------------------------------

    @staticmethod
    def _has_originals(index: Mapping[str, Stamp]) -> bool:
        return any(name.count("/") > 1 for name in index)

    def _originals(self, verified: Verified, index: Mapping[str, Stamp]) -> dict[str, Damage]:
        there = {name.rpartition("/")[2] for name in index}
        there = {sha256 for sha256 in there if len(sha256) == 64}
        reports: dict[str, list[str]] = {}
        wanted: set[str] = set()
        for row in self._rows_of(verified):
            if sha256 := row["document_sha256"]:
                wanted.add(sha256)
                if row.get("report_id"):
                    reports.setdefault(sha256, []).append(row["report_id"])
        damages = {}
        for sha256 in sorted(wanted | (there if self.deep else set())):
            if sha256 in there and not (self.deep and self.files.sha256(place(sha256)) != sha256):
                continue
            found = "other bytes than archived" if sha256 in there else "missing"
            mended = ""
            if self.mend and (data := self.source(sha256)) is not None:
                self.lake.originals.replace(data)
                mended = "where it came from"
            damages[sha256] = Damage(place(sha256), found, mended, tuple(sorted(set(reports.get(sha256, ())))))
        return damages

    def _rows_of(self, verified: Verified) -> Iterator[dict[str, str]]:
        """Rows that name originals: of every part and of what lies beside the originals, as far as it can be read."""
        tables = [rows for table in INDEXED for _, rows in read_index(self.files, table)]
        tables += [
            pq.read_table(pa.BufferReader(self.files.read(part_name(table, source.name))))
            for source in verified.log.stands
            for table in INDEXED
            if table in source.parts
            and self._is_good(part_name(table, source.name), source.parts[table].sha256, self.found)
        ]
        for rows in tables:
            yield from rows.select([c for c in ("document_sha256", "report_id") if c in rows.column_names]).to_pylist()

    def _warehouse(self) -> None:
        warehouse = self.lake.warehouse
        if warehouse.is_file() and not self.lake.checked.is_as_built(warehouse, anew=self.deep):
            if self.mend:
                warehouse.unlink()
            mended = "the lake: the next run builds it" if self.mend else ""
            self.damages.append(Damage(warehouse.name, "other bytes than were built", mended))

    # -- both ------------------------------------------------------------------------------------------------------

    def _mend(self, name: str, data: bytes, whence: str) -> str:
        if not self.mend:
            return ""
        self.files.write(name, data)
        self.found[name] = self.files.stamp(name)
        return whence

    @staticmethod
    def _what(name: str, found: Mapping[str, Stamp]) -> str:
        return "other bytes than written" if name in found else "missing"
