import csv
import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import transform
from transform.agencies import Directory
from transform.reference import Division, aliases, divisions, vocabulary

PRINTED = list(csv.DictReader((Path(__file__).parent / "agencies.csv").open(encoding="utf-8")))
PLACEHOLDERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
# Districts whose bare names several cities have or had; alone they are meant to stay open.
GENERIC = re.compile(r"^.区")
TABLE = {division.code: division for division in divisions()}


@pytest.fixture(scope="module")
def directory() -> Directory:
    """The one directory."""
    return Directory.load()


def lineage(code: str) -> list[str]:
    """Names from the province down, read from the table alone."""
    names: list[str] = []
    while code:
        division = TABLE[code]
        if division.name not in PLACEHOLDERS and division.name not in names[:1]:
            names.insert(0, division.name)
        code = division.parent
    return names


def spellings(town: Division) -> dict[str, str]:
    """The ways in which reports print one town's name, by what is left out."""
    *above, own = lineage(town.code)
    body = "办事处" if own.endswith(("街道", "地区")) else "人民政府"
    printed = {
        "full": "".join(above) + own + body,
        "plain": "".join(above) + own,
        "no province": "".join(above[1:] or above) + own + body,
        "province and county": above[0] + "".join(above[-1:] if len(above) > 1 else []) + own + body,
        "short prefixes": "".join(re.sub(r"(?<=..)[省市]$", "", part) for part in above[:-1]) + above[-1] + own + body,
    }
    if not GENERIC.match(above[-1]):
        printed["county"] = above[-1] + own + body
    if body == "人民政府":
        printed["政府"] = "".join(above) + own + "政府"
    return printed


def some_towns(count: int, seed: int) -> list[Division]:
    """A fixed sample of towns and streets."""
    towns = [
        division
        for division in TABLE.values()
        if division.level == 4 and re.search(r"(街道|镇|乡|苏木)$", division.name)
    ]
    return random.Random(seed).sample(towns, count)


@pytest.mark.parametrize("row", PRINTED, ids=lambda row: row["name"])
def test_printed_names_find_their_code(directory: Directory, row: dict[str, str]) -> None:
    """Names as reports print them lead to their division, or to none where they are ambiguous."""
    found = directory.resolve(row["name"])
    assert (found.agency.division_code if found.agency else "") == row["division_code"]
    if row["kind"] == "ambiguous" and not row["name"].startswith("区"):
        assert len(found.candidates) > 1


def test_generated_names_are_right_or_open(directory: Directory) -> None:
    """Over 4,000 spellings of 700 towns: at least 99.9 % right, none wrong."""
    total, right, wrong = 0, 0, []
    for town in some_towns(700, seed=20240131):
        for how, name in spellings(town).items():
            agency = directory.resolve(name).agency
            total += 1
            right += agency is not None and agency.agency_id == town.code
            if agency and agency.agency_id != town.code:
                wrong.append((how, name, agency.agency_id))
    assert wrong == []
    assert total > 4000
    assert right / total >= 0.999


def test_bare_town_names_are_never_wrong(directory: Directory) -> None:
    """A town named without its place resolves to itself or stays open with the town among the candidates."""
    for town in some_towns(1500, seed=7):
        found = directory.resolve(town.name)
        if found.agency:
            assert found.agency.agency_id == town.code
        else:
            assert town.code in {candidate.agency_id for candidate in found.candidates}


def test_bare_names_of_farms_and_zones_are_never_wrong(directory: Directory) -> None:
    """What is listed below a county and is no town, by its name alone: itself, or open where it has namesakes."""
    listed = [division for division in TABLE.values() if division.level == 4 and division.code[6] in "45"]
    found = {division.code: directory.resolve(division.name).agency for division in listed}
    wrong = [(code, agency.name) for code, agency in found.items() if agency and agency.agency_id != code]
    assert len(listed) > 2000
    assert wrong == []
    assert directory.resolve("东城区").agency is None
    assert directory.resolve("东城区人民政府").agency == directory.agency("110101000000")
    assert directory.resolve("东城区", context_code="110000000000").agency == directory.agency("110101000000")


def test_a_dissolved_county_is_itself_in_its_years(directory: Directory) -> None:
    """Until it was merged a county is an agency with a code of its own, afterwards only its successor's former name."""
    then = directory.resolve("淮安市清河区人民政府", year=2015).agency
    assert then is not None
    assert (then.agency_id, then.name, then.parent_id) == (
        "320802000000", "江苏省淮安市清河区人民政府", "320800000000",
    )  # fmt: skip
    assert directory.resolve("淮安市清河区教育局", year=2015).agency == directory.agency("320802000000-教育局")
    for year in (2018, None):
        assert directory.resolve("淮安市清河区人民政府", year=year).agency is None
    assert directory.agency("320812000000") in directory.resolve("淮安市清河区人民政府").candidates


def test_every_division_resolves_by_its_full_name(directory: Directory) -> None:
    """Each province, prefecture and county of the table's year is found by its complete name."""
    for division in TABLE.values():
        if division.level == 4 or division.name in PLACEHOLDERS or division.code == "620201000000":
            continue
        zone = division.level == 3 and division.code[4] == "7"
        found = directory.resolve("".join(lineage(division.code)) + ("" if zone else "人民政府"), year=2023)
        codes = {agency.division_code for agency in (found.agency, *found.candidates) if agency}
        assert division.code in codes, division
        assert zone or found.agency, division


@pytest.mark.parametrize(
    ("name", "agency_id", "kind", "level"),
    [
        ("沭阳县发展和改革局", "321322000000-发展和改革局", "dept", 3),
        ("上海市科学技术委员会", "310000000000-科学技术委员会", "dept", 1),
        ("上海市科委", "310000000000-科学技术委员会", "dept", 1),
        ("上海市人民政府办公厅", "310000000000-人民政府办公厅", "gov_office", 1),
        ("大兴区政府办", "110115000000-人民政府办公室", "gov_office", 3),
        ("北京市人民政府国有资产监督管理委员会", "110000000000-国有资产监督管理委员会", "dept", 1),
        ("北京市公安局大兴分局", "110000000000-公安局大兴分局", "dept", 1),
        ("北京市大兴区庞各庄镇党政办公室", "110115108000-党政办公室", "gov_office", 4),
        ("浙江乐清经济开发区管理委员会", "330382000000-经济开发区管理委员会", "zone", 3),
        ("石家庄高新区管委会", "130171000000", "zone", 3),
        ("徐州市经济技术开发区管理委员会", "320371000000", "zone", 3),
        ("深圳市龙岗区人民政府平湖街道办事处", "440307003000", "street", 4),
        ("广州市白云区三元里街", "440111002000", "street", 4),
        ("成都市市场监督管理局", "510100000000-市场监督管理局", "dept", 2),
        ("海南州人民政府", "632500000000", "gov", 2),
        ("宿迁市市级机关事务管理局", "321300000000-市级机关事务管理局", "dept", 2),
        ("恩施自治州人民政府", "422800000000", "gov", 2),
        ("化隆县人民政府", "630224000000", "gov", 3),
        ("海南省人民政府", "460000000000", "gov", 1),
        ("东莞市长安镇人民政府", "441900119000", "township", 4),
        ("嘉峪关市新城镇人民政府", "620201100000", "township", 4),
        ("仙桃市人民政府", "429004000000", "gov", 3),
        ("阿克苏地区行政公署", "652900000000", "gov", 2),
        ("北京市顺义区杨镇人民政府", "110113006000", "township", 4),
        ("沭阳县财政局（国资办）", "321322000000-财政局", "dept", 3),
        ("教育部", "000000000000-教育部", "dept", 0),
        ("武汉东湖新技术开发区管理委员会", "420100000000-武汉东湖新技术开发区管理委员会", "zone", 3),
        ("平潭综合实验区", "350000000000-平潭综合实验区管理委员会", "zone", 2),
        ("福建省平潭综合实验区管理委员会", "350000000000-平潭综合实验区管理委员会", "zone", 2),
        ("平潭综合实验区党工委管委会", "350000000000-平潭综合实验区管理委员会", "zone", 2),
        ("平潭综合实验区财政金融局", "350000000000-平潭综合实验区财政金融局", "dept", 2),
        ("河北雄安新区管理委员会", "130000000000-雄安新区管理委员会", "zone", 2),
        ("雄安新区生态环境局", "130000000000-雄安新区生态环境局", "dept", 2),
        ("横琴粤澳深度合作区执行委员会", "440000000000-横琴粤澳深度合作区执行委员会", "dept", 2),
        ("陕西省西咸新区开发建设管理委员会", "610000000000-西咸新区管理委员会", "zone", 2),
        ("陕西省西咸新区沣东新城管理委员会", "610000000000-西咸新区沣东新城管理委员会", "zone", 3),
        ("重庆两江新区管理委员会", "500000000000-两江新区管理委员会", "zone", 2),
        ("贵安新区管委会", "520000000000-贵安新区管理委员会", "zone", 2),
        ("长春新区管委会", "220100000000-长春新区管理委员会", "zone", 2),
        ("青岛西海岸新区管委会", "370200000000-青岛西海岸新区管理委员会", "zone", 2),
        ("大连金普新区财政局", "210200000000-大连金普新区财政局", "dept", 2),
        ("浙江舟山群岛新区管委会", "330900000000-舟山群岛新区管理委员会", "zone", 2),
        ("兰州新区管委会", "620171000000", "zone", 3),
        ("上海市浦东新区人民政府", "310115000000", "gov", 3),
        ("天津市滨海新区财政局", "120116000000-财政局", "dept", 3),
        ("广州市南沙区人民政府", "440115000000", "gov", 3),
        ("西安高新区财政局", "610100000000-高新技术产业开发区财政局", "dept", 3),
        ("西安高新技术产业开发区管理委员会", "610100000000-高新技术产业开发区管理委员会", "zone", 3),
        ("国家税务总局连江县税务局", "350122000000-税务局", "dept", 3),
        ("南京海关", "320100000000-海关", "dept", 2),
        ("中华人民共和国南京海关", "320100000000-海关", "dept", 2),
        ("国家统计局江苏调查总队", "320000000000-调查总队", "dept", 1),
        ("国家金融监督管理总局江苏监管局", "320000000000-国家金融监督管理总局监管局", "dept", 1),
        ("沭阳县气象局", "321322000000-气象局", "dept", 3),
        ("沭阳县人民医院", "321322000000-人民医院", "dept", 3),
        ("沭阳县第一中学", "321322000000-第一中学", "dept", 3),
        ("沭阳县自来水有限公司", "321322000000-自来水有限公司", "dept", 3),
        ("无锡市锡山区云林街道办事处", "320205000000-云林街道办事处", "street", 4),
    ],
)
def test_bodies(directory: Directory, name: str, agency_id: str, kind: str, level: int) -> None:
    """Departments, offices and zones bear the code of their government and their own name in Han."""
    agency = directory.resolve(name).agency
    assert agency is not None
    assert (agency.agency_id, agency.type, agency.level) == (agency_id, kind, level)


def test_an_agency_knows_its_place(directory: Directory) -> None:
    """Full name, places above and parent are filled from the code, whatever was printed."""
    town = directory.resolve("大兴区黄村镇").agency
    assert town is not None
    assert town.name == "北京市大兴区黄村镇人民政府"
    assert (town.province, town.prefecture, town.county) == ("北京市", "", "大兴区")
    assert (town.parent_id, town.type) == ("110115000000", "township")
    bureau = directory.agency("321322000000-发展和改革局")
    assert bureau.name == "江苏省宿迁市沭阳县发展和改革局"
    assert (bureau.prefecture, bureau.parent_id) == ("宿迁市", "321322000000")
    assert directory.agency("320000000000").parent_id is None


def test_municipal_districts_belong_to_the_city(directory: Directory) -> None:
    """市辖区 is no place: a district's parent is the municipality."""
    assert directory.agency("110115000000").parent_id == "110000000000"


def test_a_missing_suffix_is_not_looked_for_behind(directory: Directory) -> None:
    """宜昌县 is not 宜昌 with a body of its own: no candidate is made up."""
    assert directory.resolve("宜昌县统计局").candidates == ()


@pytest.mark.parametrize(
    "name",
    [
        "人民政府",
        "街道办事处",
        "教育局",
        "区统计局",
        "市统计局",
        "政府信息公开",
        "杭州市下城区教育局",  # abolished
        "南京市朝阳区教育局",  # of another city
        "新疆生产建设兵团第八师司法局",
        "成都市场监督管理局",  # a character is missing
        "沭阳县沭城镇人民政府",  # now a street
        "长春路街道办事处",
        "东部新区管理委员会",  # of 成都, and of many cities more
        "南部新区财政局",
        "成都市武侯区某某街道办事处",  # masked
        "沭阳县某局",
        "沭阳县XX局",
        "城区人民政府",
        "北京市规划和自然资源委员会（大兴分局）",
        "桥东区司法局",  # of 张家口, and until 2020 of 邢台
        "清河区司法局",  # of 铁岭, and until 2016 of 淮安
        "淮安市清河区人民政府",  # dissolved: 清江浦区 is another government
        "吐鲁番市人民政府",  # the prefecture, and until 2015 a county-level city
        "宜昌县统计局",  # renamed long before
        "",
    ],
)
def test_doubtful_names_stay_open(directory: Directory, name: str) -> None:
    """What fits no place, or more than one, is not decided."""
    assert directory.resolve(name).agency is None


def test_context_completes_and_settles_but_never_overrules(directory: Directory) -> None:
    """A known place completes names without one and picks among namesakes; a named place stands."""

    def found(name: str, code: str) -> str:
        agency = directory.resolve(name, context_code=code).agency
        return agency.agency_id if agency else ""

    assert found("区统计局", "110115000000") == "110115000000-统计局"
    assert found("市统计局", "320813000000") == "320800000000-统计局"
    assert found("城关镇人民政府", "620524000000") == "620524100000"
    assert found("鼓楼区司法局", "350100000000") == "350102000000-司法局"
    assert found("沭阳县发展和改革局", "110115000000") == "321322000000-发展和改革局"
    assert found("鼓楼区司法局", "110000000000") == ""
    assert found("县统计局", "110115000000") == ""


def test_former_names_hold_in_their_years(directory: Directory) -> None:
    """密云县 became a district in 2015; 桥东区 means only 张家口's after 2020."""

    def code(name: str, year: int | None) -> str:
        agency = directory.resolve(name, year=year).agency
        return agency.division_code if agency else ""

    assert code("密云县人民政府", 2012) == "110118000000"
    assert code("密云县人民政府", None) == "110118000000"
    assert code("密云县人民政府", 2022) == ""
    assert code("桥东区司法局", 2019) == ""
    assert code("桥东区司法局", 2022) == "130702000000"
    assert code("清河区司法局", 2020) == "211204000000"
    assert code("吐鲁番市人民政府", 2020) == "650400000000"


def test_two_bodies_under_one_roof(directory: Directory) -> None:
    """A government that reports with a zone stands for both, however the names are run together."""
    for separator in (" ", "", "、", "和"):
        name = f"广州市黄埔区人民政府{separator}广州开发区管委会"
        agency = directory.resolve(name).agency
        assert agency is not None
        assert agency.agency_id == "440112000000"


def test_vertical_bodies_belong_to_their_own_head(directory: Directory) -> None:
    """A tax bureau is found by its place but is no child of the government there."""
    agency = directory.resolve("国家税务总局沭阳县税务局").agency
    assert agency is not None
    assert agency.agency_id == "321322000000-税务局"
    assert agency.parent_id == "000000000000-国家税务总局"


def test_traditional_script_compares_in_simplified(directory: Directory) -> None:
    """Traditional names are understood; names that conversion would damage are not."""
    assert directory.resolve("深圳市龍崗區財政局") == directory.resolve("深圳市龙岗区财政局")
    assert directory.resolve("乾县人民政府").agency == directory.agency("610424000000")


def test_space_and_width_do_not_matter(directory: Directory) -> None:
    """White space of any kind inside a name changes nothing."""
    printed = "北京市\u3000大兴区\u00a0庞各庄镇 人民政府"
    assert directory.resolve(printed) == directory.resolve("北京市大兴区庞各庄镇人民政府")


def test_aliases_point_to_known_places(directory: Directory) -> None:
    """Every hand-kept row names an existing code and leads there when given its place."""
    for row in aliases():
        agency = directory.agency(row.code)
        if row.kind in {"former", "merged"}:
            found = directory.resolve(row.alias + "人民政府", year=int(row.valid_to))
            meant = directory.agency(row.former_code) if row.former_code else agency
            assert meant in (found.agency, *found.candidates), row
            assert row.kind == "former" or found.agency != agency, row
            assert row.former_code not in TABLE, row
        elif row.kind == "agency":
            assert directory.resolve(row.alias).agency == agency


@pytest.mark.parametrize("kind", [kind for kind in vocabulary() if not kind.startswith("meta_")])
def test_every_kind_of_word_is_asked_for(kind: str) -> None:
    """A kind nobody reads would be words that look as if they counted. Labels are tested with `transform.metadata`."""
    modules = Path(transform.__file__).parent.rglob("*.py")
    assert any(f'"{kind}"' in module.read_text(encoding="utf-8") for module in modules)


@given(st.text(alphabet="北京市大兴区庞各庄镇人民政府街道办事处县乡局开发管委会省州12 ", max_size=24))
def test_any_text_is_answered(name: str) -> None:
    """Resolving never raises, and an answer carries no candidates."""
    found = Directory.load().resolve(name)
    assert found.evidence
    assert found.agency is None or not found.candidates
