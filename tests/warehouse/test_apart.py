"""No trap in a sum: over any view, by any column, it gives the truth or an error, never the double."""

from pathlib import Path
from string import Template

import pyarrow as pa
import pytest
import yaml

from tests.warehouse.test_marks import figures
from warehouse.apart import WrongSumError, refuse_double_counts
from warehouse.query import QueryError, answer, connect
from warehouse.schema import kept_apart, row_keys

PLACES = [  # agency, level, type, scope, division, what it counts; an area counts all that is in it
    ("p", "320000000000", 1, "gov", "area", 24),
    ("f", "320800000000", 2, "gov", "unknown", 20),
    ("c", "320813000000", 3, "gov", "area", 13),
    ("o", "320813000000", 3, "gov", "own", 1),
    ("d", "320813000000-司法局", 3, "dept", "own", 5),
    ("t", "320813100000", 4, "township", "own", 3),
    ("u", "320813101000", 4, "township", "own", 4),
    ("e", "320800000000-教育局", 2, "dept", "own", 7),
    ("q", "320000000000-教育厅", 1, "dept", "own", 2),
]


@pytest.fixture(scope="module")
def nested(tmp_path_factory):
    """A province with all that is in it, every level with its report; section 三 adds up within each report."""
    from tests.warehouse.conftest import Store

    store = Store(tmp_path_factory.mktemp("apart") / "store")
    for letter, agency, level, kind, scope, count in PLACES:
        person, firm = count - 1, 1
        cells = [
            ("requests", code, who, str(value), value)
            for code in ("req_new", "res_total", "res_deny_state_secret")
            for who, value in (("natural", person), ("org_business", firm), ("total", count))
        ]
        cells += [("proactive", "licence_decisions", "", str(count), count)]
        cells += [("review", code, "", str(count), count) for code in ("rev_upheld", "rev_total")]
        place = {"division_code": agency[:12], "agency_level": level, "agency_type": kind, "province": "江苏省"}
        store.add(letter, agency=agency, scope=scope, cells=cells, prefecture="", county="", **place)
    store.commit()
    store.build()
    return store


def columns(store):
    """View → its columns with their types."""
    found = {}
    rows = store.ask(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'main' "
        "AND table_name IN (SELECT view_name FROM duckdb_views() WHERE NOT internal)"
    )
    for view, column, kind in rows:
        found.setdefault(view, {})[column] = kind
    return found


def test_a_sum_by_any_column_is_the_truth_or_an_error(nested):
    """A figure of the province, which counts everything, is the most any sum over the year can give."""
    asked = refused = 0
    with connect(nested.lake.warehouse) as connection:
        for view, kinds in columns(nested).items():
            summed = [c for c in sorted(figures(set(kinds))) if "(" in kinds[c] or "INT" in kinds[c]]
            if not summed:
                continue
            sums = ", ".join(f"coalesce(sum({column}), 0)" for column in summed)
            own = "NOT is_total AND " if "is_total" in kinds else ""
            whole = f"FROM {view} WHERE {own} report_id = '{'p' * 16}'" if "report_id" in kinds else ""
            truth = connection.execute(f"SELECT {sums} {whole}").fetchone() if whole else [24] * len(summed)
            for by in ("", *kinds):
                if by in summed:
                    continue
                sql = f"SELECT {sums} FROM {view}" + (f" GROUP BY {by}" if by else "")
                try:
                    refuse_double_counts(connection, sql, {})
                except WrongSumError:
                    refused += 1
                    continue
                asked += 1
                for row in connection.execute(sql).fetchall():
                    assert all(found <= most for found, most in zip(row, truth, strict=True)), (sql, row, truth)
    assert asked > 10
    assert refused > 100


@pytest.mark.parametrize(
    ("view", "figure"),
    [("panel", "req_new"), ("request_summary", "res_deny"), ("request_by_applicant", "req_new"),
     ("disclosure_summary", "licence_decisions"), ("review_summary", "rev_total"), ("request_ranking", "req_new")],
)  # fmt: skip
def test_what_no_other_report_counts_adds_up_to_everything(nested, view, figure):
    """An area stands for all in it; where its report is missing, its parts stand for themselves."""
    assert nested.ask(f"SELECT sum({figure}) FROM {view} WHERE counted_in IS NULL") == [(24,)]
    assert nested.ask(f"SELECT sum({figure}) FROM {view} WHERE counted_in IS NULL AND report_id <> '{'p' * 16}'") == [
        (None,)
    ]


def test_a_part_names_the_nearest_area_that_counts_it(nested):
    """By the codes of divisions; a government that does not say what it counts may count its area."""
    assert nested.ask("SELECT left(report_id, 1), left(counted_in, 1) FROM panel ORDER BY 1") == [
        ("c", "f"), ("d", "c"), ("e", "f"), ("f", "p"), ("o", "c"), ("p", None), ("q", "p"), ("t", "c"), ("u", "c"),
    ]  # fmt: skip


def test_a_department_that_reports_on_its_system_counts_those_below_it(store):
    """Those of its name in its place, whatever they are called one level down; no others."""
    places = [("a", "320000000000-公安厅", 1, "system"), ("b", "320800000000-公安局", 2, "own"),
              ("c", "320813000000-公安局", 3, "own"), ("d", "320813000000-司法局", 3, "own"),
              ("e", "330100000000-公安局", 2, "own")]  # fmt: skip
    cells = [("requests", "req_new", "total", "1", 1)]
    for letter, agency, level, scope in places:
        place = {"division_code": agency[:12], "agency_level": level, "agency_type": "dept"}
        store.add(letter, agency=agency, scope=scope, cells=cells, **place)
    store.commit()
    store.build()
    now = "SELECT report_id[1], counted_in[1] FROM"
    found = [("a", None), ("b", "a"), ("c", "a"), ("d", None), ("e", None)]
    assert store.ask(f"{now} panel ORDER BY 1") == found
    assert store.ask(f"{now} fact_at(1) ORDER BY 1") == found


def sums(what):
    """Questions, each with what is expected of it."""
    told = yaml.safe_load(Path(__file__).with_name("sums.yaml").read_text("utf-8"))
    return [(Template(case.pop("sql")).substitute(told["phrases"]), *case.values()) for case in told[what]]


@pytest.mark.parametrize(("sql", "rows"), sums("answered"))
def test_a_sum_that_keeps_rows_apart_is_answered(nested, sql, rows):
    """By grouping, by one value, by what no other counts; joined to what is found by its key."""
    assert nested.ask(sql) == [tuple(row) for row in rows]


@pytest.mark.parametrize(("sql", "missing"), sums("refused"))
def test_a_sum_of_rows_that_contain_one_another_is_refused(nested, sql, missing):
    """It says what it does not keep apart, and what to do."""
    with pytest.raises(QueryError, match=f"nothing keeps {missing} apart; .*counted_in IS NULL"):
        nested.ask(sql)


@pytest.mark.parametrize(("sql", "told"), sums("repeated"))
def test_a_sum_of_rows_that_a_join_repeats_is_refused(nested, sql, told):
    """Found by less than a key, one row meets several; what a text asks nobody can look at."""
    people = pa.table({"province": ["江苏省"], "people": [85]})
    with pytest.raises(QueryError, match=told), answer(nested.path, sql, {"people": people}):
        pass


def test_a_table_of_ones_own_is_added_as_it_is(nested):
    """Whatever its name; and beside a sum of the warehouse, joined after it."""
    people = pa.table({"province": ["江苏省", "浙江省"], "people": [85, 66]})
    received = "SELECT province, sum(req_new) AS n FROM request_summary WHERE counted_in IS NULL GROUP BY 1"
    for sql, found in (
        ("SELECT sum(people)::INT AS n FROM panel", 151),
        (f"SELECT sum(n * 1000 // people)::INT AS n FROM panel JOIN ({received}) USING (province)", 282),
    ):
        with answer(nested.path, sql, {"panel": people}) as batches:
            assert batches.read_all().to_pylist() == [{"n": found}]


def test_keys_tell_rows_apart(nested):
    """What is declared of every view: no two rows alike in a key, and every view that is added up has one."""
    for view, kinds in columns(nested).items():
        keys = row_keys(view)
        assert keys or not kept_apart(view) or view in _WITHOUT_KEYS, view
        for key in keys:
            assert set(key) <= kinds.keys(), view
            named = ", ".join(key)
            twice = f"SELECT {named} FROM {view} WHERE ({named}) IS NOT NULL GROUP BY ALL HAVING count(*) > 1"
            assert nested.ask(twice) == [], (view, key)


# A check may find several things at a place, prose state a figure twice.
_WITHOUT_KEYS = {"statement", "quality_check", "quality_history", "worklist", "rule_outcome", "coverage_region"}


def test_sums_are_whole_numbers(nested):
    """Counts are BIGINT, money DECIMAL, rates DOUBLE in all wide views."""
    kinds = columns(nested)
    for view in ("panel", "request_summary", "disclosure_summary", "review_summary", "request_by_applicant"):
        found = {kinds[view][c] for c in figures(set(kinds[view])) - {"deny_rate", "fee_amount_10k"}}
        assert found == ({"BIGINT", "DECIMAL(18,6)"} if view == "disclosure_summary" else {"BIGINT"}), view
    assert kinds["panel"]["deny_rate"] == "DOUBLE"
    assert kinds["panel"]["fee_amount_10k"] == "DECIMAL(18,6)"
