"""Which reports still stand: what a change of code or data concerns is done again, and nothing else."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from extract.labels import pattern
from extract.transcript import NO_ISSUES
from flows.fingerprint import Change, Inputs, change, code_in, fingerprint, inputs, of_readers
from transform.agencies import simplified
from warehouse.lake.store import Lake

_FOLDER = "inputs"


class Standing:
    """The readings of a store against the inputs of a reading now. `again` counts by reason what is done again."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.again: Counter[str] = Counter()
        self._changes: dict[str, tuple[Change, Change]] = {fingerprint(): (Change(()), Change(()))}
        self._known: dict[tuple[str, str, str], str] = {}
        self._holding: dict[frozenset[str], frozenset[str]] = {}
        self._breaking: dict[frozenset[str], frozenset[str]] = {}

    def note(self) -> None:
        """Keep what is read with now, so that later it can be told what changed since."""
        folder = self.lake.store / _FOLDER
        path = folder / f"{fingerprint()}.json"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            aside = path.with_suffix(".tmp")
            aside.write_text(json.dumps(inputs(), ensure_ascii=False, indent=0), "utf-8")
            aside.replace(path)

    def why_not(self, document: Mapping[str, Any]) -> str:
        """What changed that a reading rests on, of a document by its `document` row; "" if the reading stands."""
        asked = document["source_name"], document["document_sha256"], document["fingerprint"] or ""
        if asked not in self._known:
            self._known[asked] = self._why_not(document)
        return self._known[asked]

    def says_the_same(self, document: Mapping[str, Any]) -> bool:
        """Whether readers would find in a document what they found, so that its transcript stands for its file."""
        return not self._is_concerned(document, self._changes_since(document)[1])

    def _why_not(self, document: Mapping[str, Any]) -> str:
        found, _ = self._changes_since(document)
        if not self._is_concerned(document, found):
            return ""
        why = found.in_words(is_read=not self.says_the_same(document))
        return why or "read again for a version of which nothing is known"

    def _changes_since(self, document: Mapping[str, Any]) -> tuple[Change, Change]:
        """What changed since a document was read, or computed, last: of all inputs, and of those of readers."""
        read_by = code_in(document["fingerprint"] or "")
        if read_by not in self._changes:
            before: Inputs = {}
            with suppress(OSError, ValueError):
                before = json.loads((self.lake.store / _FOLDER / f"{read_by}.json").read_text("utf-8"))
            unknown = Change((), concerns_all=True)
            self._changes[read_by] = (
                (change(before, inputs()), change(of_readers(before), of_readers(inputs())))
                if before
                else (unknown, unknown)
            )
        return self._changes[read_by]

    def _is_concerned(self, document: Mapping[str, Any], found: Change) -> bool:
        if found.concerns_all:
            return True
        if found.rules and document["report_id"] in self._that_break(found.rules):
            return True
        if found.labels and self._may_hold(found.labels, document):
            return True
        if not found.names:
            return False
        asked = document.get("names")
        if asked is None:
            return True
        text = _comparable(asked)
        return any(name in asked or _comparable(name) in text for name in found.names)

    def _may_hold(self, labels: frozenset[str], document: Mapping[str, Any]) -> bool:
        """Whether a document may hold one of some labels: it says so, its reading is in doubt, or it is no report."""
        if document["outcome"] not in ("report", "duplicate"):
            return True
        return document["document_sha256"] in self._in_doubt or document["document_sha256"] in self._that_hold(labels)

    def _that_hold(self, labels: frozenset[str]) -> frozenset[str]:
        """The documents whose transcript holds one of some labels."""
        if labels not in self._holding:
            sql = f"""
                SELECT DISTINCT document_sha256 FROM ({self.lake.scan("transcript")})
                WHERE regexp_matches(transcript, ?)
            """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
            with self.lake.connect() as connection:
                rows = connection.execute(sql, ["|".join(map(pattern, sorted(labels)))]).fetchall()
            self._holding[labels] = frozenset(row[0] for row in rows)
        return self._holding[labels]

    @cached_property
    def _in_doubt(self) -> frozenset[str]:
        """The documents of reports whose reading is in doubt: an issue, a cell without a label; or is not kept."""
        sql = f"""
            SELECT document_sha256 FROM ({self.lake.scan("report")})
            EXCEPT SELECT document_sha256 FROM (
                SELECT
                    document_sha256, commit_seq,
                    contains(transcript, '{NO_ISSUES}') AND NOT contains(transcript, '"aligned"') AS sure
                FROM ({self.lake.scan("transcript")})
            ) GROUP BY document_sha256 HAVING arg_max(sure, commit_seq)  -- no transcript is kept until the last is seen
        """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
        with self.lake.connect() as connection:
            return frozenset(row[0] for row in connection.execute(sql).fetchall())

    def _that_break(self, rules: frozenset[str]) -> frozenset[str]:
        """The reports that ever broke one of some rules, or left it open."""
        if rules not in self._breaking:
            self._breaking[rules] = frozenset().union(*(self._by_rule.get(rule, frozenset()) for rule in rules))
        return self._breaking[rules]

    @cached_property
    def _by_rule(self) -> dict[str, frozenset[str]]:
        """The reports that ever broke a rule, or left it open."""
        sql = f"""
            SELECT check_code, list(DISTINCT report_id) FROM ({self.lake.scan("quality_check")})
            WHERE outcome IN ('fail', 'not_evaluable') GROUP BY ALL
        """  # noqa: S608 - made of names declared in schema.yaml and of escaped paths
        with self.lake.connect() as connection:
            return {code: frozenset(reports) for code, reports in connection.execute(sql).fetchall()}


def _comparable(text: str) -> str:
    """A text as names are compared: half width, simplified, without white space but line ends."""
    return simplified(re.sub(r"[^\S\n]", "", unicodedata.normalize("NFKC", text)))
