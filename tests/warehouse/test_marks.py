"""The mark travels with the number: doubt, totals and trust, from a cell to every view that rests on it."""

from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest

from expectations.docs import DataDocs
from expectations.judge import checks_in, judge
from extract.forms import load_forms, subtotals
from flows.batch import process, settle
from flows.sources.find import find_files
from tests.render import Key, Layout, addresses, render
from transform.corrections import Corrections
from warehouse.lake.store import Lake
from warehouse.load import build
from warehouse.query import query
from warehouse.schema import arrow_schema, kept_apart, series_texts

PLACE = {"province": "江苏省", "agency_level": 3, "agency_type": "gov"}


def requests(applicant: str = "total", **values: Any) -> list[tuple[Any, ...]]:
    """Cells of a column of section 三."""
    return [("requests", code, applicant, str(value), value) for code, value in values.items()]


def test_the_worst_doubt_wins(store):
    """An issue outweighs a broken identity, that a hint; a figure nobody doubts bears no mark."""
    cells = [
        *requests(req_new=1, res_full=2, res_total=3),
        ("requests", "req_carried_in", "total", "4", 4, "2021", {"issue": "column_doubt"}),
        ("proactive", "fee_amount_10k", "", "5", 5, "2021", {"issue": "unit_inferred"}),
    ]
    store.add("a", cells=cells, checks=[
        ("R3-BAL", "fail", "req_new/total req_carried_in/total res_total/total"),
        ("R3-TOT", "not_evaluable", "res_total/total"), ("R4-APP", "fail", "req_new/total", "heuristic"),
        ("R3-ROW", "pass", "res_full/total"),
    ])  # fmt: skip
    store.commit()
    store.build()
    assert store.ask("SELECT indicator_code, doubt, doubt_codes FROM fact ORDER BY 1") == [
        ("fee_amount_10k", "heuristic", "unit_inferred"),
        ("req_carried_in", "reading", "R3-BAL column_doubt"),
        ("req_new", "identity", "R3-BAL R4-APP"),
        ("res_full", "", ""),
        ("res_total", "identity", "R3-BAL R3-TOT"),
    ]
    assert store.ask("SELECT indicator_code FROM trusted") == [("res_full",)]
    assert store.ask("SELECT doubt FROM request_summary") == [("reading",)]
    assert store.ask("SELECT doubt FROM disclosure_summary") == [("heuristic",)]
    assert store.ask("SELECT doubt FROM review_summary") == [("",)]
    assert store.ask("SELECT doubt, doubtful_cells, doubt_codes FROM panel") == [
        ("reading", 4, "R3-BAL R3-TOT R4-APP column_doubt unit_inferred")
    ]
    assert store.ask("SELECT check_code FROM check_cell WHERE indicator_code = 'req_new' ORDER BY 1") == [
        ("R3-BAL",),
        ("R4-APP",),
    ]


def test_the_best_value_is_a_reviewers_then_the_only_solution_then_the_printed(store):
    """What is printed stays beside it; where nothing gives a number there is none."""
    blank = {"suggested_value": 7}
    store.add("a", cells=[
        ("requests", "req_new", "total", "1", 1), ("requests", "res_full", "total", "", "blank", "2021", blank),
        ("requests", "res_partial", "total", "9", 9, "2021", {"suggested_value": 8}),
        ("requests", "res_total", "total", "x", 6, "2021", {"kind": "corrected", "correction": "override: seen"}),
        ("requests", "req_carried_in", "total", "3", 3, "2021", {"suggested_value": 2, "correction": "accept: so"}),
        ("requests", "req_carried_out", "total", "", "blank"),
    ])  # fmt: skip
    store.commit()
    store.build()
    assert store.ask("SELECT indicator_code, value, value_best, value_basis FROM fact ORDER BY 1") == [
        ("req_carried_in", 3, 3, "printed"),
        ("req_carried_out", None, None, ""),
        ("req_new", 1, 1, "printed"),
        ("res_full", None, 7, "suggested"),
        ("res_partial", 9, 8, "suggested"),
        ("res_total", 6, 6, "corrected"),
    ]


def test_totals_are_never_added_to_their_parts(store):
    """By applicant, by line, by a printed subtotal, and by a label in two editions: the sum is the truth."""
    cells = [
        *requests("natural", req_new=3, res_deny_state_secret=1, res_deny_third_party=1, res_total=2),
        *requests("org_business", req_new=2, res_deny_state_secret=0, res_deny_third_party=0, res_total=0),
        *requests(req_new=5, res_deny_state_secret=1, res_deny_third_party=1, res_deny=2, res_total=2),
        *(("review", f"rev_{name}", "", "1", value) for name, value in (("upheld", 1), ("total", 1))),
    ]
    store.add("a", cells=cells)
    store.add("b", year=2020, edition="2019", cells=[("requests", "res_other", "natural", "4", 4, "2019")])
    store.commit()
    store.build()
    apart = "WHERE counted_in IS NULL"
    details = f"SELECT sum(value) FROM fact_detail {apart} AND indicator_code"
    assert store.ask(f"{details} = 'req_new'") == [(5,)]
    assert store.ask(f"{details} LIKE 'res_deny%'") == [(2,)]
    assert store.ask(f"{details} LIKE 'rev_%'") == [(1,)]
    assert store.ask(f"{details} = 'res_other'") == [(4,)]  # no parts
    assert store.ask(f"SELECT sum(req_new), sum(res_deny) FROM request_by_applicant {apart}") == [(5, 2)]
    assert store.ask(f"SELECT sum(req_new) FROM request_summary {apart}") == [(5,)]
    joined = f"SELECT sum(value) FROM fact_detail JOIN dim_indicator USING (indicator_code) {apart} AND indicator_code"
    assert store.ask(f"{joined} = 'req_new'") == [(5,)]


def test_an_impossible_share_is_null_and_in_doubt(store):
    """More refused than decided is no rate; the other shares of the report stand, and the row says so."""
    cases = [("review", f"rev_{name}", "", str(n), n) for name, n in (("upheld", -3), ("corrected", 5), ("other", 0))]
    store.add("a", cells=[*requests(res_full=1, res_deny_state_secret=13, res_total=4), *cases], **PLACE)
    store.commit()
    store.build()
    assert store.ask("SELECT full_rate, deny_rate, doubt FROM request_rates") == [(0.25, None, "identity")]
    assert store.ask("SELECT deny_rate, doubt FROM region_year") == [(None, "identity")]
    assert store.ask("SELECT deny_rate, doubt FROM panel") == [(None, "identity")]
    assert store.ask("SELECT rev_corrected_rate, doubt FROM review_outcomes") == [(None, "identity")]


def test_regions_and_rankings_say_how_much_is_in_doubt(store):
    """Sums count the reports in doubt and give the sum without them; ranks have a variant of trusted figures."""
    broken = [("R3-BAL", "fail", "req_new/total")]
    store.add("a", agency="A", cells=requests(req_new=9, res_total=2), checks=broken, **PLACE)
    store.add("b", agency="B", cells=requests(req_new=5, res_total=1), **PLACE)
    store.add("c", agency="C", cells=requests(req_new=1, res_total=1), **PLACE)
    store.commit()
    store.build()
    assert store.ask(
        "SELECT reports, reports_doubtful, req_new, req_new_trusted, res_total_trusted, doubt FROM region_year"
    ) == [(3, 1, 15, 6, 2, "identity")]
    assert store.ask(
        "SELECT agency_id, rank_in_province, rank_in_province_trusted, reports, reports_doubtful FROM request_ranking "
        "ORDER BY 1"
    ) == [("A", 1, None, 3, 1), ("B", 2, 1, 3, 1), ("C", 3, 2, 3, 1)]


def test_a_copy_of_last_years_report_is_flagged(store):
    """A comparison that flags raises the verdict everywhere, and all figures of the report are in doubt."""
    store.add("a", cells=requests(req_new=9, res_total=2), checks=[("RX-DUP", "fail", "*", "heuristic")])
    store.add("b", agency="B", cells=requests(req_new=1), checks=[("RX-JUMP", "fail", "req_new/total", "heuristic")])
    store.commit()
    store.build()
    found = store.ask("SELECT agency_id, verdict, reason FROM report ORDER BY 1")
    assert found == [("321300000000", "flagged", "RX-DUP: 0 tables differ"), ("B", "pass", "")]
    assert store.ask("SELECT DISTINCT doubt_codes FROM fact WHERE agency_id <> 'B'") == [("RX-DUP",)]
    assert store.ask("SELECT verdict FROM panel ORDER BY agency_id") == [("flagged",), ("pass",)]
    assert store.ask("SELECT verdict FROM coverage WHERE received ORDER BY agency_id") == [("flagged",), ("pass",)]
    assert store.ask("SELECT agency_id, verdict, reason FROM report_at(1) ORDER BY 1") == found
    assert store.ask("SELECT DISTINCT agency_id, verdict FROM fact_at(1) ORDER BY 1") == [
        (agency, verdict) for agency, verdict, _ in found
    ]


# -- over generated reports ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, set[Key]]]:
    """A store of reports with wrong figures and blanks here and there; the cells under their failed checks."""
    folder, random = tmp_path_factory.mktemp("generated"), Random(7)
    counties = ["正定县", "行唐县", "灵寿县", "高邑县", "深泽县", "赞皇县", "无极县", "平山县"]
    (folder / "in").mkdir()
    for number, county in enumerate(counties * 3):
        edition, year = ("2019", 2020) if number < len(counties) else ("2021", 2021 + number // len(counties))
        cells = addresses(edition)
        values = dict.fromkeys(cells, "0")
        for key in random.sample(cells, random.choice((0, 0, 1, 3, 8))):
            values[key] = random.choice(("", "1", "2", "7"))
        if number == 0:
            values["licence_items_delta", ""] = "-3"  # fewer than no items at all
        layout = Layout(agency=f"河北省石家庄市{county}人民政府", year=year)
        (folder / "in" / f"{number}.html").write_bytes(render(edition, values, "html", layout=layout))
    store, now = folder / "store", datetime(2026, 3, 1)  # noqa: DTZ001 - the store's times are UTC without a zone
    sources, _ = find_files([str(folder / "in")])
    result = process(sources, Lake(store), now, Corrections())
    failed: dict[str, set[Key]] = {}
    for check in checks_in(judge(result.frames).checks):
        if check.outcome in ("fail", "not_evaluable"):
            cells = {(cell.partition("/")[0], cell.partition("/")[2]) for cell in check.cells.split()}
            failed.setdefault(check.report_id, set()).update(cells)
    tables = settle([result], "r", DataDocs(store / "docs", "r"))
    run = {**dict.fromkeys(arrow_schema("run").names), "run_id": "r", "started_at": now, "finished_at": now}
    Lake(store).commit({name: pa.table(rows) for name, rows in tables.items()}, run)
    build(store)
    return store, failed


def test_cells_under_a_failed_check_are_marked(generated: tuple[Path, dict[str, set[Key]]]) -> None:
    """Every cell a failed or open statutory check rests on says so in `fact`, and no trusted figure is among them."""
    store, failed = generated
    assert len(failed) > 8
    columns = ("report_id", "indicator_code", "applicant_code", "doubt")
    facts = {tuple(row[c] for c in columns[:3]): row["doubt"] for row in query(store, "FROM fact").to_pylist()}
    under = {(report, *cell) for report, cells in failed.items() for cell in cells} & facts.keys()
    assert under
    assert all(facts[cell] in ("identity", "reading") for cell in under)
    trusted = query(store, f"SELECT {', '.join(columns[:3])} FROM trusted").to_pylist()
    assert trusted
    assert not under & {tuple(row.values()) for row in trusted}


# What each view rests on: the table and, of section 三, the column 总计 or that of the row.
_RESTS_ON = {
    "request_summary": ("requests", "total"), "request_rates": ("requests", "total"),
    "request_ranking": ("requests", "total"), "request_by_applicant": ("requests", ""),
    "disclosure_summary": ("proactive", ""), "review_summary": ("review", ""), "review_outcomes": ("review", ""),
}  # fmt: skip


@pytest.mark.parametrize("view", _RESTS_ON)
def test_no_row_that_rests_on_a_doubtful_cell_is_unmarked(
    generated: tuple[Path, dict[str, set[Key]]], view: str
) -> None:
    """A wide or derived row is in doubt exactly if one of its cells is."""
    store, _ = generated
    table, column = _RESTS_ON[view]
    applicant = "v.applicant_code" if view == "request_by_applicant" else f"'{column}'"
    found = query(
        store,
        f"""
        SELECT v.doubt, coalesce(max(fact.doubt), '') AS worst
        FROM {view} AS v LEFT JOIN fact
            ON fact.report_id = v.report_id AND fact.table_key = '{table}' AND fact.applicant_code = {applicant}
        GROUP BY v.report_id, v.doubt, {applicant}
        """,
    ).to_pylist()
    assert any(row["doubt"] for row in found)
    assert all(row["doubt"] == row["worst"] for row in found)


# What the prose says, what the checks themselves say, and what is in doubt by being there.
_NO_FIGURES = {"statement", "quality_check", "quality_history", "worklist"}
# Those a test of their own looks at; the views that show a fact show its mark.
_ELSEWHERE = {"series", "year_on_year", "region_year", "panel", "suggestion", "version_change", "cell", "trusted"}


def figures(columns: set[str]) -> set[str]:
    """The columns that are figures of reports: indicators, series, values, rates."""
    indicators = {indicator.code for form in load_forms().values() for indicator in form.indicators()}
    named = columns & (indicators | subtotals().keys() | series_texts().keys())
    values = {"value", "value_best", "value_before", "suggested_value", "deny_rate", "old_value", "new_value"}
    return named | (columns & values)


# What to call the table functions of the warehouse with.
_ARGUMENTS = {"moment": "TIMESTAMP '2100-01-01'", "seq": "1", "run": "'r'", "side": "'new'"}


@pytest.fixture(scope="module")
def shown(generated: tuple[Path, dict[str, set[Key]]]) -> dict[str, dict[str, str]]:
    """Every view and table function of the warehouse that shows figures of reports: its columns with their types."""
    store, _ = generated
    macros = (
        "SELECT function_name, parameters FROM duckdb_functions() WHERE function_type = 'table_macro' AND NOT internal"
    )
    asked = {name: f"{name}({', '.join(_ARGUMENTS[p] for p in given)})" for name, given in query_rows(store, macros)}
    views = query_rows(store, "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'")
    asked |= {name: name for (name,) in views}
    described = {
        name: dict(query_rows(store, f"SELECT column_name, column_type FROM (DESCRIBE FROM {sql})"))
        for name, sql in asked.items()
    }
    return {name: columns for name, columns in described.items() if figures(set(columns)) and name not in _NO_FIGURES}


def test_every_view_that_shows_a_figure_shows_its_mark(shown: dict[str, dict[str, str]]) -> None:
    """By the catalogue: none is forgotten, neither its doubt nor the verdict, nor by the tests here."""
    assert {view for view, columns in shown.items() if "doubt" not in columns} == set()
    assert {view for view, columns in shown.items() if not columns.keys() & {"verdict", "reports_doubtful"}} == set()
    assert {view for view in shown if not view.startswith("fact")} == _RESTS_ON.keys() | _ELSEWHERE


def test_every_figure_stands_beside_where_it_is_from(shown: dict[str, dict[str, str]]) -> None:
    """Place, level, type, scope, edition; a sum over reports is of one of each but prefecture, county and edition."""
    place = {"province", "prefecture", "county", "agency_level", "agency_type", "scope", "edition"}
    lacking = {
        view: place - columns.keys()
        for view, columns in shown.items()
        if not view.startswith(("fact_around", "fact_delta"))  # agency, year and scope; the rest stands in report
    }
    assert {view: columns for view, columns in lacking.items() if columns} == {
        "region_year": {"prefecture", "county", "edition"}
    }


def test_every_sum_and_rate_says_of_how_many_parts_it_is(shown: dict[str, dict[str, str]]) -> None:
    """How many it has, how many of them are numbers: of each group of lines, or of all that a row adds."""
    for view, columns in shown.items():
        of_row = {"parts", "parts_printed"} <= columns.keys()
        rates = {name for name in columns if name.endswith("_rate")}
        assert of_row or not rates, view
        for group in subtotals().keys() & columns.keys():
            assert of_row or {f"{group}_parts", f"{group}_parts_printed"} <= columns.keys(), (view, group)


def test_counts_are_whole_rates_floating_and_money_exact(shown: dict[str, dict[str, str]]) -> None:
    """BIGINT, DOUBLE and DECIMAL in every wide view; a column of values of all kinds is DECIMAL."""
    amounts = {i.code for form in load_forms().values() for i in form.indicators() if i.type == "amount"}
    for view, columns in shown.items():
        for name in figures(set(columns)) | {name for name in columns if name.endswith(("_rate", "_trusted"))}:
            if "_rank_" in name or name.startswith("rank_"):
                expected = "BIGINT"
            elif "_rate" in name:
                expected = "DOUBLE"
            elif name in amounts or "value" in name:
                expected = "DECIMAL(18,6)"
            else:
                expected = "BIGINT"
            assert columns[name] == expected, (view, name)


def test_every_view_that_shows_a_figure_says_what_to_keep_apart(shown: dict[str, dict[str, str]]) -> None:
    """By columns it has, so that a sum can heed them."""
    for view, columns in shown.items():
        assert kept_apart(view), view
        assert set(kept_apart(view)) <= columns.keys(), view


def test_what_was_believed_has_the_columns_of_what_is(shown: dict[str, dict[str, str]]) -> None:
    """`fact_as_of` is `fact` at another time."""
    assert shown["fact_as_of"] == shown["fact"]


def test_every_view_of_cells_bears_the_marks_of_fact(generated: tuple[Path, dict[str, set[Key]]]) -> None:
    """Cells, facts by table, details, suggestions; and what was believed of them before."""
    store, _ = generated
    where = "report_id, indicator_code, applicant_code, doubt"
    views = [
        view for (view,) in query_rows(store, "SELECT view_name FROM duckdb_views() WHERE view_name LIKE 'fact_%'")
    ]
    for view in (*views, "cell", "suggestion", "fact_as_of(TIMESTAMP '2100-01-01')"):
        has_applicant = query(store, f"SELECT * FROM {view} LIMIT 0").schema.get_field_index("applicant_code") >= 0
        columns = where if has_applicant else where.replace("applicant_code", "''")
        current = "WHERE is_current AND kind <> 'missing'" if view == "cell" else ""
        assert query_rows(store, f"SELECT {columns} FROM {view} {current} EXCEPT SELECT {where} FROM fact") == [], view
    facts = query_rows(store, "FROM fact ORDER BY ALL")
    assert query_rows(store, "FROM fact_as_of(TIMESTAMP '2100-01-01') ORDER BY ALL") == facts
    added = "SELECT new_report_id, indicator_code, applicant_code, doubt FROM fact_delta('r') ORDER BY ALL"
    assert query_rows(store, added) == query_rows(store, f"SELECT {where} FROM fact ORDER BY ALL")


def query_rows(store: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows that answer a question."""
    return [tuple(row.values()) for row in query(store, sql).to_pylist()]


def test_series_regions_and_panel_are_marked(generated: tuple[Path, dict[str, set[Key]]]) -> None:
    """Sums of several cells, of several reports and of a whole report bear the worst of what they rest on."""
    store, _ = generated
    doubtful = {
        (row["report_id"], row["indicator_code"])
        for row in query(store, "SELECT * FROM fact WHERE doubt <> '' AND applicant_code IN ('', 'total')").to_pylist()
    }
    drawn = query(store, "SELECT series_code, edition, indicators FROM dim_series").to_pylist()
    parts = {(row["series_code"], row["edition"]): row["indicators"].split(" + ") for row in drawn}
    groups = {part: whole for whole, of in subtotals().items() for part in of}
    for row in query(store, "FROM series").to_pylist():
        cells = parts[row["series_code"], row["edition"]]
        rests = {(row["report_id"], code) for code in (*cells, *(groups[c] for c in cells if c in groups))}
        assert bool(row["doubt"]) == bool(rests & doubtful), row
    compared = """
        SELECT y.doubt, greatest(s.doubt, CASE WHEN y.edition_before IS NOT NULL THEN b.doubt ELSE '' END) AS worst
        FROM year_on_year AS y JOIN series AS s USING (report_id, series_code)
        LEFT JOIN series AS b ON b.series_code = y.series_code AND b.agency_id = y.agency_id
            AND b.scope = y.scope AND b.report_year = y.report_year - 1
    """
    assert all(doubt == worst for doubt, worst in query_rows(store, compared))
    worst = query(store, "SELECT report_id, max(doubt) AS doubt FROM fact GROUP BY 1").to_pylist()
    panel = {row["report_id"]: row["doubt"] for row in query(store, "FROM panel").to_pylist()}
    assert panel == {row["report_id"]: row["doubt"] for row in worst}
    counted = query(store, "SELECT reports_doubtful FROM region_year").to_pylist()
    assert sum(row["reports_doubtful"] for row in counted) == sum(
        bool(row["doubt"]) for row in query(store, "FROM request_rates").to_pylist()
    )
