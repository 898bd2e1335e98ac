"""What an edition takes from another one, settled on the entries of the YAML files before they are read.

An edition that is `based_on` another takes from it whatever it does not say itself, table by table; a single table may
be based on that of any edition. `replace` gives a line, by its code, a new entry; `add` has the lines that come behind
one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Entry = dict[str, Any]


def inherited(edition: str, sources: Mapping[str, Entry], below: tuple[str, ...] = ()) -> Entry:
    """The whole entry of an edition. Raises ValueError where what it is based on is missing, or is based on itself."""
    if edition not in sources or edition in below:
        chain = " based on ".join((*below, edition))
        raise ValueError(f"extract/forms: {chain}; expected the edition of another file that is not based on this one")
    own = sources[edition]
    base = inherited(own["based_on"], sources, (*below, edition)) if "based_on" in own else {"tables": {}}
    tables = dict(base["tables"])
    for key, table in own.get("tables", {}).items():
        source = inherited(table["based_on"], sources, (*below, edition)) if "based_on" in table else base
        tables[key] = table if "blocks" in table else _changed(source["tables"][key], table, f"{edition} / {key}")
    return {**base, **own, "tables": tables}


def lineage(edition: str, sources: Mapping[str, Entry]) -> Iterator[str]:
    """The edition and those it is based on as a whole, the nearest first."""
    yield edition
    if base := sources[edition].get("based_on"):
        yield from lineage(base, sources)


def join(prefix: str, key: str) -> str:
    """The code of a line or column from that of what it stands in and its own key."""
    return f"{prefix}_{key}" if prefix and key else prefix or key


def code_of(line: Entry, prefix: str) -> str:
    """The code of a line: the one it names outright, else its place."""
    return str(line["code"]) if "code" in line else join(prefix, line["key"])


def _changed(table: Entry, changes: Entry, where: str) -> Entry:
    replaced, added = dict(changes.get("replace", {})), dict(changes.get("add", {}))

    def lines(entries: list[Entry], prefix: str) -> Iterator[Entry]:
        for entry in entries:
            code = code_of(entry, prefix)
            line = replaced.pop(code, entry)
            yield {**line, "lines": list(lines(line["lines"], code))} if "lines" in line else line
            yield from added.pop(code, ())

    blocks = [{**block, "lines": list(lines(block["lines"], ""))} for block in table["blocks"]]
    if replaced or added:
        raise ValueError(
            f"extract/forms: {where} changes {', '.join([*replaced, *added])}; expected codes of its lines"
        )
    kept = {key: value for key, value in changes.items() if key not in ("based_on", "replace", "add")}
    return {**table, **kept, "blocks": blocks}
