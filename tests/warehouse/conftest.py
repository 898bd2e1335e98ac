import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page

from tests.browser import MISSING, chromium, launched
from warehouse.lake.commits import Commit, described, short
from warehouse.lake.store import Lake
from warehouse.load import LoadSummary, build
from warehouse.query import query
from warehouse.schema import arrow_schema

LOADED = datetime(2026, 2, 1)  # noqa: DTZ001 - the store's times are UTC without a zone
TABLES = ("document", "report", "cell", "quality_check", "quality_issue", "statement", "sketch")
DEFAULTS: dict[str, Mapping[str, Any]] = {
    "document": {
        "media_type": "text/html",
        "bytes": 9,
        "encoding": "utf-8",
        "outcome": "report",
        "reason": "",
    },
    "report": {"agency_name": "示例县", "scope": "own", "edition": "2021", "verdict": "pass", "reason": ""},
    "cell": {"edition": "2021", "unit": "件", "method": "labelled", "issue": "", "applicant_code": ""},
    "quality_check": {
        "severity": "statutory",
        "location": "",
        "message_zh": "不成立",
        "message_en": "fails",
        "found": "0 tables differ",
    },
    "quality_issue": {"severity": "heuristic", "indicator_code": "", "applicant_code": ""},
}


def rows_of(table: str, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rows of a lake table; what a row leaves out is the table's default or null."""
    schema = arrow_schema(table)
    filled = [{**DEFAULTS.get(table, {}), **row} for row in rows]
    assert not {name for row in filled for name in row} - set(schema.names)
    return pa.Table.from_pylist(filled, schema=schema)


@contextmanager
def killed(method: str, survived: int) -> Iterator[None]:
    """A block that is killed when it would call a method of Path, after so many calls that went well."""
    whole, calls = getattr(Path, method), 0

    def dying(path: Path, *given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > survived:
            raise KeyboardInterrupt
        return whole(path, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, method, dying)
        with pytest.raises(KeyboardInterrupt):
            yield


class Store:
    """A store filled by hand: `add` documents, `commit` them, `build`, `ask`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lake = Lake(path)
        self.pending: dict[str, list[Mapping[str, Any]]] = {table: [] for table in TABLES}

    def add(self, letter: str, name: str = "", *, day: int = 1, outcome: str = "report", **report: Any) -> None:
        """A document whose bytes are known by a letter, first seen on a day of January; `report` as columns.

        `cells` are (table, indicator, applicant, printed, value[, edition[, other columns]]); a text for a value is
        the kind.
        `checks` are (code, outcome[, cells[, severity]]), `issues` are codes, `prose` are (quantity, value).
        """
        sha, report_id = letter * 64, letter * 16
        cells, checks, issues, prose = (report.pop(key, ()) for key in ("cells", "checks", "issues", "prose"))
        document = {"document_sha256": sha, "source_name": name or f"{letter}.html", "fingerprint": "f1"}
        seen = datetime(2026, 1, day)  # noqa: DTZ001
        is_report = outcome in ("report", "duplicate")
        self._add(
            "document",
            {
                **document,
                "first_seen": seen,
                "outcome": outcome,
                "report_id": report_id if is_report else None,
            },
        )
        for code in issues:
            self._add("quality_issue", {"report_id": report_id, "document_sha256": sha, "code": code})
        if outcome != "report":
            return
        who = {"agency_id": report.pop("agency", "321300000000"), "report_year": report.pop("year", 2023)}
        if "published" in report:
            report["published_on"] = date(2024, 1, report.pop("published"))
        self._add("report", {"report_id": report_id, "document_sha256": sha, "loaded_at": LOADED, **who, **report})
        for table, indicator, applicant, printed, value, *edition in cells:
            kind = {"kind": value} if isinstance(value, str) else {"kind": "number", "value": value}
            codes = {"table_key": table, "indicator_code": indicator, "applicant_code": applicant}
            kind |= {"edition": edition[0]} if edition else {}
            kind |= dict(edition[1]) if len(edition) > 1 else {}
            self._add("cell", {"report_id": report_id, **codes, "printed": printed, **kind})
        for quantity, value in prose:
            self._add("statement", {"report_id": report_id, "quantity": quantity, "value": Decimal(value), "quote": ""})
            self._add("sketch", {"report_id": report_id, "chapter": "overview", "length": value, "hashes": ""})
        self.checks(letter, checks, **who)

    def checks(self, letter: str, checks: Iterable[Sequence[Any]], **who: Any) -> None:
        """What was found of a report read before, as `add` takes it."""
        for code, result, *more in checks:
            told = {"check_code": code, "outcome": result} | dict(zip(("cells", "severity"), more, strict=False))
            self._add("quality_check", {"report_id": letter * 16, **who, **told})

    def _add(self, table: str, row: Mapping[str, Any]) -> None:
        self.pending[table].append(row)

    def take(self, run_id: str = "r1") -> dict[str, pa.Table]:
        """The tables of what was added since the last commit."""
        checks = [{"run_id": run_id, **check} for check in self.pending["quality_check"]]
        taken = {**self.pending, "quality_check": checks}
        self.pending = {table: [] for table in TABLES}
        return {table: rows_of(table, rows) for table, rows in taken.items()}

    def record(self, run_id: str = "r1", **known: object) -> dict[str, object]:
        """A row of the table run."""
        return {**dict.fromkeys(arrow_schema("run").names), "run_id": run_id, **known}

    def commit(self, run_id: str = "r1") -> str:
        """Commit what was added."""
        return self.lake.commit(self.take(run_id), self.record(run_id))

    def build(self) -> LoadSummary:
        """Build the warehouse."""
        return build(self.path)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that answer a question."""
        return [tuple(row.values()) for row in query(self.path, sql).to_pylist()]


def rewrite(store: Store, index: int, table: str, rows: pa.Table) -> None:
    """Let another version have written the rows of a commit: part, manifest, copy and names agree."""
    commit = store.lake.commits()[index]
    lake, data = store.path / "lake", to_parquet(rows)
    new = Commit("", {**commit.parts, table: described(data, rows.num_rows)}, commit.run)
    name = f"{commit.name[:8]}-{short(new.manifest())}"
    for known in commit.parts:
        (lake / known / f"{commit.name}.parquet").rename(lake / known / f"{name}.parquet")
    (lake / table / f"{name}.parquet").write_bytes(data)
    for folder in ("commits", "copies"):
        (lake / folder / f"{commit.name}.json").unlink()
        (lake / folder / f"{name}.json").write_bytes(new.manifest())


def to_parquet(rows: pa.Table) -> bytes:
    """Rows as a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink)
    return sink.getvalue().to_pybytes()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(tmp_path / "store")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A built store with one report of one fact, to look at only."""
    store = Store(tmp_path_factory.mktemp("small") / "store")
    store.add("a", cells=[("requests", "req_new", "total", "3", 3)])
    store.commit()
    store.build()
    return store


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Its event loop ends with it, for other files run flows in this process."""
    if not chromium():
        pytest.skip(MISSING)
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may say nothing wrong and ask for nothing but files of its own site."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    wrong: list[str] = []
    page.wrong = wrong  # type: ignore[attr-defined]
    page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("request", lambda r: re.match(r"(file|blob|data):|http://127\.0\.0\.1:", r.url) or wrong.append(r.url))
    yield page
    context.close()
    assert not wrong
