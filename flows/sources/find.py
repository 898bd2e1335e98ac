"""What there is to read: files and folders a person named, documents that were fetched, and which of them are new."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from extract.document import UnreadableFileError
from extract.formats.archive import HEAD, INSIDE, MEDIA_TYPES, kind_of, may_be_archive, members
from extract.sniff import MAX_BYTES
from flows.batch import File, content, digest
from flows.fingerprint import decisions_in, fingerprint, hint_in
from flows.show.screen import printable
from flows.show.summary import ReportLine
from flows.sources.crawl import READ
from flows.sources.declared import Sources
from flows.standing import Standing
from transform.corrections import Corrections, ReportKey
from transform.hint import NO_HINT, Hint
from warehouse.lake.errors import DamageError
from warehouse.lake.store import Lake

_AT_ONCE = 25  # files of an archive


def find_files(paths: Sequence[str], hint: Hint = NO_HINT) -> tuple[list[File], list[ReportLine]]:
    """Every file named or below a named folder, in order of name, and a line for each folder that cannot be read.

    Hidden files are left out. A link that leads out of its folder is refused: what it leads to may be anybody's.
    """
    found: list[File] = []
    refused: list[ReportLine] = []

    def refuse(error: OSError) -> None:
        reason = f"{error.strerror}; expected a folder this user may read"
        refused.append(ReportLine(name_of(Path(error.filename)), "unreadable", reason=reason))

    for path in paths:
        root = Path(path)
        if not root.is_dir():
            found.append(_file(root, name_of(Path(root.name)), hint))
            continue
        inner = f"{os.path.realpath(root)}/"
        for folder, below, names in os.walk(root, onerror=refuse):
            below[:] = sorted(name for name in below if not name.startswith("."))
            links = [name for name in below if Path(folder, name).is_symlink()]  # to folders, which are not followed
            for file in (Path(folder, name) for name in sorted([*names, *links]) if not name.startswith(".")):
                name = name_of(file.relative_to(root))
                if file.is_symlink() and not f"{os.path.realpath(file)}/".startswith(inner):
                    reason = "a link that leads out of the folder; expected a file, or a link to one in it"
                    refused.append(ReportLine(name, "unreadable", reason=reason))
                elif file.name not in links:
                    found.append(_file(file, name, hint))
    return found, refused


def name_of(path: Path) -> str:
    """A path as it is stored and shown: bytes that are no UTF-8 read as GB18030 where that fits, else written out, and
    so is what cannot be seen.
    """
    return "/".join(printable(_decoded(os.fsencode(part))) for part in path.parts)


def _decoded(name: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return name.decode(encoding)
    return name.decode("utf-8", "backslashreplace")


def _file(path: Path, name: str, hint: Hint) -> File:
    try:
        stat = path.stat()
    except OSError:  # a link that leads nowhere: reading it will say so
        return File(path, name, 0, 0, hint=hint)
    return File(path, name, stat.st_size, stat.st_mtime_ns, hint=hint)


# What is asked of a request to know what it brought.
_ASKED = ["url", "source", "purpose", "document_sha256", "bytes", "agency_hint", "year_hint"]


def find_fetched(sources: Sources, lake: Lake) -> list[File]:
    """Every document the sources ever brought, whether or not they could be asked this time, oldest first."""
    names = {source.name for source in sources.remote}
    return [
        File(
            None,
            row["url"],
            row["bytes"],
            None,
            row["document_sha256"],
            hint=Hint(row["agency_hint"] or "", row["year_hint"]),
        )
        for row in lake.fetches().select(_ASKED).to_pylist()
        if row["document_sha256"] and row["purpose"] in READ and row["source"] in names
    ]


def with_members(files: Iterable[File], lake: Lake, standing: Standing) -> Iterator[File]:
    """The files, and before each archive the files in it, as files of their own whose bytes the store keeps.

    What this code read before is not looked into again. The files of an archive come first, so that a run that is
    killed leaves no archive behind that looks as if it were done. One that cannot be opened says so when it is read.
    """
    files = list(files)
    opened, inside = _opened(files, lake, standing)
    for file in files:
        key = file.sha256 or (file.size, file.modified_ns)
        if (file.name, key) in opened:
            yield from (replace(known, hint=file.hint) for known in inside.get(file.name, ()))
        elif _is_archive(file, lake):
            with suppress(OSError, DamageError, UnreadableFileError):
                yield from _unpacked(file, lake)
        yield file


def _unpacked(file: File, lake: Lake) -> Iterator[File]:
    """The files in an archive, once their bytes are in the store; some at a time, for each is open until then."""
    inside = members(content(file, lake), Path(file.name).name)
    while batch := list(islice(inside, _AT_ONCE)):
        with lake.originals.keeping() as archive:
            digests = ["" if member.reason else archive(member.data) for member in batch]
        for member, sha256 in zip(batch, digests, strict=True):
            name = f"{file.name}{INSIDE}{member.name}"
            yield File(None, name, member.size, None, sha256, hint=file.hint, reason=member.reason)


# What is asked of a document to know whether it was looked into.
_TOLD = [
    "source_name", "document_sha256", "bytes", "modified_ns", "media_type", "outcome", "reason", "report_id",
    "fingerprint", "names",
]  # fmt: skip


def _opened(
    files: Iterable[File], lake: Lake, standing: Standing
) -> tuple[set[tuple[str, object]], dict[str, list[File]]]:
    """What this code read, by name and what tells that it is the same; the files in archives, by the archive's name."""
    opened: set[tuple[str, object]] = set()
    inside: dict[str, list[File]] = defaultdict(list)
    for row in lake.documents(file.name for file in files).select(_TOLD).to_pylist():
        bundle, is_member, _ = row["source_name"].partition(INSIDE)
        is_read = row["outcome"] != "unreadable" or row["media_type"] in MEDIA_TYPES
        if is_read and not standing.why_not(row):
            opened.update(
                (row["source_name"], key) for key in ((row["bytes"], row["modified_ns"]), row["document_sha256"])
            )
        if is_member:
            reason = "" if row["document_sha256"] else row["reason"]
            inside[bundle].append(
                File(None, row["source_name"], row["bytes"], None, row["document_sha256"], reason=reason)
            )
    return opened, inside


def _is_archive(file: File, lake: Lake) -> bool:
    """Whether a file is an archive that may be opened."""
    if file.size > MAX_BYTES or file.reason:
        return False
    try:
        if file.path is not None:
            if not file.path.is_file():
                return False
            with file.path.open("rb") as opened:
                if not may_be_archive(opened.read(HEAD)):
                    return False
        return bool(kind_of(content(file, lake)))
    except (OSError, DamageError):  # reading it will say so
        return False


def select_new(
    files: Iterable[File], lake: Lake, corrections: Corrections, standing: Standing, again: bool = False
) -> Iterator[File]:
    """The files that were not read yet, or whose reading does not stand with these inputs, decisions and hint.

    With `again` all of them, and nothing counts as read. One of known name, size and time of change is not even opened;
    one with the bytes of another is a duplicate.
    """
    files = list(files)
    decided = _decided(lake, corrections)
    named = lake.documents(file.name for file in files).to_pylist()
    reports = {row["source_name"] for row in named if row["outcome"] == "report"}
    at_rest = {(row["source_name"], row["bytes"], row["modified_ns"]): row["document_sha256"] for row in named}
    digests = [_digest(file, lake, {} if again else at_rest) for file in files]
    documents = [] if again else [*named, *_of_content({*digests}, named, lake)]
    # The same bytes under another name stand and fall together.
    fallen = {row["document_sha256"] or row["source_name"]: why for row in documents if (why := standing.why_not(row))}
    known_reports = _said_by_transcripts(documents, standing)
    stands = {}  # the hint of what stands, by name and content
    for row in documents:
        is_decided = decisions_in(row["fingerprint"]) == decided.get(row["document_sha256"], "")
        if is_decided and (row["document_sha256"] or row["source_name"]) not in fallen:
            stands[row["source_name"], row["document_sha256"]] = row["fingerprint"].partition("~")[2]
    read = {sha256 for _, sha256 in stands}
    for file, sha256 in zip(files, digests, strict=True):
        hint = fingerprint("", file.hint).partition("~")[2]
        known = stands.get((file.name, sha256))
        if known != hint:
            if (sha256 or file.name) in fallen:
                standing.again[fallen[sha256 or file.name]] += 1
            duplicate = bool(sha256) and sha256 in read and known is None
            yield replace(
                file, sha256=sha256, duplicate=duplicate, was_report=file.name in reports,
                read_before=sha256 in known_reports and not duplicate,
            )  # fmt: skip
            read.add(sha256)


def _digest(file: File, lake: Lake, at_rest: Mapping[tuple[str, int, int | None], str]) -> str:
    """The digest of a file; one of known name, size and time of change is not opened."""
    known = None if file.modified_ns is None else at_rest.get((file.name, file.size, file.modified_ns))
    return digest(file, lake) if known is None else known


def _of_content(digests: set[str], named: Iterable[Mapping[str, Any]], lake: Lake) -> list[dict[str, Any]]:
    """The documents of these digests that bear none of the names asked already."""
    further = digests - {row["document_sha256"] for row in named} - {""}
    return lake.documents(further).to_pylist() if further else []


def _said_by_transcripts(documents: Iterable[Mapping[str, Any]], standing: Standing) -> set[str]:
    """The digests of the reports whose transcripts say what readers would."""
    found: dict[str, bool] = {}
    for row in documents:
        if row["outcome"] == "report":
            sha256 = row["document_sha256"]
            found[sha256] = found.get(sha256, True) and standing.says_the_same(row)
    return {sha256 for sha256, is_so in found.items() if is_so}


def select_decided(lake: Lake, corrections: Corrections, standing: Standing) -> Iterator[File]:
    """The documents of reports whose reviewed decisions are not those they were read with."""
    decided = _decided(lake, corrections)
    documents = lake.documents().to_pylist()
    known = _said_by_transcripts(documents, standing)
    for row in documents:
        applied = decisions_in(row["fingerprint"])
        if row["outcome"] == "report" and applied != decided.get(row["document_sha256"], ""):
            yield File(
                None, row["source_name"], row["bytes"], row["modified_ns"], row["document_sha256"],
                hint=hint_in(row["fingerprint"]), first_seen=row["first_seen"],
                read_before=row["document_sha256"] in known,
            )  # fmt: skip


def with_transcripts(files: Sequence[File], lake: Lake) -> list[File]:
    """The files; those read before, to the same effect as now, with what they said."""
    asked = [file.sha256 for file in files if file.read_before]
    known = lake.transcripts(asked) if asked else {}
    return [replace(file, transcript=known[file.sha256]) if file.sha256 in known else file for file in files]


def _decided(lake: Lake, corrections: Corrections) -> dict[str, str]:
    """Digest of the decisions about each document that was read as a report."""
    if not (corrections.entries or corrections.aliases):
        return {}
    reports = (ReportKey(**row) for row in lake.reports(ReportKey._fields).to_pylist())
    return {report.document_sha256: corrections.digest(report) for report in reports}
