"""What a file was read with: where that changed, what hangs on it is read again.

The inputs of a reading are told apart as far as it is known what hangs on them: a row of `aliases.csv` concerns the
documents that ask for its name, the words of a rule the reports that break it, a further spelling of a label the
documents that may hold it; every other input concerns all. Comments count nowhere (`extract.essence`).
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from extract.essence import essence
from extract.forms import apart_from_spellings, sources
from extract.yaml_data import parsed
from transform.hint import NO_HINT, Hint

_RULES, _ALIASES = "expectations/rules.yaml", "transform/reference/aliases.csv"
# What a reading depends on.
_READERS = (
    ("extract", (".py", ".yaml")),
    ("transform", (".py", ".csv", ".gz", ".yaml")),
    ("expectations", (".py", ".yaml")),
)
# The layers of a reading, by where their inputs lie; the first that fits.
_SAYS = "extract/"
_LAYERS = (
    ("what a document says", (_SAYS,)),
    ("whose it is", ("transform/agencies/", "transform/publisher.py", "transform/evidence/", "transform/hint.py",
                     "transform/metadata.py", "transform/reference/aliases", "transform/reference/divisions",
                     "transform/reference/renames", "transform/reference/vocabulary", "transform/reference/zones")),
    ("what it means", ("transform/",)),
    ("what is wrong with it", ("expectations/",)),
)  # fmt: skip
# Words of a rule that stand nowhere but in messages about what breaks it.
_WORDS = ("title", "source", "exceptions", "fail", "not_evaluable")
_WORDING = "#words/"
_FORMS, _SPELT = "extract/forms/", "#also/"
# Aliases of these kinds are looked for in names only. The others rename agencies, or lead on to names like them.
_IN_NAMES = ("agency", "site", "former", "merged", "short")

Inputs = Mapping[str, str]


def fingerprint(corrections: str = "", hint: Hint = NO_HINT) -> str:
    """What a file was read with: a digest of code, forms and reference tables, that of decisions on its report, and
    behind a ~ what was known of it.
    """
    known = f"~{hint.agency}/{hint.year or ''}" if hint != NO_HINT else ""
    return (f"{_digest_of_all()}-{corrections}" if corrections else _digest_of_all()) + known


@lru_cache(maxsize=1)
def read_with() -> str:
    """A digest of what decides what a document says."""
    return _digest(_in_json(of_readers(inputs())))


def hint_in(read_by: str) -> Hint:
    """What was known of a file, from the fingerprint it was read with."""
    _, told, known = read_by.partition("~")
    agency, _, year = known.rpartition("/")
    return Hint(agency, int(year) if year else None) if told else NO_HINT


def code_in(read_by: str) -> str:
    """The digest of all inputs in a fingerprint."""
    return re.split("[-~]", read_by, maxsplit=1)[0]


def decisions_in(read_by: str) -> str:
    """The digest of the decisions in a fingerprint, "" for none."""
    return read_by.partition("~")[0].partition("-")[2]


@dataclass(frozen=True, slots=True)
class Change:
    """What two sets of inputs differ in, and what hangs on it: all documents, or those that ask for one of `names`, the
    reports that break one of `rules`, and what may hold one of `labels`.
    """

    inputs: tuple[str, ...]
    concerns_all: bool = False
    names: frozenset[str] = frozenset()
    rules: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    def in_words(self, *, is_read: bool) -> str:
        """What a change has done again, and why: the layers that changed, each with its first inputs; "" for none.

        What a document says is no reason where it is not read again.
        """
        by_layer: dict[str, list[str]] = {}
        for item in (item for item in self.inputs if is_read or not item.startswith(_SAYS)):
            layer = next(name for name, begin in _LAYERS if item.startswith(begin))
            by_layer.setdefault(layer, []).append(item.replace(_WORDING, ", words of ").replace(_SPELT, ", "))
        if not by_layer:
            return ""
        return f"{'read' if is_read else 'computed'} again for " + "; ".join(
            f"{layer}: {', '.join(items[:3])}" + (f" and {len(items) - 3} more" if len(items) > 3 else "")
            for layer, items in by_layer.items()
        )


def of_readers(inputs: Inputs) -> Inputs:
    """Of the inputs of a reading those that decide what a document says."""
    return {item: digest for item, digest in inputs.items() if item.startswith(_SAYS)}


def change(before: Inputs, now: Inputs) -> Change:
    """What changed between two sets of inputs."""
    changed = sorted(item for item in {*before, *now} if before.get(item) != now.get(item))
    names, rules, labels, all_of_them = set(), set(), set(), False
    for item in changed:
        if item.startswith(f"{_RULES}{_WORDING}"):
            rules.add(item.partition(_WORDING)[2])
        elif _SPELT in item:
            labels.add(item.rpartition("=")[2])
        elif item.startswith(f"{_ALIASES}#") and (row := item.partition("#")[2].split(","))[2] in _IN_NAMES:
            names.add(row[0])
            all_of_them |= bool(row[6:] and row[6])  # a place of the past gets its code back
        else:
            all_of_them = True
    return Change(tuple(changed), all_of_them, frozenset(names), frozenset(rules), frozenset(labels))


@lru_cache(maxsize=1)
def inputs() -> Inputs:
    """Every input of a reading with a digest of it; rows of aliases, wordings of rules and further spellings of labels
    count one by one.
    """
    found: dict[str, str] = {}
    for package, endings in _READERS:
        for path, entry in _walk(files(package), package):
            if path == _ALIASES:
                found |= {f"{path}#{row}": "" for row in entry.read_text("utf-8").splitlines()[1:]}
            elif path == _RULES:
                found |= _of_rules(entry.read_text("utf-8"))
            elif path.startswith(_FORMS) and path.endswith(".yaml"):
                found |= _of_form(path, sources()[entry.name.removesuffix(".yaml")])
            elif path.endswith(endings):
                found[path] = _digest(essence(path, entry.read_bytes()))
    return dict(sorted(found.items()))


@lru_cache(maxsize=1)
def _digest_of_all() -> str:
    return _digest(json.dumps(inputs(), sort_keys=True, ensure_ascii=False).encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _of_rules(text: str) -> dict[str, str]:
    """The rule book, with the words of each rule by themselves."""
    book = parsed(text)
    words = {}
    for code, entry in book["rules"].items():
        worded = {name: entry.pop(name) for name in _WORDS if name in entry}
        entry["worded"] = [*worded]
        words[f"{_RULES}{_WORDING}{code}"] = _digest(_in_json(worded))
    return {_RULES: _digest(_in_json(book)), **words}


def _of_form(path: str, form: Any) -> dict[str, str]:
    """A form, with the further spellings of each of its labels by themselves."""
    rest, spelt = apart_from_spellings(form)
    return {path: _digest(_in_json(rest)), **{f"{path}{_SPELT}{label}={spelling}": "" for label, spelling in spelt}}


def _in_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=str).encode()


def _walk(folder: Traversable, path: str) -> Iterable[tuple[str, Traversable]]:
    """Every file below a folder with its path."""
    for entry in folder.iterdir():
        within = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, within)
        else:
            yield within, entry
