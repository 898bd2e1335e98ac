"""What a check says against a report is so: nobody is blamed for what we could not tell, nor twice for one thing."""

from collections import Counter
from collections.abc import Iterable

import pytest

from docs.make.rulebook import examples
from expectations.judge import checks_in, judge_files
from flows.compare import compare_alone
from tests.render import Key, Layout, addresses, lay_out, render, write
from tests.strategies import distinct_numbers
from transform.interpret import read_file

pytestmark = pytest.mark.slow  # each rule has its examples in the rule book

COUNTY = "江苏省宿迁市沭阳县人民政府"
NOTHING = dict.fromkeys(addresses("2021"), "0")
THREE = {("req_new", "natural"): "3", ("req_new", "total"): "3"}
THREE |= {("req_carried_out", "natural"): "3", ("req_carried_out", "total"): "3"}


def test_where_no_year_was_found_nobody_contradicts_himself() -> None:
    """M-YEAR is about years that differ; a missing one keeps the report out by itself."""
    text = render("2021", NOTHING, "txt", layout=Layout(agency=COUNTY, year=2023)).decode().replace("2023年", "")
    reading, report = read_file(text.encode(), "report.txt")
    assert report is not None
    assert report.imprint.report_year is None
    checks = checks_in(compare_alone([(reading, report)]).checks)
    assert not [check for check in checks if (check.check_code, check.outcome) == ("M-YEAR", "fail")]


@pytest.mark.parametrize("cut", [2, 4, 6])
def test_a_ragged_line_fails_once(cut: int) -> None:
    """Not once for each of its seven cells."""
    sheets = lay_out("2021", {key: str(value) for key, value in distinct_numbers("2021").items()})
    row = next(row for sheet in sheets for row in sheet.rows if any("本年新收" in box.text for box in row))
    for box in [box for box in row if box.kind == "value"][cut:]:
        row.remove(box)
    (judged,) = judge_files([(write(sheets, "html", layout=Layout(agency=COUNTY, year=2023)), "page.html")])
    failures = Counter((check.check_code, check.attribution) for check in judged.checks if check.outcome == "fail")
    assert failures == {("R3-NN", "reading"): 1}


def test_a_break_between_two_forms_is_one_of_definition() -> None:
    """What was public in 2020 and what is in force in 2021 are different things; so are items and decisions."""
    bridged = examples()["RX-BRIDGE"]["fires"]
    values = dict.fromkeys(addresses("2021"), "0") | {(k, ""): str(v) for k, v in bridged["cells"].items()}
    before = dict.fromkeys(addresses("2019"), "0") | {(k, ""): str(v) for k, v in bridged["last_year"].items()}
    files = []
    for edition, cells, year in (("2021", values, 2021), ("2019", before, 2020)):
        reading, report = read_file(render(edition, cells, "txt", layout=Layout(agency=COUNTY, year=year)), "a.txt")
        assert report is not None
        files.append((reading, report))
    checks = checks_in(compare_alone(files).checks)
    assert [c.attribution for c in checks if c.check_code == "RX-BRIDGE" and c.outcome == "fail"] == ["definition"]


# Names of counties none of which lies in another: one for each report that is compared alone, beside others.
COUNTIES = "正定县 行唐县 灵寿县 高邑县 深泽县 赞皇县 无极县 平山县 元氏县 赵县 井陉县".split()


def told_of(code: str, reports: Iterable[tuple[str, dict[Key, str]]]) -> list[list[str]]:
    """Where a rule fails in each of some reports of prose and cells that are not 0."""
    files = []
    for county, (prose, cells) in zip(COUNTIES, reports, strict=False):
        layout = Layout(agency=f"河北省石家庄市{county}人民政府", year=2023, prose={"一": prose})
        reading, report = read_file(render("2021", NOTHING | cells, "txt", layout=layout), "report.txt")
        assert report is not None
        files.append((reading, report))
    failed = [c for c in checks_in(compare_alone(files).checks) if c.check_code == code and c.outcome == "fail"]
    assert len({report.imprint.agency for _, report in files}) == len(files)
    return [[check.location for check in failed if check.report_id == report.report_id] for _, report in files]


def test_prose_that_denies_requests_is_held_against_the_table() -> None:
    """Three in the table, none in words; where the table has none as well nobody complains."""
    said = (
        "2023年，我县未收到政府信息公开申请。",
        "本年度未收到依申请公开件。",
        "未收到公民法人或其他组织政府信息公开申请情况。",
        "今年以来没有受理政府信息公开申请事项。",
        "2023年度未收到政府信息依申请公开。",
        "未发生依申请公开事项。",
    )
    assert told_of("R-N", [(prose, THREE) for prose in said]) == [["received"]] * 6
    assert told_of("R-N", [(prose, {}) for prose in said]) == [[]] * 6


def test_prose_that_denies_something_else_is_not() -> None:
    """A channel, the rest, last year."""
    said = (
        "未收到网上申请。",
        "除此之外未收到其他政府信息公开申请。",
        "未收到上年结转的政府信息公开申请。",
        "未收到因政府信息公开申请引起的行政复议。",
        "2022年未收到政府信息公开申请。",
    )
    assert told_of("R-N", [(prose, THREE) for prose in said]) == [[]] * 5


def test_the_stock_of_documents_in_prose_is_held_against_the_table() -> None:
    """393 in words, 470 in the table."""
    said = (
        "截至2023年底，现行有效规范性文件393件。",
        "全县现行有效规范性文件总数为393件。",
        "目前有效规范性文件393件。",
        "规范性文件存量393件。",
        "制发规范性文件0件，废止3件，现行有效393件。",
    )
    assert told_of("R-N", [(prose, {("normdoc_in_force", ""): "470"}) for prose in said]) == [["normdocs_in_force"]] * 5
    assert told_of("R-N", [(prose, {("normdoc_in_force", ""): "393"}) for prose in said]) == [[]] * 5


def test_the_channels_sum_to_the_requests() -> None:
    """A list of channels in prose adds up to what the table says was received."""
    said = {
        "收到政府信息公开申请3件，其中网络申请1件，信函申请1件。": True,
        "共受理申请3件，其中：当面申请1件、网上申请3件。": True,
        "收到政府信息公开申请3件，其中网络申请2件，信函申请1件。": False,
        "收到政府信息公开申请3件（其中网上申请2件，其他方式1件）。": False,
        "收到政府信息公开申请3件，其中网络申请1件。": False,  # no list
        "收到政府信息公开申请3件，其中网络申请1件，自然人申请1件。": False,  # no list of channels
        "2022年收到政府信息公开申请5件，其中网络申请1件，信函申请4件。": False,
    }
    found = told_of("R-N", [(prose, THREE) for prose in said])
    assert dict(zip(said, found, strict=True)) == {prose: ["by_channel"] * fails for prose, fails in said.items()}


def test_a_sentence_of_another_year_is_noted() -> None:
    """Figures of last year under this year's title; comparisons, history and plans are no such thing."""
    said = {
        "2023年，我县主动公开信息80条。2022年制作公开信息120条。": True,
        "2023年，我县主动公开信息80条。（二）2021年度办结申请7件。": True,
        "2023年，我县主动公开信息80条，2022年为120条。": False,
        "2023年工作有序。2022年主动公开信息120条，2023年80条。": False,
        "2022年公开120条，较上年增加12条。2023年公开80条。": False,
        "2023年工作有序。2008年5月《条例》施行。": False,
        "2023年工作有序。2019年以来公开信息900条。": False,
        "2023年公开80条。2024年将公开120条。": False,
    }
    found = told_of("M-YEAR", [(prose, {}) for prose in said])
    assert {prose: len(places) for prose, places in zip(said, found, strict=True)} == said


def test_exchanged_digits_between_a_body_and_the_one_above() -> None:
    """A long figure printed in two reports with two neighbouring digits the other way round."""
    pairs = {
        ("4166.214619", "4166.241619"): True,
        ("52130", "52310"): True,
        ("4166.214619", "4166.214619"): False,
        ("4166.214619", "4166.214691"): True,
        ("4166.214619", "4166.314619"): False,  # another digit
        ("5213", "5231"): False,  # too short to be more than chance
    }
    files = []
    for county, pair in zip(COUNTIES, pairs, strict=False):
        for body, amount in zip(("人民政府", "民政局"), pair, strict=True):
            layout = Layout(agency=f"河北省石家庄市{county}{body}", year=2023)
            values = NOTHING | {("fee_amount_10k", ""): amount}
            reading, report = read_file(render("2021", values, "txt", layout=layout), "a.txt")
            assert report is not None
            files.append((reading, report))
    checks = checks_in(compare_alone(files).checks)
    found = {(c.report_id, c.location) for c in checks if c.check_code == "R-TWIN" and c.outcome == "fail"}
    above = [report.report_id for _, report in files[::2]]
    assert found == {(one, "fee_amount_10k") for one, fails in zip(above, pairs.values(), strict=True) if fails}
