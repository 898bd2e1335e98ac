"""The views the dashboard is built of, by example: documents given, rows expected."""

from datetime import date
from decimal import Decimal

import pytest

PLACES = {
    "321300000000": {"prefecture": "宿迁市", "county": "", "agency_level": 2},
    "321322000000": {"prefecture": "宿迁市", "county": "沭阳县", "agency_level": 3},
    "110115000000": {"province": "北京市", "prefecture": "", "county": "大兴区", "agency_level": 3},
}


@pytest.fixture
def filled(store):
    """A prefecture and its county, a district; one year late, one missing, one quarantined."""

    def add(letter, agency, year, **report):
        place = {"province": "江苏省", "agency_type": "gov"} | PLACES[agency]
        store.add(letter, agency=agency, agency_name=agency[:6], year=year, **place, **report)

    sums = [("R3-ROW", "fail"), ("R3-ROW", "pass"), ("R3-BAL", "not_evaluable")]
    add("a", "321300000000", 2022, published=9, checks=[("R3-ROW", "pass")])
    add("b", "321322000000", 2023, verdict="flagged", checks=sums, issues=["x", "y"])
    add("c", "321300000000", 2023, verdict="quarantined", reason="table_missing")
    add(
        "d", "110115000000", 2022, cells=[("requests", "req_new", "total", "3", 3), ("review", "rev_total", "", "1", 1)]
    )
    store.pending["quality_check"].append(
        store.pending["quality_check"][0]
        | {"check_code": "M-DATE", "location": "late", "severity": "heuristic", "outcome": "fail"}
    )
    store.pending["quality_check"][1] |= {"attribution": "source"}
    store.pending["cell"][1] |= {"suggested_value": Decimal(2)}
    store.commit()
    store.build()
    return store


def test_an_agency_by_year(filled):
    """Received with its verdict, missing, late by the rule M-DATE; every agency has every year."""
    sql = "SELECT agency_id, report_year, state, is_late, published_on, county FROM agency_year ORDER BY ALL"
    assert filled.ask(sql) == [
        ("110115000000", 2022, "pass", False, None, "大兴区"),
        ("110115000000", 2023, "missing", False, None, "大兴区"),
        ("321300000000", 2022, "pass", True, date(2024, 1, 9), ""),
        ("321300000000", 2023, "quarantined", False, None, ""),
        ("321322000000", 2022, "missing", False, None, "沭阳县"),
        ("321322000000", 2023, "flagged", False, None, "沭阳县"),
    ]


def test_coverage_from_the_country_to_a_county(filled):
    """A region counts what lies in it; '' are its own offices; a level counts its agencies alone."""
    columns = "province, prefecture, county, expected, received, passed, flagged, quarantined, missing, late"
    sql = f"SELECT {columns} FROM coverage_region WHERE report_year = 2022 AND agency_level IS NULL ORDER BY ALL"
    assert filled.ask(sql) == [
        ("北京市", "", "大兴区", 1, 1, 1, 0, 0, 0, 0),
        ("北京市", "", None, 1, 1, 1, 0, 0, 0, 0),
        ("北京市", None, None, 1, 1, 1, 0, 0, 0, 0),
        ("江苏省", "宿迁市", "", 1, 1, 1, 0, 0, 0, 1),
        ("江苏省", "宿迁市", "沭阳县", 1, 0, 0, 0, 0, 1, 0),
        ("江苏省", "宿迁市", None, 2, 1, 1, 0, 0, 1, 1),
        ("江苏省", None, None, 2, 1, 1, 0, 0, 1, 1),
        (None, None, None, 3, 2, 2, 0, 0, 1, 1),
    ]
    sql = "SELECT expected, received_rate FROM coverage_region WHERE report_year = 2023 AND province IS NULL"
    assert filled.ask(f"{sql} AND agency_level = 3") == [(2, Decimal("0.5"))]


def test_rules_by_outcome(filled):
    """What fails or is open, in all, by year, by province, and both; what passes is no row."""
    sql = "SELECT check_code, outcome, attribution, places, reports FROM rule_outcome WHERE"
    everywhere = [
        ("M-DATE", "fail", None, 1, 1),
        ("R3-BAL", "not_evaluable", None, 1, 1),
        ("R3-ROW", "fail", "source", 1, 1),
    ]
    assert filled.ask(f"{sql} report_year IS NULL AND province IS NULL ORDER BY ALL") == everywhere
    assert filled.ask(f"{sql} report_year IS NULL AND province = '江苏省' ORDER BY ALL") == everywhere
    assert filled.ask(f"{sql} report_year = 2022 AND province IS NULL") == everywhere[:1]
    assert filled.ask(f"{sql} report_year = 2023 AND province = '北京市'") == []


def test_how_bad_a_report_is(filled):
    """Failures by severity and attribution, issues; a report without any has zeros."""
    sql = "SELECT report_id[1], verdict, broken, open, notes, issues, source, reading FROM report_quality ORDER BY 1"
    assert filled.ask(sql) == [
        ("a", "pass", 0, 0, 1, 0, 0, 0),
        ("b", "flagged", 1, 1, 0, 2, 1, 0),
        ("c", "quarantined", 0, 0, 0, 0, 0, 0),
        ("d", "pass", 0, 0, 0, 0, 0, 0),
    ]


def test_suggestions(filled):
    """A cell with a suggestion, its printed value beside it."""
    sql = "SELECT agency_id, province, indicator_code, printed, value, suggested_value FROM suggestion"
    assert filled.ask(sql) == [("110115000000", "北京市", "rev_total", "1", Decimal(1), Decimal(2))]
