"""What a file was read with: where that changed, it is read again."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from transform.publisher import NO_HINT, Hint

# What a reading depends on; a change re-reads every document.
_READERS = (
    ("extract", (".py", ".yaml")),
    ("transform", (".py", ".csv", ".gz", ".yaml")),
    ("expectations", (".py", ".yaml")),
)


def fingerprint(corrections: str = "", hint: Hint = NO_HINT) -> str:
    """What a file was read with: a digest of code, forms and reference tables, that of decisions on its report, and
    behind a ~ what was known of it.
    """
    known = f"~{hint.agency}/{hint.year or ''}" if hint != NO_HINT else ""
    return (f"{_code()}-{corrections}" if corrections else _code()) + known


def hint_in(read_by: str) -> Hint:
    """What was known of a file, from the fingerprint it was read with."""
    _, told, known = read_by.partition("~")
    agency, _, year = known.rpartition("/")
    return Hint(agency, int(year) if year else None) if told else NO_HINT


@lru_cache(maxsize=1)
def _code() -> str:
    digest = hashlib.sha256()
    for package, endings in _READERS:
        for path, entry in sorted(_walk(files(package), package)):
            if entry.name.endswith(endings):
                digest.update(path.encode() + entry.read_bytes())
    return digest.hexdigest()[:16]


def _walk(folder: Traversable, path: str) -> Iterable[tuple[str, Traversable]]:
    """Every file below a folder with its path, by which the order is the same on every machine."""
    for entry in folder.iterdir():
        within = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _walk(entry, within)
        else:
            yield within, entry
