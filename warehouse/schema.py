"""The declaration of the lake and the warehouse (`schema.yaml`), rendered for Arrow, DuckDB and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import pyarrow as pa

from extract.forms import load_forms
from extract.yaml_data import parsed

_ARROW = {
    "text": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "decimal": pa.decimal128(18, 6),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),  # UTC; without a zone, so that no client shifts it to its own
    "bool": pa.bool_(),
}
_DUCKDB = {
    "text": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "decimal": "DECIMAL(18,6)",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "bool": "BOOLEAN",
}


# Rows of a row group where `schema.yaml` does not say.
_GROUP = 1 << 20


@dataclass(frozen=True)
class Text:
    """What a thing is, in Chinese and in English."""

    zh: str
    en: str

    @property
    def comment(self) -> str:
        """Both languages in one line, as DuckDB shows it."""
        return f"{self.zh} · {self.en}"


@dataclass(frozen=True)
class Column:
    """A column of a lake table; `type` is one of the words listed in `schema.yaml`."""

    name: str
    type: str
    text: Text

    @property
    def arrow(self) -> pa.DataType:
        """Its type in Arrow and Parquet."""
        return _ARROW[self.type]

    @property
    def duckdb(self) -> str:
        """Its type in DuckDB."""
        return _DUCKDB[self.type]


@dataclass(frozen=True)
class LakeTable:
    """A table of the lake. Rows are unique by `key`; an empty key allows rows alike. `group` rows make a row group."""

    name: str
    text: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    group: int

    @cached_property
    def arrow(self) -> pa.Schema:
        """Its Arrow schema, columns in declared order."""
        return pa.schema([(column.name, column.arrow) for column in self.columns])


@lru_cache(maxsize=1)
def _declared() -> Mapping[str, Any]:
    declared: dict[str, Any] = parsed((files("warehouse") / "schema.yaml").read_text("utf-8"))
    return declared


# Which section of `schema.yaml` has words for the tables of a schema beside those of the lake itself.
_SECTION = {"lake": "derived", "main": "warehouse"}


def _text(entry: Mapping[str, str]) -> Text:
    return Text(entry["zh"], entry["en"])


@lru_cache(maxsize=1)
def lake_tables() -> Mapping[str, LakeTable]:
    """The tables of the lake by name."""
    return {
        name: LakeTable(
            name,
            _text(entry),
            tuple(entry.get("key", ())),
            tuple(Column(column, c["type"], _text(c)) for column, c in entry["columns"].items()),
            entry.get("group", _GROUP),
        )
        for name, entry in _declared()["lake"].items()
    }


def arrow_schema(table: str) -> pa.Schema:
    """The Arrow schema of a lake table; KeyError if there is no such table."""
    return lake_tables()[table].arrow


def table_text(schema: str, name: str) -> Text:
    """What a table or view of the DuckDB file is; KeyError if `schema.yaml` does not say.

    `schema` is `lake` for the tables of the lake as loaded, `main` for what analysts use.
    """
    if schema == "lake" and name in lake_tables():
        return lake_tables()[name].text
    return _text(_declared()[_SECTION[schema]][name])


def column_text(schema: str, table: str, column: str) -> Text:
    """What a column of the DuckDB file is, by the order `schema.yaml` states; KeyError if nothing says."""
    declared = _declared()
    added = declared["added"]
    if schema == "lake" and table in lake_tables():
        own: Mapping[str, Any] = {}
        like = [table]
    else:
        own = declared[_SECTION[schema]][table].get("columns", {})
        like = declared[_SECTION[schema]][table].get("like", [])
    columns = [own, *(declared["lake"][name]["columns"] for name in like), added]
    columns += [entry["columns"] for entry in declared["lake"].values()]
    for entries in columns:
        if column in entries:
            return _text(entries[column])
    for ending in ("_parts_printed", "_parts"):
        if column.endswith(ending):
            of = column_text(schema, table, column.removesuffix(ending))
            text = _text(added[ending.removeprefix("_")])
            return Text(f"{of.zh}：{text.zh}", f"{of.en}: {text.en}")
    return _indicator_texts()[column]


def kept_apart(name: str) -> tuple[str, ...]:
    """The columns a sum over a view or table function must keep apart (`warehouse.apart`); () for what may be added."""
    return tuple(_declared()["warehouse"].get(name, {}).get("apart", ()))


def row_keys(name: str) -> tuple[tuple[str, ...], ...] | None:
    """The columns, in one way or several, that tell each row of a view from all others; None for no such view."""
    declared = _declared()["warehouse"].get(name)
    return None if declared is None else tuple(map(tuple, declared.get("keys", ())))


@lru_cache(maxsize=1)
def series_texts() -> Mapping[str, Any]:
    """The harmonised series by code, as `series.yaml` declares them."""
    declared: dict[str, Any] = parsed((files("warehouse") / "series.yaml").read_text("utf-8"))
    return declared


def drawn_on(series: Mapping[str, Any], edition: str) -> Mapping[str, Any]:
    """What a series draws on in an edition: as `series.yaml` says, else as it says of the edition that one is based on.

    Then it is the same quantity (grade A). Empty if the edition has no such quantity.
    """
    for named in load_forms()[edition].lineage:
        if drawn := series["editions"].get(named):
            return drawn if named == edition else {"of": drawn["of"], "grade": "A"}
    return {}


@lru_cache(maxsize=1)
def _notes() -> Mapping[str, Mapping[str, str]]:
    declared: dict[str, Any] = parsed((files("warehouse") / "notes.yaml").read_text("utf-8"))
    return declared


def indicator_note(code: str) -> dict[str, str]:
    """`article` of the Regulation and caveats (`note_zh`, `note_en`) of an indicator, '' where there is none."""
    notes = [note for key, note in sorted(_notes().items(), key=lambda item: len(item[0])) if code.startswith(key)]
    return {
        "article": next((note["article"] for note in reversed(notes) if "article" in note), ""),
        "note_zh": "；".join(note["zh"] for note in notes if "zh" in note),
        "note_en": "; ".join(note["en"] for note in notes if "en" in note),
    }


@lru_cache(maxsize=1)
def rule_texts() -> Mapping[str, Any]:
    """The rule book as it stands: `rules` by code, `next_steps` by severity (`expectations/rules.yaml`)."""
    declared: dict[str, Any] = parsed((files("expectations") / "rules.yaml").read_text("utf-8"))
    return declared


@lru_cache(maxsize=1)
def value_texts() -> Mapping[str, Mapping[str, Text]]:
    """Column → word → what the word means (`values.yaml`)."""
    declared = parsed((files("warehouse") / "values.yaml").read_text("utf-8"))
    return {column: {word: _text(entry) for word, entry in words.items()} for column, words in declared.items()}


@lru_cache(maxsize=1)
def _indicator_texts() -> Mapping[str, Text]:
    """Labels of all indicators; of a code in several editions, that of the newest."""
    return {
        indicator.code: Text(indicator.label_zh, indicator.label_en)
        for form in load_forms().values()
        for indicator in form.indicators()
    }
