"""The views for analysis by example: reports given, rows expected."""

from decimal import Decimal

from extract.forms import load_forms
from warehouse.schema import series_texts

PLACE = {"province": "江苏省", "agency_level": 3, "agency_type": "gov"}


def requests(**values):
    """Cells of section 三, column total; a text is a kind."""
    return [("requests", code, "total", "", value) for code, value in values.items()]


def review(**values):
    """Cells of section 四."""
    return [("review", code, "", "", value) for code, value in values.items()]


def test_versions_are_told_apart(store):
    """The same figures are a rendition, others published later a correction, others of unknown order a conflict."""
    three, four, five = requests(req_new=3), requests(req_new=4), requests(req_new=5)
    store.add("a", year=2020, published=3, cells=three)
    store.add("b", year=2020, published=3, day=2, cells=three)
    store.add("c", year=2020, published=5, cells=four)
    store.add("d", year=2020, published=5, day=2, cells=five)
    store.add("e", year=2020, published=6, verdict="quarantined", cells=five)
    store.add("f", year=2021, cells=three)
    store.add("0", agency=None, cells=three)
    store.commit()
    store.build()
    assert store.ask("SELECT report_id[1], relation, is_current FROM report ORDER BY 1") == [
        ("0", None, True),
        ("a", "first", False),
        ("b", "rendition", False),
        ("c", "correction", False),
        ("d", "conflict", True),
        ("e", None, False),
        ("f", "only", True),
    ]
    assert store.ask(
        "SELECT report_id[1], before_report_id[1], value_before, value FROM version_change ORDER BY 1"
    ) == [
        ("c", "b", 3, 4),
        ("d", "c", 4, 5),
    ]


def test_a_blank_is_no_rendition_of_a_zero(store):
    """A file that leaves blank what another prints as 0 does not print the same figures."""
    store.add("a", cells=requests(req_new=0))
    store.add("b", day=2, cells=requests(req_new="blank"))
    store.commit()
    store.build()
    assert store.ask("SELECT relation FROM report ORDER BY version") == [("first",), ("conflict",)]
    assert store.ask("SELECT value_before, value FROM version_change") == [(0, None)]


def test_series_run_through_the_editions(store):
    """A sum of lines in one edition and a line in the other are one series; what is blank stays null."""
    store.add("a", year=2020, edition="2019", cells=[
        ("requests", "res_other", "total", "7", 7, "2019"), ("proactive", "normdoc_public_total", "", "9", 9, "2019"),
    ])  # fmt: skip
    store.add("b", year=2021, cells=[
        *requests(res_other_no_correction=2, res_other_misc=3, res_other_no_payment="blank"),
        *requests(res_deny=6, req_new="blank"),
        ("requests", "res_other_misc", "natural", "1", 1), ("proactive", "normdoc_in_force", "", "4", 4),
    ])  # fmt: skip
    store.commit()
    store.build()
    names = "report_year, series_code, value, edition, grade, complete"
    assert store.ask(f"SELECT {names} FROM series ORDER BY 2, 1") == [
        (2020, "normdoc_stock", 9, "2019", "", True),
        (2021, "normdoc_stock", 4, "2021", "C", True),
        (2021, "req_new", None, "2021", "A", False),
        (2021, "res_deny", 6, "2021", "A", False),
        (2020, "res_other", 7, "2019", "", True),
        (2021, "res_other", 5, "2021", "A", False),
    ]
    assert store.ask(
        "SELECT series_code, value_before, value, change, change_rate, is_break FROM year_on_year "
        "WHERE report_year = 2021 AND value_before IS NOT NULL ORDER BY ALL"
    ) == [
        ("normdoc_stock", 9, 4, -5, -0.555556, True),
        ("res_other", 7, 5, -2, -0.285714, False),
    ]


def test_series_join_an_agency_through_its_renames(store):
    """卫生局, 卫生和计划生育局, 卫生健康局 are one agency through the years; what was merged with others is not."""
    place, cells = "320322000000", requests(req_new=1)
    old = [(2012, "卫生局"), (2018, "卫生和计划生育局"), (2018, "质量技术监督局")]
    for year, body in [*old, (2019, "卫生健康局"), (2019, "市场监督管理局")]:
        store.add(f"{year}{body}", agency=f"{place}-{body}", year=year, cells=cells)
    store.commit()
    store.build()
    health = f"{place}-卫生健康局"
    assert store.ask(f"SELECT report_year FROM series WHERE current_id = '{health}' ORDER BY ALL") == [
        (2012,),
        (2018,),
        (2019,),
    ]
    assert store.ask(f"SELECT change FROM year_on_year WHERE agency_id = '{health}'") == [(0,)]
    assert store.ask("SELECT count(DISTINCT current_id) FROM series WHERE NOT current_id = " + f"'{health}'") == [(2,)]
    successors = "SELECT how FROM dim_agency_successor WHERE agency_id LIKE '320322%' ORDER BY last_year, how"
    assert store.ask(successors) == [("renamed",), ("merged",), ("renamed",)]


def test_a_year_between_is_not_skipped(store):
    """A report of two years ago is not the year before; from 0 there is a change but no rate."""
    store.add("a", year=2021, cells=requests(req_new=0))
    store.add("b", year=2022, cells=requests(req_new=3))
    store.add("c", year=2024, cells=requests(req_new=5))
    store.commit()
    store.build()
    names = "report_year, value_before, change, change_rate"
    assert store.ask(f"SELECT {names} FROM year_on_year ORDER BY 1") == [
        (2021, None, None, None),
        (2022, 0, 3, None),
        (2024, None, None, None),
    ]


def test_rates_have_a_denominator(store):
    """A share of nothing, or of a blank, is null; a part that is blank makes no 0."""
    store.add("a", agency="A", cells=requests(res_full=3, res_partial=1, res_deny_state_secret=4, res_total=8))
    store.add("b", agency="B", cells=requests(res_full=0, res_total=0))
    store.add("c", agency="C", cells=requests(res_full=1, res_partial="blank", res_total="blank"))
    store.add("d", agency="D", cells=requests(res_full="blank", res_total=2))
    store.commit()
    store.build()
    assert store.ask("SELECT agency_id, grant_rate, full_rate, deny_rate FROM request_rates ORDER BY 1") == [
        ("A", 0.5, 0.375, 0.5),
        ("B", None, None, None),
        ("C", None, None, None),
        ("D", None, None, None),
    ]


def test_rankings_compare_like_with_like(store):
    """Ranks are among agencies of the same kind, province, scope and year that print a number."""
    for letter, number, place in (
        ("a", 5, PLACE), ("b", 9, PLACE), ("c", 9, {**PLACE, "province": "浙江省"}), ("d", "blank", PLACE),
        ("e", 100, {**PLACE, "agency_level": 2}),
    ):  # fmt: skip
        store.add(letter, agency=letter.upper(), cells=requests(req_new=number), **place)
    store.commit()
    store.build()
    names = "agency_id, rank_in_province, of_in_province, rank_nationwide, of_nationwide, deny_rank_in_province"
    assert store.ask(f"SELECT {names} FROM request_ranking ORDER BY 1") == [
        ("A", 2, 2, 3, 3, None),
        ("B", 1, 2, 1, 3, None),
        ("C", 1, 1, 1, 3, None),
        ("E", 1, 1, 1, 1, None),
    ]


def test_review_outcomes_need_every_outcome(store):
    """Cases still open are not concluded; one outcome that is no number leaves the rate open."""
    after = dict.fromkeys(("upheld", "corrected", "other"), 1)
    store.add("a", agency="A", cells=review(
        rev_upheld=6, rev_corrected=3, rev_other=1, rev_pending=5, rev_total=15,
        lit_direct_total=3, lit_after_rev_total=4,
        **{f"lit_direct_{k}": v for k, v in after.items()}, **{f"lit_after_rev_{k}": v for k, v in after.items()},
    ))  # fmt: skip
    store.add("b", agency="B", cells=review(rev_upheld=6, rev_corrected=3, rev_other="blank"))
    store.commit()
    store.build()
    names = "agency_id, rev_concluded, rev_corrected_rate, lit_total, lit_corrected_rate"
    assert store.ask(f"SELECT {names} FROM review_outcomes ORDER BY 1") == [
        ("A", 10, 0.3, 7, 0.333333),
        ("B", None, None, None, None),
    ]


def test_regions_keep_levels_and_scopes_apart(store):
    """Sums run over reports that print a number, and never mix areas with offices."""
    store.add("a", agency="A", cells=requests(req_new=5, res_total=4, res_deny=1), **PLACE)
    store.add("b", agency="B", cells=requests(req_new="blank", res_total=6, res_deny="blank"), **PLACE)
    store.add("c", agency="C", scope="area", cells=requests(req_new=50), **PLACE)
    store.commit()
    store.build()
    assert store.ask("SELECT scope, reports, req_new, res_total, deny_rate FROM region_year ORDER BY 1") == [
        ("area", 1, 50, None, None),
        ("own", 1, 5, 10, 0.25),
    ]
    assert store.ask("SELECT province, report_year, expected, received, passed FROM coverage_summary") == [
        ("江苏省", 2023, 3, 3, 3)
    ]


def test_large_numbers_and_money_keep_every_digit(store):
    """Counts beyond 2^31 and money with six decimals pass through facts, wide views and series unharmed."""
    store.add("a", cells=[
        ("proactive", "fee_amount_10k", "", "24252.311082", Decimal("24252.311082")),
        ("proactive", "licence_decisions", "", "27600000000", 27_600_000_000), *requests(req_new=4_294_967_296),
    ])  # fmt: skip
    store.commit()
    store.build()
    money, count = Decimal("24252.311082"), 27_600_000_000
    assert store.ask("SELECT fee_amount_10k, licence_decisions FROM disclosure_summary") == [(money, count)]
    assert store.ask("SELECT value FROM fact ORDER BY 1") == [(money,), (4_294_967_296,), (count,)]
    assert store.ask("SELECT value FROM series WHERE series_code = 'licence_decisions'") == [(count,)]
    assert store.ask("SELECT req_new FROM region_year") == [(4_294_967_296,)]


def test_a_subtotal_too_large_to_add_is_null(store):
    """What would not fit the column is left open and stops no load."""
    huge = 999_999_999_999
    store.add("a", cells=requests(res_deny_state_secret=huge, res_deny_third_party=huge))
    store.commit()
    store.build()
    assert store.ask("SELECT res_deny FROM request_summary") == [(None,)]


def test_divisions_and_aliases_are_at_hand(small):
    """The divisions reports are placed in, and the names they had, can be asked."""
    where = "division_code = '110115108000'"
    assert small.ask(f"SELECT name, level, parent_code, province, county FROM dim_division WHERE {where}") == [
        ("庞各庄镇", 4, "110115000000", "北京市", "大兴区")
    ]
    assert small.ask("SELECT alias, valid_to FROM dim_agency_alias WHERE agency_id = '110118000000'") == [
        ("密云县", 2015)
    ]


def test_series_draw_on_what_the_forms_have():
    """Every indicator of a series is in the form of its edition; a first edition has no grade, all others have one."""
    for code, series in series_texts().items():
        editions = sorted(series["editions"])
        for edition, drawn in series["editions"].items():
            known = {indicator.code for indicator in load_forms()[edition].indicators()}
            assert {*drawn["of"], *([drawn["or"]] if "or" in drawn else [])} <= known, (code, edition)
            assert drawn["grade"] in (("",) if edition == editions[0] else ("A", "B", "C")), (code, edition)
            assert set(drawn) <= {"of", "or", "grade", "zh", "en"}, (code, edition)
