from datetime import date

import pytest

from transform.agencies import Directory
from transform.hint import Hint
from transform.publisher import Imprint, imprint_of

TOWN = "北京市大兴区庞各庄镇人民政府"
BODY = ["一、总体情况", "全年工作平稳。", "二、主动公开政府信息情况"]


def read(*lines: str, title_hint: str = "", metadata: dict[str, str] | None = None, body: list[str] = BODY) -> Imprint:
    """The identity of a document of these head lines and a body."""
    return imprint_of([*lines, *body], title_hint=title_hint, metadata=metadata or {}, directory=Directory.load())


def id_of(found: Imprint) -> str:
    """The agency id, '' for none."""
    return found.agency.agency_id if found.agency else ""


def codes(found: Imprint) -> list[tuple[str, str]]:
    """What is wrong and how badly."""
    return [(issue.code, issue.severity) for issue in found.issues]


@pytest.mark.parametrize(
    ("lines", "agency_id", "name", "year"),
    [
        ((TOWN, "", "2020年政府信息公开工作年度报告"), "110115108000", TOWN, 2020),
        (
            (
                "北京市密云区太师屯镇",
                "2019年政府信息公开工作年度报告",
                "[bookmark: _GoBack]编制北京市密云区太师屯镇2019年政府信息公开工作年度报告。",
            ),
            "110118107000",
            "北京市密云区太师屯镇",
            2019,
        ),
        (
            ("北京市大兴区礼贤镇人民政府", "2021年政府信息公开工作年度报告"),
            "110115106000",
            "北京市大兴区礼贤镇人民政府",
            2021,
        ),
        (
            ("北京市大兴区人民政府", "2020年政府信息公开工作年度报告"),
            "110115000000",
            "北京市大兴区人民政府",
            2020,
        ),
        (
            ("政府信息公开工作年度报告", "特向社会公布2020年度宁河区造甲城镇人民政府信息公开年度报告。"),
            "120117109000",
            "宁河区造甲城镇人民政府",
            2020,
        ),
        (
            ("2019年上海市人民政府办公厅政府信息公开工作年度报告",),
            "310000000000-人民政府办公厅",
            "上海市人民政府办公厅",
            2019,
        ),
        (
            ("正文", "2024 年上海市科委政府信息公开工作", "年度报告"),
            "310000000000-科学技术委员会",
            "上海市科委",
            2024,
        ),
        (("正文", "宿迁市 2025 年政府信息公开工作年度报告"), "321300000000", "宿迁市", 2025),
        (
            ("沭阳县人民政府", "沭阳县发展和改革局2023年政府信息公开年度报告"),
            "321322000000-发展和改革局",
            "沭阳县发展和改革局",
            2023,
        ),
        (("佳县螅镇人民政府2022年度政府信息公开工作年度报告",), "610828109000", "佳县螅镇人民政府", 2022),
        (("漳平市审计局关于2025年政府信息公开工作的年度报告",), "350881000000-审计局", "漳平市审计局", 2025),
        (("北京市大兴区庞各庄镇人民", "政府信息公开2020年度报告"), "110115108000", TOWN, 2020),
        (
            ("淮安市洪泽区人民政府信息公开年度报告", "公布2023年度淮安市洪泽区政府信息公开工作年度报告如下"),
            "320813000000",
            "淮安市洪泽区人民政府",
            2023,
        ),
        (
            ("邯郸市永年区人民政府二〇二〇年政府信息公开工作年度报告",),
            "130408000000",
            "邯郸市永年区人民政府",
            2020,
        ),
        (
            ("深圳市龍崗區財政局2021年政府資訊公開工作年度報告",),
            "440307000000-财政局",
            "深圳市龍崗區財政局",
            2021,
        ),
        (
            ("广州市黄埔区人民政府 广州开发区管委会2022年政府信息公开工作年度报告",),
            "440112000000",
            "广州市黄埔区人民政府广州开发区管委会",
            2022,
        ),
    ],
)
def test_titles(lines: tuple[str, ...], agency_id: str, name: str, year: int | None) -> None:
    """Titles over several lines, fused, spaced, year first or last, in both scripts."""
    found = read(*lines)
    assert (id_of(found), found.agency_name, found.report_year) == (agency_id, name, year)


def test_the_name_is_kept_as_printed() -> None:
    """Printed text keeps its script; only white space and extraction marks go."""
    found = read("[bookmark: _GoBack]北京市\u00a0大興區\u3000人民政府2020年政府信息公開工作年度報告")
    assert found.title == "北京市大興區人民政府2020年政府信息公開工作年度報告"
    assert found.agency_name == "北京市大興區人民政府"


def test_the_fused_title_is_restored_only_for_governments() -> None:
    """…人民政府信息公开 hides the end of a government's name, …科委政府信息公开 does not."""
    assert read("大兴区人民政府信息公开2020年年度报告").agency_name == "大兴区人民政府"
    assert read("2020年大兴区人民政府信息公开工作年度报告").agency_name == "大兴区人民政府"
    assert read("2020年上海市科委政府信息公开工作年度报告").agency_name == "上海市科委"


@pytest.mark.parametrize(
    "period",
    [
        "数据的统计期限自2020年1月1日起至2020年12月31日止。",
        "统计时限为2020年1月1日至12月31日。",
        "所列数据统计周期从２０２０年１月１日到12月31日止",
        "统计截止时间为2020年12月31日。",
        "时间为2020 年 1 月 1 日—2020 年 12 月 31 日",
    ],
)
def test_the_stated_period_gives_or_refutes_the_year(period: str) -> None:
    """The year may stand in the period alone; a title that says another makes a conflict, not a choice."""
    assert read(TOWN + "政府信息公开工作年度报告", period).report_year == 2020
    assert read(TOWN + "2020年政府信息公开工作年度报告", period).report_year == 2020
    found = read(TOWN + "2021年政府信息公开工作年度报告", period)
    assert found.report_year is None
    assert codes(found) == [("year_conflict", "critical")]
    assert "2020" in found.issues[0].found
    assert "2021" in found.issues[0].found


def test_a_period_broken_over_lines_is_read() -> None:
    """Lines of a PDF break anywhere."""
    found = read(TOWN + "政府信息公开工作年度报告", "统计期限自2020年1月1", "日起至2020年12", "月31日止。")
    assert found.report_year == 2020


def test_preamble_against_title_is_a_conflict() -> None:
    """A preamble left over from the year before is not outvoted."""
    found = read(TOWN + "2021年政府信息公开工作年度报告", "现将我镇2020年度政府信息公开工作年度报告公布如下。")
    assert (found.report_year, codes(found)) == (None, [("year_conflict", "critical")])


def test_page_title_against_printed_title_is_a_conflict() -> None:
    """The page's own title counts like the printed one."""
    found = read(TOWN + "2021年政府信息公开工作年度报告", title_hint=TOWN + "2020年政府信息公开工作年度报告-大兴区")
    assert codes(found) == [("year_conflict", "critical")]


@pytest.mark.parametrize(
    "noise",
    [
        "2025年12月30日\t星期二",
        "发布日期：2024-01-31",
        "依据《2019年政府信息公开工作要点》和国办公开办函〔2021〕30号编制。",
        "与2022年相比增加三件，2018年结转一件。",
        "自2008年5月1日至2023年12月31日累计公开千余条。",
    ],
)
def test_other_dates_are_not_the_report_year(noise: str) -> None:
    """Dates of capture and publication, cited papers and years in prose leave the year alone."""
    assert read(noise, TOWN + "2023年政府信息公开工作年度报告", noise).report_year == 2023
    assert codes(read(TOWN + "政府信息公开工作年度报告", noise)) == [("year_not_found", "critical")]


def test_years_after_chapter_one_are_prose() -> None:
    """Mention of last year's report or figures inside the chapters does not state the year."""
    body = [*BODY, "按时发布2022年度政府信息公开工作年度报告。", "2021年1月1日至12月31日受理五件。"]
    assert read(TOWN + "2023年政府信息公开工作年度报告", body=body).report_year == 2023


@pytest.mark.parametrize("title", ["2023年上半年政府信息公开工作报告", "2023年第一季度政府信息公开情况报告"])
def test_parts_of_a_year_are_no_annual_title(title: str) -> None:
    """Half-year and quarterly reports have no annual title."""
    found = read(title)
    assert (found.title, found.report_year) == ("", None)


def test_nothing_said_is_nothing_known() -> None:
    """A page of tables alone has neither agency nor year, and says so."""
    found = read("信息内容", "规章")
    assert (found.agency, found.agency_name, found.report_year, found.scope) == (None, "", None, "unknown")
    assert codes(found) == [("year_not_found", "critical"), ("agency_not_found", "critical")]


def test_an_unknown_name_is_kept_and_not_resolved() -> None:
    """An anonymised or abolished agency keeps its printed name."""
    found = read("雄县某乡人民政府2019年政府信息公开工作年度报告")
    assert (found.agency, found.agency_name, found.report_year) == (None, "雄县某乡人民政府", 2019)
    assert codes(found) == [("agency_not_found", "critical")]


def test_an_ambiguous_title_lists_its_candidates() -> None:
    """Four cities have a 鼓楼区; none is chosen."""
    found = read("鼓楼区司法局2023年政府信息公开工作年度报告")
    assert (found.agency, len(found.candidates)) == (None, 4)
    assert codes(found) == [("agency_ambiguous", "critical")]


@pytest.mark.parametrize(
    ("title", "foot", "metadata", "agency_id"),
    [
        ("鼓楼区司法局", ["南京市鼓楼区司法局", "2024年1月20日"], {}, "320106000000-司法局"),
        ("鼓楼区司法局", [], {"发布机构": "福州市鼓楼区人民政府"}, "350102000000-司法局"),
        ("鼓楼区司法局", [], {"索引号：": "11370900004341590P/2017-00150"}, ""),
        ("城关镇人民政府", ["武山县城关镇人民政府 2024年1月20日"], {}, "620524100000"),
        ("区统计局", [], {"发布机构": "大兴区统计局"}, "110115000000-统计局"),
        ("", ["淮安市洪泽区人民政府", "2024年1月20日"], {}, "320813000000"),
        ("", [], {"发布机构": "沭阳县发展和改革局"}, "321322000000-发展和改革局"),
    ],
)
def test_other_parts_complete_the_title(title: str, foot: list[str], metadata: dict[str, str], agency_id: str) -> None:
    """Signature and publisher settle a title that alone is ambiguous or silent."""
    found = read(title + "2023年政府信息公开工作年度报告", metadata=metadata, body=[*BODY, *foot])
    assert id_of(found) == agency_id


def test_the_credit_code_in_the_index_number_is_a_place() -> None:
    """Digits three to eight of a valid social credit code place a bare name; an invalid code is ignored."""
    title = "市统计局2023年政府信息公开工作年度报告"
    assert id_of(read(title, metadata={"索引号": "11370900004341590P/2017-00150"})) == "370900000000-统计局"
    assert read(title, metadata={"索引号": "11370900004341591P/2017-00150"}).agency is None


def test_two_places_are_a_conflict() -> None:
    """A title and a signature of different places leave the agency open, with both as candidates."""
    body = [*BODY, "北京市大兴区礼贤镇人民政府", "2021年1月20日"]
    found = read(TOWN + "2020年政府信息公开工作年度报告", body=body)
    assert found.agency is None
    assert {agency.agency_id for agency in found.candidates} == {"110115108000", "110115106000"}
    assert codes(found) == [("name_conflict", "critical")]


def test_two_bodies_of_one_place_are_noted() -> None:
    """An old name beside a new one is flagged; the title stands."""
    body = [*BODY, "沭阳县发展改革局", "2024年1月20日"]
    found = read("沭阳县发展和改革局2023年政府信息公开工作年度报告", body=body)
    assert id_of(found) == "321322000000-发展和改革局"
    assert codes(found) == [("name_differs", "heuristic")]


def test_office_and_publisher_contradict_nothing() -> None:
    """A government's report may be signed by its office and posted by anyone."""
    body = [*BODY, "淮安市人民政府办公室", "2025年1月20日"]
    found = read("淮安市人民政府2024年政府信息公开工作年度报告", metadata={"发布机构": "淮安市数据局"}, body=body)
    assert (id_of(found), found.issues) == ("320800000000", ())


@pytest.mark.parametrize(
    ("line", "foot", "metadata", "expected"),
    [
        ("", [], {"公开日期": "2024-01-17 10:30"}, date(2024, 1, 17)),
        ("发布日期：2020-01-31", [], {}, date(2020, 1, 31)),
        ("", ["庞各庄镇人民政府", "2024年1月17日"], {}, date(2024, 1, 17)),
        ("2025年12月30日 星期二", [], {}, None),
        ("", ["庞各庄镇人民政府", "2019年12月"], {}, None),
        ("", [], {"公开日期": "2024-02-30"}, None),
    ],
)
def test_the_day_of_publication(line: str, foot: list[str], metadata: dict[str, str], expected: date | None) -> None:
    """Publication is what is labelled or signed so; no other date is taken for it."""
    found = read(line, TOWN + "2023年政府信息公开工作年度报告", metadata=metadata, body=[*BODY, *foot])
    assert found.published_on == expected


@pytest.mark.parametrize(
    ("title", "preamble", "scope"),
    [
        (TOWN, "", "own"),
        ("沭阳县发展和改革局", "", "own"),
        ("淮安市人民政府", "", "unknown"),
        ("重庆市人民政府机关", "", "own"),
        ("淮安市人民政府", "本报告数据汇总了各部门及各县区情况。", "area"),
        ("重庆市司法局", "报告数据包含全系统。", "system"),
    ],
)
def test_scope(title: str, preamble: str, scope: str) -> None:
    """Only what the text says decides whether a government reports for itself or for its area."""
    assert read(title + "2023年政府信息公开工作年度报告", preamble).scope == scope


BUREAU = "安平县财政局"
BUREAU_ID = "131125000000-财政局"


@pytest.mark.parametrize(
    ("lines", "agency_id", "year"),
    [
        (("现公布安平县马店镇2022年政府信息公开工作年度报告。",), "131125101000", 2022),
        (
            ("县财政局2022年政府信息公开工作年度报告", f"现公开{BUREAU}2022年政府信息公开工作年度报告。"),
            BUREAU_ID,
            2022,
        ),
        (("一、总体情况", f"现公布{BUREAU}2022年度政府信息公开工作年度报告。"), BUREAU_ID, 2022),
        (
            (f"如有疑问，请与{BUREAU}办公室联系（电话：000）。统计期限自2022年1月1日至2022年12月31日。",),
            BUREAU_ID,
            2022,
        ),
        ((f"2022年，{BUREAU}严格按照条例要求开展工作。",), BUREAU_ID, 2022),
        ((f"2022年，在县委、县政府领导下，{BUREAU}认真开展工作。",), BUREAU_ID, 2022),
        ((f"本年度报告由{BUREAU}编制。截至2022年12月31日公开62条。",), BUREAU_ID, 2022),
        (("按照《安平县人民政府办公室关于编制年报的通知》要求，2022年，县财政局积极公开信息。",), BUREAU_ID, 2022),
        (("2022年，我局在安平县政府门户网站公开信息。", "2022年，县财政局严格审查。"), BUREAU_ID, 2022),
        (("首页 / 政府信息公开 / 政府信息公开年报 / 正文", f"{BUREAU}2022年政府信息公开工作年度报告"), BUREAU_ID, 2022),
        (("安平县", "财政局", "年度报告", f"{BUREAU}2022年政府信息公开工作年度报告"), BUREAU_ID, 2022),
        (("饶阳县财政局", f"{BUREAU}2022年政府信息公开工作年度报告"), BUREAU_ID, 2022),
    ],
)
def test_what_a_report_says_of_itself(lines: tuple[str, ...], agency_id: str, year: int) -> None:
    """Sentences, the contact and the subject of the first chapter tell agency and year; words of the site do not."""
    found = read(*lines)
    assert (id_of(found), found.report_year, found.issues) == (agency_id, year, ())


@pytest.mark.parametrize(
    "text",
    [
        "我镇认真开展工作。",  # the county's government posted it
        "我局按照县局、经开区党工委的安排部署开展工作。",
        "我分局认真开展工作。",
        "我校认真开展工作。",
        "本院认真开展工作。",
    ],
)
@pytest.mark.parametrize("poster", ["安平县人民政府", BUREAU])
def test_a_poster_that_is_not_the_author_is_a_candidate_only(text: str, poster: str) -> None:
    """A township, or a branch of the bureau above, is not whoever posted its report."""
    found = read("2022年，" + text, metadata={"发布机构": poster})
    assert found.agency is None
    assert [agency.name.endswith(poster) for agency in found.candidates] == [True]
    assert codes(found) == [("agency_ambiguous", "critical")]


def test_a_poster_counts_where_the_text_is_silent() -> None:
    """Nothing in the text speaks against it."""
    assert id_of(read("2022年，我局认真开展工作。", metadata={"发布机构": BUREAU})) == BUREAU_ID


def test_a_hint_counts_last_and_not_against_the_text() -> None:
    """What the source declares is taken where nothing is said, and completes a bare name; a township is no county."""
    hint = Hint("安平县人民政府", 2022)
    said = imprint_of(BODY, directory=Directory.load(), hint=hint)
    assert (id_of(said), codes(said)) == (
        "131125000000",
        [("year_hinted", "heuristic"), ("agency_hinted", "heuristic")],
    )
    bare = imprint_of(["县财政局2022年政府信息公开工作年度报告"], directory=Directory.load(), hint=hint)
    assert (id_of(bare), codes(bare)) == (BUREAU_ID, [("agency_hinted", "heuristic")])
    assert imprint_of(["2022年，我镇认真开展工作。"], directory=Directory.load(), hint=hint).agency is None


def test_a_bare_name_is_not_looked_up_in_a_place_it_does_not_name() -> None:
    """文教局 may belong to a zone of the city whose paper is cited; 市文教局 is the city's."""
    cited = "根据《长春市人民政府办公厅关于编制年报的通知》编制。"
    assert read("2020年文教局政府信息公开工作年度报告", cited).agency is None
    assert id_of(read("2020年市文教局政府信息公开工作年度报告", cited)) == "220100000000-文教局"
    zone = {"发布机构": "平潭综合实验区管理委员会"}
    found = read("财政金融局2020年政府信息公开工作年度报告", metadata=zone)
    assert id_of(found) == "350000000000-平潭综合实验区财政金融局"


def test_a_second_body_of_the_place_in_the_signature() -> None:
    """Two bodies contradict each other, unless a sentence upholds the title: then the signature is an old name."""
    title = f"{BUREAU}2022年政府信息公开工作年度报告"
    body = [*BODY, "安平县教育局", "2023年1月20日"]
    assert codes(read(title, body=body)) == [("name_conflict", "critical")]
    upheld = read(title, f"如有疑问，请与{BUREAU}联系。", body=body)
    assert (id_of(upheld), codes(upheld)) == (BUREAU_ID, [("name_differs", "heuristic")])


def test_a_period_that_is_not_a_year_is_noted() -> None:
    """Four months are no figures of a year, whatever the title says."""
    found = read(f"{BUREAU}2022年政府信息公开工作年度报告", "统计期限自2022年9月1日至2022年12月31日止。")
    assert (found.report_year, codes(found)) == (2022, [("period_not_a_year", "heuristic")])


def test_the_day_of_publication_tells_the_year_only_if_the_text_mentions_it() -> None:
    """Pages are posted again years later."""
    when = {"发布日期": "2023-01-20"}
    name = BUREAU + "政府信息公开工作年度报告"
    found = read(name, "比2022年有所增加。", metadata=when)
    assert (found.report_year, codes(found)) == (2022, [("year_inferred", "heuristic")])
    assert read(name, "比2021年有所增加。", metadata=when).report_year is None


POSTED = "http://example.cn/zfxxgk/202001/t20200117_391.html"


def posted(*lines: str, source: str = POSTED, when: str = "", years: range = range(2019, 2021)) -> Imprint:
    """The identity of a page whose title names no year, by its address."""
    metadata = {"发布日期": when} if when else {}
    head = [f"{BUREAU}政府信息公开工作年度报告", *lines]
    return imprint_of([*head, *BODY], metadata=metadata, source=source, directory=Directory.load(), years=years)


@pytest.mark.parametrize(
    "source",
    [
        POSTED,
        "https://example.cn/news/show/20200117182933343.html",
        "https://example.cn/art/2020/1/17/art_12_345.html",
        "https://example.cn/2020-01/17/content_1.html",
        "https://example.cn/2020/0331/1.html",
        "https://example.cn/zwgk/202003/5e3c10944e3d74f8.shtml",
        "bundle.zip!/pages/P020200117391723334455.pdf",
        "/data/2024-02-01/t20200117_391.html",
    ],
)
def test_an_address_tells_the_year_of_a_page_that_names_none(source: str) -> None:
    """Posted within the term on a form of that year; never without a mark."""
    found = posted(source=source)
    assert (found.report_year, codes(found)) == (2019, [("year_posted", "statutory")])
    assert next(one.evidence for one in found.evidence if one.evidence.kind == "posted").years == (2019,)


@pytest.mark.parametrize(
    ("lines", "source", "when", "years"),
    [
        ((), "http://example.cn/202009/t20200917_391.html", "", range(2019, 2021)),  # posted out of term
        ((), "http://example.cn/202301/t20230117_391.html", "", range(2019, 2021)),  # years after its form
        ((), "http://example.cn/202201/t20220117_391.html", "", range(2004, 2014)),
        ((), "http://example.cn/2020/1/17/202101/t20210117_391.html", "", range(2019, 2021)),  # two days
        ((), "http://example.cn/2020/1/17/x.html", "2021-01-20", range(2019, 2021)),  # another day on the page
        (("比2018年有所增加。",), POSTED, "", range(2019, 2021)),
        (("比2019年有所增加，2021年继续。",), POSTED, "", range(2019, 2021)),
        (("根据国办公开办函〔2021〕30号编制。",), POSTED, "", range(2019, 2021)),
        ((), "/data/2020-01-17/page.html", "", range(2019, 2021)),  # a folder tells when a copy was made
        ((), "20200117.html", "", range(2019, 2021)),
        ((), "http://example.cn/list/2020011712.html", "", range(2019, 2021)),  # a number
        ((), POSTED, "", range(0)),
    ],
)
def test_an_address_that_may_tell_another_day_leaves_the_year_open(
    lines: tuple[str, ...], source: str, when: str, years: range
) -> None:
    """Pages are posted again, moved and copied years later."""
    assert posted(*lines, source=source, when=when, years=years).report_year is None


@pytest.mark.parametrize("said", ["统计期限为2018年1月1日至2018年12月31日。", "2018年，我局主动公开信息12条。"])
def test_whatever_the_text_says_outweighs_the_address(said: str) -> None:
    """Title, period and prose; the hint of whoever brought the page as well."""
    assert posted(said).report_year == 2018
    page = [f"{BUREAU}政府信息公开工作年度报告", *BODY]
    hinted = imprint_of(page, source=POSTED, directory=Directory.load(), hint=Hint("", 2017), years=range(2019, 2021))
    assert hinted.report_year == 2017


def test_the_day_on_the_page_does_as_well_where_no_year_is_named() -> None:
    """A 发布日期 within the term, on a form of the year before."""
    found = posted(source="page.html", when="2020-01-20")
    assert (found.report_year, codes(found)) == (2019, [("year_posted", "statutory")])
    assert posted(source="page.html", when="2020-05-20").report_year is None


def test_tags_of_the_page_are_evidence() -> None:
    """ArticleTitle stands for a title the page's own does not tell; PubDate dates it; SiteName is no agency."""
    tags = {
        "articletitle": f"{BUREAU}2022年政府信息公开工作年度报告",
        "pubdate": "2023-01-26",
        "sitename": "饶阳县人民政府",
    }
    found = imprint_of(BODY, title_hint="饶阳县人民政府门户网站", tags=tags, directory=Directory.load())
    assert (id_of(found), found.report_year, found.published_on) == (BUREAU_ID, 2022, date(2023, 1, 26))


def test_the_weighing_is_kept() -> None:
    """Every statement with its trust and its part, the most trusted first."""
    found = read(f"{BUREAU}2022年政府信息公开工作年度报告", metadata={"发布机构": "安平县人民政府"})
    weighed = [(one.evidence.kind, one.role) for one in found.evidence]
    assert weighed == [("title", "decides"), ("publisher", "")]
    assert [one.trust for one in found.evidence] == [100, 30]


BANNER_TITLE = "2022年政府信息公开工作年度报告"


@pytest.mark.parametrize(
    ("lines", "agency_id", "year"),
    [
        (("现发布《安平县马店镇2022年政府信息公开工作年度报告》。本报告由六部分组成。",), "131125101000", 2022),
        ((BANNER_TITLE, "如有疑问，可与安平县马店镇人民政府联系（地址：某路1号）。"), "131125101000", 2022),
        (("由安平县财政局办公室编制完成本报告。统计期限为2022年1月1日至12月31日。",), BUREAU_ID, 2022),
        (("本报告由安平县人民政府信息公开办编制，统计数据从20221月1日至202212月31日止。",), "131125000000", 2022),
        (("由安平县政府信息公开工作领导小组办公室编制本报告，时限为2018年11日至2018年1231日。",), "131125000000", 2018),
        (("1.安平县财政局2022年政府信息公开工作年度报告",), BUREAU_ID, 2022),
        (("安平县财政局（本级）22年政府信息公开工作年度报告（公开版）",), BUREAU_ID, 2022),
        (("site.example.cn安平县财政局2022年政府信息公开工作年度报告",), BUREAU_ID, 2022),
    ],
)
def test_wordings_of_sentences_and_titles(lines: tuple[str, ...], agency_id: str, year: int) -> None:
    """Titles quoted in a sentence, inner offices that compile, periods whose marks were lost, numbered titles."""
    found = read(*lines)
    assert (id_of(found), found.report_year) == (agency_id, year)


@pytest.mark.parametrize(
    ("lines", "metadata"),
    [
        ((BANNER_TITLE, "如有疑问，请与安平县人民政府办公室联系。"), {}),
        ((BANNER_TITLE,), {"发布机构": "安平县人民政府办公室"}),
        ((BANNER_TITLE, "2022年，甲乙丙县财政局认真贯彻落实条例。"), {"发布机构": "安平县财政局"}),
    ],
)
def test_who_posts_or_answers_may_be_another(lines: tuple[str, ...], metadata: dict[str, str]) -> None:
    """An office posts and answers for its government too; and not for a body the text names that is not known."""
    found = read(*lines, metadata=metadata)
    assert found.agency is None
    assert found.report_year == 2022
