"""Each view by example: documents given, rows expected."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from extract.forms import load_forms
from warehouse.dictionary import dictionary
from warehouse.query import query

# What other rooms, dashboards and clients rely on.
PUBLISHED = {
    "fact": "agency_id agency_name report_year scope edition indicator_code applicant_code value unit kind "
    "printed method suggested_value report_id document_sha256 source_name",
    "report": "report_id agency_id agency_name report_year scope edition version is_current verdict reason "
    "published_on document_sha256 source_name loaded_at",
    "document": "document_sha256 source_name media_type bytes first_seen outcome reason report_id",
    "quality_check": "run_id report_id agency_id report_year check_code severity outcome attribution "
    "location expected found suggested_value message_zh message_en",
    "coverage": "expected received verdict reason",
}


@pytest.mark.parametrize("view", PUBLISHED)
def test_published_columns(small, view):
    """The published columns are there under their names, in their order."""
    columns = query(small.path, f"SELECT * FROM {view}").column_names
    names = PUBLISHED[view].split()
    assert [name for name in columns if name in names] == names


def test_fact_is_what_current_reports_print(store):
    """Facts are the printed cells of current reports: none missing, quarantined or of an old version."""
    store.add(
        "a",
        published=5,
        cells=[
            ("requests", "req_new", "total", "３", 3),
            ("requests", "req_new", "natural", "", "blank"),
            ("requests", "req_new", "org_ngo", "", "missing"),
            ("proactive", "fee_amount_10k", "", "75.7", Decimal("75.7")),
            ("review", "rev_total", "", "/", "slash"),
            ("statistics", "lg_closed", "", "—", "dash", "2014"),
        ],
    )
    store.add("b", published=4, cells=[("requests", "req_new", "total", "8", 8)])
    store.add("c", published=6, verdict="quarantined", cells=[("requests", "req_new", "total", "9", 9)])
    store.commit()
    store.build()
    names = "indicator_code, applicant_code, value, kind, printed, report_id"
    expected = [
        ("fee_amount_10k", "", Decimal("75.7"), "number", "75.7", "a" * 16),
        ("lg_closed", "", None, "dash", "—", "a" * 16),
        ("req_new", "natural", None, "blank", "", "a" * 16),
        ("req_new", "total", Decimal(3), "number", "３", "a" * 16),
        ("rev_total", "", None, "slash", "/", "a" * 16),
    ]
    assert store.ask(f"SELECT {names} FROM fact ORDER BY ALL") == expected
    assert store.ask("SELECT edition, kind, value FROM fact_legacy") == [("2014", "dash", None)]
    whose = "agency_id, agency_name, report_year, scope, unit, method, source_name, document_sha256"
    assert store.ask(f"SELECT DISTINCT {whose} FROM fact") == [
        ("321300000000", "示例县", 2023, "own", "件", "labelled", "a.html", "a" * 64)
    ]
    assert store.ask("SELECT count(*) FROM cell") == [(8,)]
    for table, code in {
        "disclosure": "fee_amount_10k",
        "request": "req_new",
        "review_litigation": "rev_total",
    }.items():
        assert store.ask(f"SELECT DISTINCT indicator_code FROM fact_{table}") == [(code,)]


def test_the_current_version(store):
    """Published last, then seen last, then the greater hash; no date is earliest; never quarantined."""
    store.add("a", year=2020, published=2, day=9)
    store.add("b", year=2020, published=3, day=1)
    store.add("c", year=2020, day=9)
    store.add("d", year=2020, published=4, verdict="quarantined", reason="table_missing")
    store.add("e", year=2021, published=1, day=2)
    store.add("f", year=2021, published=1, day=1)
    store.add("1", year=2022, published=1)
    store.add("2", year=2022, published=1)
    store.add("3", year=2022, published=1, scope="area")
    store.add("4", year=2023, verdict="quarantined")
    store.commit()
    store.build()
    found = store.ask("SELECT report_year, report_id[1], version, is_current FROM report ORDER BY 1, scope, version")
    assert found == [
        (2020, "c", 1, False),
        (2020, "a", 2, False),
        (2020, "b", 3, True),
        (2020, "d", 4, False),
        (2021, "f", 1, False),
        (2021, "e", 2, True),
        (2022, "3", 1, True),
        (2022, "1", 1, False),
        (2022, "2", 2, True),
        (2023, "4", 1, False),
    ]


def test_reports_of_nobody_are_no_versions_of_one_another(store):
    """Without an agency or a year each report is a version of its own."""
    store.add("a", agency=None)
    store.add("b", agency=None)
    store.add("c", year=None)
    store.add("d", year=None)
    store.commit()
    store.build()
    assert store.ask("SELECT DISTINCT version FROM report") == [(1,)]
    assert store.ask("SELECT agency_id FROM dim_agency") == [("321300000000",)]


def test_a_late_first_receipt_does_not_change_with_a_second_reading(store):
    """Reading again does not make a document new: the day it was first seen decides."""
    store.add("a", day=1)
    store.add("b", day=2)
    store.commit()
    store.add("a", day=3)
    store.commit()
    store.build()
    assert store.ask("SELECT report_id[1], first_seen::DATE::VARCHAR FROM report WHERE is_current") == [
        ("b", "2026-01-02")
    ]


def test_coverage(store):
    """Every agency has a row for every year of the span, with what is known of it."""
    store.add("a", agency="A", year=2018)
    store.add("b", agency="A", year=2020, verdict="quarantined", reason="table_missing")
    store.add("c", agency="B", year=2019, verdict="flagged", reason="R3-BAL")
    store.add("d", agency="B", year=2019, verdict="quarantined", reason="worse", published=9)
    store.commit()
    store.build()
    names = "agency_id, report_year, expected, received, verdict, reason"
    assert store.ask(f"SELECT {names} FROM coverage ORDER BY ALL") == [
        ("A", 2018, True, True, "pass", ""),
        ("A", 2019, True, False, None, "no document"),
        ("A", 2020, True, True, "quarantined", "table_missing"),
        ("B", 2018, False, False, None, "no document"),
        ("B", 2019, True, True, "flagged", "R3-BAL"),
        ("B", 2020, True, False, None, "no document"),
    ]


def test_request_summary(store):
    """Subtotals add the parts that are numbers; blanks never become 0; other applicants are left out."""
    cells = {
        "req_new": 10,
        "req_carried_in": 0,
        "res_full": "blank",
        "res_deny_state_secret": 2,
        "res_deny_internal_affairs": 3,
        "res_deny_third_party": "blank",
        "res_unable_not_held": "blank",
        "res_unable_unclear": "dash",
        "res_reject": 4,
        "res_other_misc": 1,
        "res_other": 7,
        "res_total": 10,
    }
    total = [("requests", code, "total", "", value) for code, value in cells.items()]
    store.add("a", cells=[*total, ("requests", "res_full", "natural", "5", 5)])
    store.add("b", year=2022)
    store.commit()
    store.build()
    table = query(store.path, "SELECT * FROM request_summary ORDER BY report_year DESC")
    first, second = table.to_pylist()
    figures = table.column_names[6:16]
    assert {name: first[name] for name in figures} == {
        "req_new": 10,
        "req_carried_in": 0,
        "res_full": None,
        "res_partial": None,
        "res_deny": 5,
        "res_unable": None,
        "res_reject": 4,
        "res_other": 1,
        "res_total": 10,
        "req_carried_out": None,
    }
    assert {str(table.schema.field(name).type) for name in figures} == {"int64"}
    assert {second[name] for name in figures} == {None}
    assert (first["res_deny_parts"], first["res_deny_parts_printed"]) == (3, 2)
    assert (first["res_unable_parts"], first["res_unable_parts_printed"]) == (2, 0)
    assert (first["res_reject_parts"], first["res_reject_parts_printed"]) == (0, 0)  # printed as a whole


def test_disclosure_and_review_summary(store):
    """One row a report, a column an indicator; a line printed only in local parts is their sum."""
    store.add(
        "a",
        edition="2019",
        cells=[
            ("proactive", "normdoc_made", "", "4", 4),
            ("proactive", "other_mgmt_inspection_decisions", "", "2", 2),
            ("proactive", "other_mgmt_confirmation_decisions", "", "", "blank"),
            ("proactive", "other_mgmt_items_delta", "", "增", "word"),
            ("review", "rev_total", "", "1", 1),
            ("review", "lit_direct_total", "", "", "blank"),
        ],
    )
    store.commit()
    store.build()
    names = "report_year, edition, normdoc_made, other_mgmt_decisions, other_mgmt_items_delta, licence_decisions"
    assert store.ask(f"SELECT {names} FROM disclosure_summary") == [(2023, "2019", 4, 2, None, None)]
    assert store.ask("SELECT rev_total, lit_direct_total, rev_upheld FROM review_summary") == [(1, None, None)]


@pytest.mark.parametrize(("view", "table"), [("disclosure_summary", "proactive"), ("review_summary", "review")])
def test_wide_views_have_every_national_indicator(small, view, table):
    """A new edition of the form must appear in the wide views."""
    editions = (form.tables[table].indicators() for form in load_forms().values() if table in form.tables)
    national = {indicator.code for indicators in editions for indicator in indicators if not indicator.local}
    columns = query(small.path, f"SELECT * FROM {view}").column_names
    marks = {"province", "prefecture", "county", "agency_level", "agency_type", "verdict", "doubt", "counted_in"}
    figures = {column for column in columns[6:] if not column.endswith(("_parts", "_parts_printed"))}
    assert figures == national | marks


def test_dimensions_come_from_the_forms(small):
    """Indicators and applicants are those of the forms, with their labels."""
    codes = [(i.code, e) for e, form in load_forms().items() for i in form.indicators()]
    assert small.ask("SELECT indicator_code, edition FROM dim_indicator_edition ORDER BY ALL") == sorted(codes)
    assert small.ask("SELECT indicator_code FROM dim_indicator ORDER BY ALL") == sorted({(code,) for code, _ in codes})
    label = "SELECT label_zh, label_en, unit FROM dim_indicator WHERE indicator_code = 'normdoc_issued'"
    assert small.ask(label) == [
        (
            "第二十条第（一）项 / 行政规范性文件 / 本年制发件数",
            "Article 20 (1) / Administrative normative documents / issued this year",
            "件",
        )
    ]
    assert small.ask("SELECT applicant_code, label_zh FROM dim_applicant WHERE sort_order IN (1, 2, 7)") == [
        ("natural", "自然人"),
        ("org_business", "法人或其他组织 / 商业企业"),
        ("total", "总计"),
    ]


def test_dim_agency_is_as_the_latest_report_names_it(store):
    """An agency that was renamed bears its latest name, unless only a quarantined report gives it."""
    store.add("a", year=2021, agency_name="旧名")
    store.add("b", year=2022, agency_name="新名", province="江苏省", agency_level=3)
    store.add("c", year=2023, agency_name="误读", verdict="quarantined")
    store.commit()
    store.build()
    assert store.ask("SELECT agency_name, province, agency_level FROM dim_agency") == [("新名", "江苏省", 3)]


def test_runs_and_issues(store):
    """Runs and issues are as stored."""
    store.add("a", issues=["unit_inferred", "label_aligned"])
    store.lake.commit(store.take(), store.record("r1", files_read=1))
    store.build()
    assert store.ask("SELECT run_id, files_read FROM run") == [("r1", 1)]
    assert store.ask("SELECT code FROM quality_issue ORDER BY code") == [
        ("label_aligned",),
        ("unit_inferred",),
    ]


def test_examples_run(small):
    """The example at the head of every SQL file is a question the warehouse answers, of a report it has."""
    examples = [entry.example for entry in dictionary(small.path) if entry.example]
    for path in (Path(__file__).parents[2] / "warehouse" / "sql").rglob("*.sql"):
        if path.parent.name in ("lake", "parts", "doubts", "marks"):
            head = [line for line in path.read_text("utf-8").splitlines() if line.startswith("-- Example:")]
            examples += [line.removeprefix("-- Example:") for line in head]
    assert len(examples) > 60
    for example in examples:
        small.ask(example)
    assert small.ask(next(e.example for e in dictionary(small.path) if e.name == "fact")) == [("示例县", 3, "")]


def test_every_view_and_function_says_what_it_is_in_both_languages():
    """Question and grain at the head of its SQL, in English and in Chinese."""
    told = [entry for entry in dictionary() if entry.kind in ("view", "function") and entry.name != "meta"]
    assert len(told) > 50
    for entry in told:
        assert re.search(r"[\u4e00-\u9fff]{4}", entry.note_zh), entry.name
        assert re.match(r"[a-z].+[?] Grain: ", entry.note_en), entry.name
        assert entry.example, entry.name
