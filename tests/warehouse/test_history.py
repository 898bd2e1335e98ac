"""Versions of reports: which is current, what was believed before, what a run changed."""

from datetime import datetime, timedelta

import pytest

NEW = ("requests", "req_new", "total")
FULL = ("requests", "res_full", "total")


def commit(store, number, run=""):
    """Commit on a day of March."""
    at = datetime(2026, 3, number)  # noqa: DTZ001 - the store's times are UTC without a zone
    run = run or f"r{number}"
    store.lake.commit(store.take(run), store.record(run, started_at=at, finished_at=at + timedelta(hours=1)))


def delta(store, run):
    """The changes of a run, without names."""
    return store.ask(
        "SELECT change, report_year, indicator_code, old_value::VARCHAR, new_value::VARCHAR "
        f"FROM fact_delta('{run}') ORDER BY ALL"
    )


def believed(store, day, columns="indicator_code, value::INTEGER"):
    """Facts as of a day of March."""
    return store.ask(f"SELECT {columns} FROM fact_as_of(TIMESTAMP '2026-03-{day:02} 12:00') ORDER BY ALL")


def test_a_correction_takes_over_and_the_past_stays_known(store):
    """A page published later is current; before its commit the first one was believed; the delta names the cell."""
    store.add("a", published=5, cells=[(*NEW, "3", 3), (*FULL, "2", 2)])
    commit(store, 1)
    store.add("b", published=9, cells=[(*NEW, "4", 4), (*FULL, "2", 2)])
    commit(store, 2)
    store.build()
    assert believed(store, 1) == [("req_new", 3), ("res_full", 2)]
    assert believed(store, 2) == store.ask("SELECT indicator_code, value::INTEGER FROM fact ORDER BY ALL")
    assert believed(store, 2) == [("req_new", 4), ("res_full", 2)]
    assert delta(store, "r1") == [
        ("ADD", 2023, "req_new", None, "3.000000"),
        ("ADD", 2023, "res_full", None, "2.000000"),
    ]
    assert delta(store, "r2") == [("MOD", 2023, "req_new", "3.000000", "4.000000")]


def test_before_the_first_commit_nothing_was_believed(store):
    """As of a day before everything there are no facts and no reports."""
    store.add("a", cells=[(*NEW, "3", 3)])
    commit(store, 5)
    store.build()
    assert believed(store, 1) == []
    assert store.ask("SELECT * FROM report_as_of(TIMESTAMP '2026-03-01')") == []


def test_a_second_reading_keeps_what_the_first_one_said(store):
    """Newer code reads a cell otherwise, finds one more and loses one: all three are known as of before."""
    lost = ("requests", "req_carried_in", "total")
    store.add("a", cells=[(*NEW, "3", 3), (*lost, "1", 1)])
    commit(store, 1)
    store.add("a", cells=[(*NEW, "3", "unparsed"), (*FULL, "2", 2)])
    commit(store, 2)
    store.add("a", cells=[(*NEW, "3", 3), (*FULL, "2", 2)])
    commit(store, 3)
    store.build()
    assert believed(store, 1) == [("req_carried_in", 1), ("req_new", 3)]
    assert believed(store, 2) == [("req_new", None), ("res_full", 2)]
    assert believed(store, 3) == [("req_new", 3), ("res_full", 2)]
    assert delta(store, "r2") == [
        ("ADD", 2023, "res_full", None, "2.000000"),
        ("DEL", 2023, "req_carried_in", "1.000000", None),
        ("MOD", 2023, "req_new", "3.000000", None),
    ]
    assert delta(store, "r3") == [("MOD", 2023, "req_new", None, "3.000000")]


def test_what_is_no_report_any_more_was_one(store):
    """A document that newer code takes for no report is gone now and known as of before."""
    store.add("a", cells=[(*NEW, "3", 3)])
    commit(store, 1)
    store.add("a", outcome="not_a_report")
    commit(store, 2)
    store.build()
    assert store.ask("SELECT count(*) FROM fact") == [(0,)]
    assert believed(store, 1) == [("req_new", 3)]
    assert believed(store, 2) == []
    assert delta(store, "r2") == [("DEL", 2023, "req_new", "3.000000", None)]


def test_a_blank_is_not_a_zero_in_the_delta(store):
    """From blank to 0 is a change."""
    store.add("a", cells=[(*NEW, "", "blank")])
    commit(store, 1)
    store.add("a", cells=[(*NEW, "0", 0)])
    commit(store, 2)
    store.build()
    assert delta(store, "r2") == [("MOD", 2023, "req_new", None, "0.000000")]


def test_a_report_that_moves_to_another_agency(store):
    """Read again, the report turns out to be of someone else: taken back here, added there."""
    store.add("a", cells=[(*NEW, "3", 3)], agency="A")
    commit(store, 1)
    store.add("a", cells=[(*NEW, "3", 3)], agency="B")
    commit(store, 2)
    store.build()
    found = store.ask("SELECT change, agency_id FROM fact_delta('r2') ORDER BY ALL")
    assert found == [("ADD", "B"), ("DEL", "A")]
    assert believed(store, 1, "agency_id") == [("A",)]


TABLES = ("commit", "document", "reading", "cell", "cell_before", "quality_check", "quality_issue", "disclosure",
          "request", "review", "series")  # fmt: skip


def rows(store):
    """Every row of every table."""
    return {table: store.ask(f"SELECT * FROM lake.{table} ORDER BY ALL") for table in TABLES}


@pytest.fixture
def adding(monkeypatch):
    """Add to the last file whenever it can be, and load commits one by one."""
    monkeypatch.setattr("warehouse.load._is_little", lambda commits, loaded: True)


def test_adding_commits_gives_the_rows_of_a_whole_build(store, adding):
    """Whatever a commit does to what is there, the file grown by it equals the file built from all commits."""
    full = [
        (*NEW, "3", 3),
        (*FULL, "2", 2),
        ("proactive", "fee_amount_10k", "", "75.7", 75),
        ("review", "rev_total", "", "1", 1),
    ]
    steps = [
        lambda: store.add("a", published=3, cells=full, checks=[("R3-ROW", "fail"), ("R3-BAL", "pass")], issues=["x"]),
        lambda: store.add("b", year=2022, cells=full[:1]),
        lambda: store.add("c", published=4, cells=[(*NEW, "4", 4)], checks=[("R3-ROW", "pass")]),
        lambda: store.add("a", cells=[*full[:1], (*FULL, "", "blank")], checks=[("R3-ROW", "pass")]),
        lambda: store.add("b", outcome="not_a_report"),
        lambda: store.add("c", "other.html", outcome="duplicate"),
        lambda: store.add("c", verdict="quarantined", published=4, cells=[(*NEW, "4", 4)]),
        lambda: store.add("b", year=2022, cells=full[1:], checks=[("R3-BAL", "fail")]),
        lambda: store.add("d", agency=None, issues=["agency_ambiguous"]),
    ]  # fmt: skip
    for number, step in enumerate(steps, start=1):
        step()
        commit(store, number)
        assert store.build().built
    # Checks that come alone, and a commit without rows.
    store.add("c", checks=[("RX-CARRY", "fail")])
    store.lake.commit({"quality_check": store.take("x")["quality_check"]}, store.record("x"))
    store.build()
    store.lake.commit({}, store.record("y"))
    store.build()
    grown = rows(store)
    assert grown["cell"]
    assert grown["cell_before"]
    (store.path / "gongkai.duckdb").unlink()
    store.build()
    assert rows(store) == grown


def test_of_renditions_the_best_read_one_is_current(store):
    """A scan seen later with the same figures does not displace the page; one with other figures of a later day does.

    The same holds as of every day before.
    """
    store.add("a", figures="x", doubtful=1, cells=[(*NEW, "3", 3)])
    store.add("b", figures="x", doubtful=0, cells=[(*NEW, "3", 3)])
    commit(store, 1)
    store.add("c", figures="x", doubtful=198, published=5, cells=[(*NEW, "3", 3)])
    commit(store, 2)
    store.add("d", figures="y", doubtful=2, published=9, cells=[(*NEW, "4", 4)])
    commit(store, 3)
    store.build()
    of_day = "SELECT report_id[1] FROM report_as_of(TIMESTAMP '2026-03-{:02} 12:00') WHERE is_current"
    assert [store.ask(of_day.format(day)) for day in (1, 2, 3)] == [[("b",)], [("b",)], [("d",)]]
    assert store.ask("SELECT report_id[1], relation, is_current FROM report ORDER BY version") == [
        ("a", "first", False), ("b", "rendition", False), ("c", "rendition", False), ("d", "correction", True),
    ]  # fmt: skip


def test_the_last_figures_count_before_the_best_reading(store):
    """Of two days unknown the file seen last is current, though its reading is in doubt."""
    store.add("a", figures="x", doubtful=0, cells=[(*NEW, "3", 3)])
    commit(store, 1)
    store.add("b", figures="y", doubtful=3, cells=[(*NEW, "4", 4)])
    commit(store, 2)
    store.build()
    assert store.ask("SELECT report_id[1] FROM report WHERE is_current") == [("b",)]
