"""Names as bodies of every kind print them, made from the reference data: none is read as another body."""

import random
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from transform.agencies import Directory
from transform.reference import Division, divisions, zones

TABLE = {division.code: division for division in divisions()}
LISTED = {division.name for division in TABLE.values()}
PLACEHOLDERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
ORGANS = ("财政局", "党群工作部办公室", "自然资源和规划局", "应急管理局", "商务局")
BRANCHES = ("公安局{}分局", "生态环境局{}分局", "自然资源和规划局{}分局")
LOCAL = ("气象局", "烟草专卖局", "人民医院", "第一中学", "供水有限公司", "疾病预防控制中心")


class Named(NamedTuple):
    """A name and the agency it is."""

    name: str
    agency_id: str


def stem(name: str) -> str:
    """A name without its kind."""
    return re.sub(r"(?<=..)(?:自治区|地区|[省市区县州盟旗])$", "", name)


def places(code: str) -> list[str]:
    """The names from the province down, each once."""
    found: list[str] = []
    while code:
        division = TABLE[code]
        if division.name not in PLACEHOLDERS and division.name not in found[:1]:
            found.insert(0, division.name)
        code = division.parent
    return found


def uncoded_zones() -> Iterator[Named]:
    """Zones without a code: with all, one and none of the places above, long and short; and their organs."""
    for zone in zones():
        above = places(zone.code)
        title = "" if zone.unit else "-" + zone.zone
        agency_id = zone.unit or zone.code + title + "管理委员会"
        for name in (zone.zone, *zone.short):
            bare = ("",) if zone.kind.startswith(("national_new", "new_area")) else ()
            for place in ("".join(above), above[-1], stem(above[-1]), *bare):
                if place and name.startswith(stem(above[-1])):
                    continue
                yield Named(f"{place}{name}管理委员会", agency_id)
                yield Named(f"{place}{name}管委会", agency_id)
        for organ in ORGANS[:2]:
            yield Named(f"{above[-1]}{zone.zone}{organ}", f"{zone.unit or zone.code}{title or '-'}{organ}")


def coded_zones() -> Iterator[Named]:
    """Zones of county rank in the statistical table, and their organs."""
    for division in TABLE.values():
        if division.level == 3 and division.code[4] == "7":
            yield Named(f"{division.name}管理委员会", division.code)
            yield Named(f"{places(division.code)[0]}{division.name}管委会", division.code)
            for organ in ORGANS:
                if division.name + organ not in LISTED:
                    yield Named(division.name + organ, f"{division.code}-{organ}")


def counties() -> list[Division]:
    """Counties and districts of the standard."""
    counties = [d for d in TABLE.values() if d.level == 3 and d.code[4] not in "79" and d.name not in PLACEHOLDERS]
    return [d for d in counties if d.name != TABLE[d.parent].name]  # 嘉峪关市 below 嘉峪关市 is no place


def branches() -> Iterator[Named]:
    """Branches of a city's bureaus in its districts: bodies of the city."""
    for county in random.Random(20).sample(counties(), 400):
        city = TABLE[county.parent]
        if city.level == 2 and city.name not in PLACEHOLDERS:
            for branch in BRANCHES:
                body = branch.format(stem(county.name))
                yield Named(city.name + body, f"{city.code}-{body}")


def vertical() -> Iterator[Named]:
    """Bureaus under vertical management, schools, hospitals and firms of a county."""
    for county in random.Random(55).sample(counties(), 400):
        above = places(county.code)
        place = "".join(above[1:] or above)
        yield Named(f"国家税务总局{place}税务局", f"{county.code}-税务局")
        yield Named(f"国家税务总局{county.name}税务局", f"{county.code}-税务局")
        for body in LOCAL:
            yield Named(place + body, f"{county.code}-{body}")


def streets() -> Iterator[Named]:
    """Listed streets with all places above, and one of the same county that is not listed."""
    listed = [d for d in TABLE.values() if d.level == 4 and d.name.endswith("街道")]
    for street in random.Random(7).sample(listed, 600):
        above = "".join(places(street.parent))
        yield Named(f"{above}{street.name}办事处", street.code)
        yield Named(f"{places(street.parent)[-1]}人民政府{street.name}办事处", street.code)
        yield Named(f"{above}甲乙丙街道办事处", f"{street.parent}-甲乙丙街道办事处")


def other_bodies() -> Iterator[Named]:
    """Branches of branches, organs of zones, branches in zones, towns that are listed no more, bodies of one word."""
    for county in random.Random(31).sample(counties(), 400):
        above = places(county.code)
        place = "".join(above[1:] or above)
        yield Named(f"国家税务总局{place}税务局第二税务分局", f"{county.code}-税务局第二税务分局")
        yield Named(f"{place}甲乙丙镇人民政府", f"{county.code}-甲乙丙镇人民政府")
        for body in ("总工会", "融媒体中心", "供销社", "中等专业学校", "殡葬管理所"):
            yield Named(place + body, f"{county.code}-{body}")
    for zone in zones():
        if not zone.zone.startswith(stem(TABLE[zone.code].name)):
            place = places(zone.code)[-1]
            head = f"{zone.unit}-" if zone.unit else f"{zone.code}-{zone.zone}"
            yield Named(f"{place}{zone.zone}管委会办公室", f"{head}管理委员会办公室")
            yield Named(f"国家税务总局{place}{zone.zone}税务局", f"{head}税务局")
    for number, city in (("一", "659002"), ("八", "659001"), ("十三", "659011")):
        name = TABLE[city + "000000"].name
        for head in ("新疆生产建设兵团", "兵团", ""):
            yield Named(f"{head}第{number}师{name}教育局", f"{city}000000-教育局")
    yield Named("新疆生产建设兵团财政局", "000000000000-新疆生产建设兵团财政局")


@pytest.mark.parametrize("make", [uncoded_zones, coded_zones, branches, vertical, streets, other_bodies])
def test_no_name_is_read_as_another_body(make: object) -> None:
    """Right, or open with the right one among the candidates; never another. Over 12,000 names in all."""
    assert callable(make)
    directory = Directory.load()
    made = list(dict.fromkeys(make()))
    wrong, open_, listed = [], [], 0
    meant: dict[str, set[str]] = {}
    for one in made:
        meant.setdefault(one.name, set()).add(one.agency_id)
    for name, ids in meant.items():
        found = directory.resolve(name)
        if found.agency:
            if ids != {found.agency.agency_id}:
                wrong.append((name, found.agency.agency_id, ids))
        elif ids <= {candidate.agency_id for candidate in found.candidates}:
            listed += 1
        else:
            open_.append(name)
    assert wrong == []
    assert len(meant) >= 800
    assert len(open_) <= len(meant) / 100, open_


def test_no_zone_stands_twice() -> None:
    """One that the statistical table lists below its county is that unit, under all of its names."""
    units = [unit for unit in TABLE.values() if unit.level == 4]
    for zone in zones():
        place = stem(TABLE[zone.code].name)
        names = {zone.zone, place + zone.zone, TABLE[zone.code].name + zone.zone}
        same = {unit.code for unit in units if unit.parent == zone.code and names & {unit.name, unit.name[2:]}}
        assert same <= {zone.unit}, zone
    named = [(zone.zone.translate({ord(dash): "" for dash in "—-"}), zone.code) for zone in zones()]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("name", ["沛县开发区", "江苏省徐州市沛县开发区管理委员会", "沛县开发区管委会"])
def test_the_zone_of_a_county_is_a_candidate(name: str) -> None:
    """Most call their economic development zone so; a county may have others."""
    found = Directory.load().resolve(name)
    assert found.agency is None
    assert [rival.agency_id for rival in found.candidates] == ["320322000000-经济开发区管理委员会"]
    assert "120114401000" in {rival.agency_id for rival in Directory.load().resolve("武清区开发区管委会").candidates}
