import re
import subprocess
import sys
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pytest

from extract.forms import sources
from tests.prepared import build_from_nothing, build_on_it
from tests.warehouse.conftest import Store
from warehouse import load
from warehouse.lake.errors import StoreError
from warehouse.schema import Text, arrow_schema

READER = """
import sys, duckdb
old = duckdb.connect(sys.argv[1], read_only=True)
ask = lambda: print(old.sql("SELECT count(*) FROM report").fetchone()[0], flush=True)
ask()
sys.stdin.readline()
ask()
"""


def content(store):
    """The rows of every table and view of a store, brought up to its lake."""
    with duckdb.connect(store.build().path, read_only=True) as warehouse:
        tables = [".".join(row) for row in warehouse.sql("SELECT schema, name FROM (SHOW ALL TABLES)").fetchall()]
        return {name: sorted(map(repr, warehouse.sql(f"FROM {name}").fetchall())) for name in tables}


def described(store):
    """The same, and how tables, views, macros and columns are defined and commented."""
    found = content(store)
    with duckdb.connect(store.build().path, read_only=True) as warehouse:
        told = "COLUMNS(name -> name NOT LIKE '%oid' AND name NOT IN ('estimated_size', 'is_bound'))"
        for kind in ("tables", "views", "columns", "functions"):
            rows = warehouse.sql(f"SELECT {told} FROM duckdb_{kind}() WHERE NOT internal").fetchall()
            # DuckDB tells the names after EXCLUDE in any order.
            found[kind] = sorted(sorted(re.findall(r"\w+", repr(row))) for row in rows)
    return found


def test_on_a_prepared_file_the_same_is_built_as_from_nothing(store, tmp_path, monkeypatch):
    """Tables, views, macros, their definitions, comments and rows: other tests may build on one."""
    cells = [("requests", "req_new", "total", "3", 3), ("proactive", "rules_issued", "", "", "blank")]
    store.add("a", cells=cells, checks=[("R3-BAL", "fail", "res_total/total")], issues=["unknown_line"])
    store.add("b", year=2022, verdict="flagged", cells=cells)
    store.commit()
    build_from_nothing(monkeypatch)
    from_nothing = described(store)
    store.path.joinpath("gongkai.duckdb").unlink()
    build_on_it(monkeypatch, tmp_path)
    assert described(store) == from_nothing


def test_build_is_skipped_when_nothing_changed(store):
    """A second build leaves the file alone, to the byte and its time; a new commit builds again."""
    store.add("a", cells=[("requests", "req_new", "total", "3", 3)])
    commit = store.commit()
    first = store.build()
    assert (first.built, first.commit, first.reports, first.facts) == (True, commit, 1, 1)
    bytes_, time = first.path.read_bytes(), first.path.stat().st_mtime_ns
    again = store.build()
    assert (again.built, again.commit, again.reports, again.facts) == (False, commit, 1, 1)
    assert (first.path.read_bytes(), first.path.stat().st_mtime_ns) == (bytes_, time)
    store.add("b", year=2022)
    store.commit()
    assert (store.build().built, store.build().built) == (True, False)
    assert store.ask("SELECT count(*) FROM report") == [(2,)]


def test_where_reference_data_changed_reports_stand_and_all_else_is_made_anew(store, monkeypatch):
    """The same rows as a build from nothing gives, and not one report is loaded for it."""
    store.add("a", cells=[("requests", "req_new", "total", "3", 3)], checks=[("R3-BAL", "fail", "res_total/total")])
    store.commit()
    before = content(store)
    tables = dict(load.catalogues())
    aliases = tables["reference_alias"]
    names = ["新名", *aliases["alias"].to_pylist()[1:]]
    at = aliases.column_names.index("alias")
    tables["reference_alias"] = aliases.set_column(at, "alias", [names])
    monkeypatch.setattr(load, "catalogues", lambda: tables)
    monkeypatch.setattr(load, "_stated", lambda: "other")
    loads, made = [], load._load

    def noted(*args):
        loads.append(args[3])
        return made(*args)

    monkeypatch.setattr(load, "_load", noted)
    after = content(store)
    assert loads == [1]
    assert after["main.dim_agency_alias"] != before["main.dim_agency_alias"]
    store.path.joinpath("gongkai.duckdb").unlink()
    assert content(store) == after
    assert not store.build().built


def test_where_views_and_comments_changed_reports_stand(store, monkeypatch):
    """Views are made anew, also as macros or tables; what no file makes any more goes; the words are the new ones."""
    store.add("a", cells=[("requests", "req_new", "total", "3", 3)], checks=[("R3-BAL", "fail", "res_total/total")])
    store.commit()
    sql, loads, made = load.sql_files, [], load._load
    older = {
        "views": [
            ("once", "SELECT 1 AS report_id"),
            ("fact_at", "SELECT 1 AS report_id"),
            ("report", "FROM lake.report"),
        ],
        "tables": [("trusted", "SELECT 1 AS report_id")],
        "macros": [("cause", "(n) AS TABLE SELECT n AS report_id")],
    }

    def before(stage):
        """An earlier version of the SQL, with other views, and some of another kind."""
        return older.get(stage) or sql(stage)

    def noted(*args):
        loads.append(args[3])
        return made(*args)

    with monkeypatch.context() as earlier:
        build_from_nothing(earlier)
        earlier.setattr(load, "sql_files", before)
        earlier.setattr(load, "_described", lambda: "earlier")
        earlier.setattr(load, "_count", lambda _: (1, 1))
        earlier.setattr(load, "table_text", lambda *_: Text("旧", "old"))
        earlier.setattr(load, "column_text", lambda *_: Text("旧", "old"))
        store.build()
    monkeypatch.setattr(load, "_load", noted)
    changed = described(store)
    assert loads == [1]
    assert not store.build().built
    store.path.joinpath("gongkai.duckdb").unlink()
    assert described(store) == changed


def test_built_night_by_night_the_rows_are_those_of_one_build(tmp_path, monkeypatch, series):
    """Whatever the nights bring: reports, the same read otherwise or no more, checks of old ones; in large or small
    blocks.
    """
    for number in series(60, 15):
        store, random = Store(tmp_path / f"{number}"), Random(number)
        monkeypatch.setattr(load, "_BLOCK", random.choice((1, 2, 16_384)))
        known = set()
        for _ in range(random.randint(2, 6)):
            bring(store, random, known)
            store.build()
        grown = content(store)
        store.path.joinpath("gongkai.duckdb").unlink()
        assert content(store) == grown, number


def bring(store, random, known):
    """A night's reports and checks, made up; checks are of reports that are known."""
    places = [("requests", f"req_{name}", "total") for name in ("new", "carried_in")]
    places += [("requests", "res_total", applicant) for applicant in ("total", "natural")]
    asked = [("R3-BAL", "res_total/total req_new/total", "statutory"), ("R3-ROW", "*", "heuristic")]
    for letter in random.sample("abcdef", random.randint(1, 3)):
        outcomes = ("fail", "pass", "not_evaluable")
        checks = [(code, random.choice(outcomes), *more) for code, *more in asked if random.random() < 0.6]
        further = ("checks", "duplicate") if letter in known else ()
        kind = random.choice(("report", "report", "report", "not_a_report", *further))
        if kind == "checks":
            store.checks(letter, checks)
        elif kind == "not_a_report":
            store.add(letter, outcome=kind)
        elif kind == "duplicate":
            store.add(letter, f"{letter}-{random.randint(1, 2)}.html", outcome=kind)
        else:
            doubts = ("", "unit_inferred", "cell_unclear")
            cells = [(*place, "3", random.choice((3, 4)), "2021", {"issue": random.choice(doubts)}) for place in places]
            issues = random.sample(("label_aligned", "unknown_line"), random.randint(0, 2))
            known.add(letter)
            prose = [("req_new", random.randint(3, 4))] * random.randint(0, 1)
            store.add(letter, cells=cells, checks=checks, issues=issues, prose=prose, year=2020 + ord(letter) % 3)
    store.commit()


def test_a_further_spelling_of_a_label_leaves_the_warehouse_standing(store, monkeypatch):
    """No table holds one; another label is another warehouse."""
    store.add("a")
    store.commit()
    store.build()
    said = sources()
    monkeypatch.setattr(load, "_forms", load._forms.__wrapped__)  # which keeps the first
    for changed, is_built in (({"also": ["别的写法"]}, False), ({"zh": "别的写法"}, True)):
        other = {**said["2021"], "title": {**said["2021"]["title"], **changed}}
        monkeypatch.setattr(load, "sources", lambda other=other: {**said, "2021": other})
        assert store.build().built is is_built


def test_many_documents_are_loaded_in_bounded_memory(store, monkeypatch):
    """What is known of each goes to disk where it does not fit, for a country has more of them than memory holds."""
    known = {"media_type": "text/html", "outcome": "not_a_report", "fingerprint": "f1"}
    rows = [
        {"document_sha256": f"{n:064}", "source_name": f"{n}.html", "reason": f"{n}" + "无表" * 400, **known}
        for n in range(20_000)
    ]
    store.lake.commit({"document": pa.Table.from_pylist(rows, arrow_schema("document"))}, store.record())
    monkeypatch.setattr("warehouse.lake.store._MEMORY", "100MB")
    store.build()
    assert store.ask("SELECT count(*) FROM document") == [(20_000,)]


def test_an_empty_lake_is_an_empty_warehouse(store):
    """Without a commit all views are there and empty."""
    assert (store.build().commit, store.build().reports) == ("", 0)
    assert store.ask("SELECT count(*) FROM coverage") == [(0,)]


def test_open_readers_keep_the_old_file(store):
    """A process that reads while the warehouse is swapped sees the old rows; the next one sees the new."""
    store.add("a")
    store.commit()
    path = store.build().path
    reader = subprocess.Popen([sys.executable, "-c", READER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert reader.stdout.readline() == b"1\n"
    store.add("b", year=2022)
    store.commit()
    assert store.build().built
    assert reader.communicate(b"\n")[0] == b"1\n"
    assert store.ask("SELECT count(*) FROM report") == [(2,)]


def test_a_reader_in_the_same_process_does_not_mislead_the_build(store):
    """With an old connection open in this very process the build still counts the new rows."""
    store.add("a")
    store.commit()
    with duckdb.connect(store.build().path, read_only=True) as old:
        store.add("b", year=2022)
        store.commit()
        assert store.build().reports == 2
        assert old.sql("SELECT count(*) FROM report").fetchone() == (1,)


def test_leftovers_of_killed_loads_are_removed(store):
    """Files and spill folders of a killed load go; nothing is left of this one."""
    store.add("a")
    store.commit()
    (store.path / "gongkai.duckdb.77.tmp").write_text("half")
    (store.path / "gongkai.duckdb.77.tmp.wal").write_text("half")
    (store.path / "gongkai.duckdb.77.tmp.tmp").mkdir()
    store.build()
    assert sorted(path.name for path in store.path.iterdir()) == [
        ".lock",
        "checked.json",
        "gongkai.duckdb",
        "lake",
        "raw",
    ]


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_a_damaged_warehouse_is_built_again(store, content):
    """The warehouse is a build product: a damaged one is replaced."""
    store.add("a")
    store.commit()
    store.build().path.write_bytes(content)
    assert store.build().built
    assert store.ask("SELECT count(*) FROM report") == [(1,)]


def test_a_failed_load_leaves_the_last_warehouse(store):
    """A part of the right size but unreadable stops the load; what was built before still answers."""
    store.add("a")
    store.commit()
    store.build()
    store.add("b")
    name = store.commit()
    part = store.path / "lake" / "report" / f"{name}.parquet"
    part.write_bytes(bytes(part.stat().st_size))
    with pytest.raises(StoreError, match=rf"{name}.parquet: other bytes than written; expected those of its manifest"):
        store.build()
    assert store.ask("SELECT count(*) FROM report") == [(1,)]


def test_a_reading_replaces_the_one_before(store):
    """Read again, a report shows the new cells, checks and issues and none of the old."""
    old = [("requests", "req_new", "total", "3", 3), ("requests", "req_new", "natural", "9", 9)]
    store.add("a", cells=old, checks=[("R3-ROW", "fail")], issues=["label_aligned"], verdict="flagged")
    store.commit("r1")
    store.add("a", cells=old[:1], checks=[("R3-ROW", "pass")])
    store.commit("r2")
    store.build()
    assert store.ask("SELECT indicator_code, applicant_code FROM fact") == [("req_new", "total")]
    assert store.ask("SELECT count(*) FROM cell") == [(1,)]
    assert store.ask("SELECT verdict, version, is_current FROM report") == [("pass", 1, True)]
    assert store.ask("SELECT run_id, outcome FROM quality_check") == [("r2", "pass")]
    assert store.ask("SELECT run_id, outcome, is_current FROM quality_history ORDER BY run_id") == [
        ("r1", "fail", False),
        ("r2", "pass", True),
    ]
    assert store.ask("SELECT count(*) FROM quality_issue") == [(0,)]


def test_a_reading_that_finds_less_leaves_less(store):
    """A second reading without a cell, check or issue takes back those of the first."""
    store.add("a", cells=[("requests", "req_new", "total", "3", 3)], checks=[("R3-ROW", "fail")], issues=["x"])
    store.commit("r1")
    store.add("a")
    store.commit("r2")
    store.build()
    for view, rows in {"report": 1, "cell": 0, "fact": 0, "quality_check": 0, "quality_issue": 0}.items():
        assert store.ask(f"SELECT count(*) FROM {view}") == [(rows,)], view


def test_what_is_no_report_any_more_leaves_no_rows(store):
    """A document that newer code reads as no report takes its facts, checks and report with it."""
    store.add("a", cells=[("requests", "req_new", "total", "3", 3)], checks=[("R3-ROW", "fail")], issues=["x"])
    store.commit("r1")
    store.add("a", outcome="not_a_report")
    store.commit("r2")
    store.build()
    assert store.ask("SELECT outcome, report_id FROM document") == [("not_a_report", None)]
    for view in ("report", "cell", "fact", "quality_check", "quality_issue", "coverage"):
        assert store.ask(f"SELECT count(*) FROM {view}") == [(0,)], view


def test_checks_judged_later_join_the_others(store):
    """A later commit of checks alone replaces those of its codes and leaves the others standing."""
    store.add("a", checks=[("R3-ROW", "pass"), ("RX-CARRY", "not_applicable")])
    store.commit("r1")
    store.add("a", checks=[("RX-CARRY", "fail")])
    store.lake.commit({"quality_check": store.take("r2")["quality_check"]}, store.record("r2"))
    store.build()
    found = store.ask("SELECT run_id, check_code, outcome FROM quality_check ORDER BY check_code")
    assert found == [("r1", "R3-ROW", "pass"), ("r2", "RX-CARRY", "fail")]


def test_the_same_bytes_under_another_name_are_a_duplicate(store):
    """Of two names for the same bytes the first stands for the report, also if the flow read both."""
    cells = [("requests", "req_new", "total", "3", 3)]
    store.add("a", "first.html", day=1, cells=cells)
    store.add("a", "second.html", day=2, cells=cells)
    store.add("b", "lost.html", outcome="unreadable")
    store.commit()
    store.add("a", "third.html", day=3, outcome="duplicate")
    store.commit()
    store.build()
    assert store.ask("SELECT source_name, outcome, reason, report_id FROM document ORDER BY ALL") == [
        ("first.html", "report", "", "a" * 16),
        ("lost.html", "unreadable", "", None),
        ("second.html", "duplicate", "same bytes as first.html", "a" * 16),
        ("third.html", "duplicate", "same bytes as first.html", "a" * 16),
    ]
    assert store.ask("SELECT report_id, source_name FROM fact") == [("a" * 16, "first.html")]


def test_files_without_bytes_are_not_alike(store):
    """Files that could not be opened have no hash and are no duplicates of one another."""
    store._add("document", {"document_sha256": "", "source_name": "x", "outcome": "unreadable"})
    store._add("document", {"document_sha256": "", "source_name": "y", "outcome": "unreadable"})
    store.commit()
    store.build()
    assert store.ask("SELECT source_name, outcome FROM document ORDER BY ALL") == [
        ("x", "unreadable"),
        ("y", "unreadable"),
    ]


def test_everything_has_words_in_both_languages(small):
    """Every table, view and column of the file bears a comment in Chinese and in English."""
    comments = small.ask(
        """
        SELECT schema_name || '.' || table_name, comment FROM duckdb_tables()
        UNION ALL SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal
        UNION ALL SELECT schema_name || '.' || table_name || '.' || column_name, comment FROM duckdb_columns()
            WHERE NOT internal
        """
    )
    assert len(comments) > 250
    for name, comment in comments:
        zh, _, en = (comment or "").partition(" · ")
        assert re.search("[\u4e00-\u9fff]", zh), name
        assert re.search("[a-z]{2}", en), name


def test_the_sql_says_what_it_answers():
    """Every SQL file begins with its question, its grain and an example."""
    sql = sorted((Path(__file__).parents[2] / "warehouse" / "sql").rglob("*.sql"))
    assert len(sql) > 20
    for path in sql:
        head = [line for line in path.read_text("utf-8").splitlines() if line.startswith("--")]
        words = [line.split(":")[0] for line in head]
        assert words[0] == "-- Question", path
        assert {"-- Grain", "-- Example"} <= set(words), path
