"""Pages as sites print them: what stands around a report never gives it another agency or year."""

import random
import re
from collections.abc import Iterator
from datetime import date

from transform.agencies import Agency, Directory
from transform.publisher import imprint_of
from transform.reference import divisions

PAGES = 1200
DEPARTMENTS = ("财政局", "教育局", "司法局", "应急管理局", "卫生健康局", "统计局")
TITLES = (
    "{name}{year}年政府信息公开工作年度报告",
    "{year}年{name}政府信息公开工作年度报告",
    "{name}政府信息公开工作年度报告（{year}年度）",
    "{name}关于{year}年度政府信息公开工作的年度报告",
)
PREAMBLES = (
    "根据《中华人民共和国政府信息公开条例》，现公布{name}{year}年政府信息公开工作年度报告。",
    "现将{year}年度政府信息公开工作年度报告公布如下，统计期限自{year}年1月1日起至{year}年12月31日止。",
    "本报告由{name}编制。如有疑问，请与{name}办公室联系（电话：000-0000000）。",
    "{year}年，{name}严格按照条例要求开展工作。",
)


def agencies() -> list[Agency]:
    """Governments, towns and departments whose full names lead to them."""
    directory = Directory.load()
    found = []
    for division in divisions():
        if division.level == 3 and division.code[4] not in "79":
            found += [f"{division.code}-{department}" for department in DEPARTMENTS] + [division.code] * 3
        elif division.level == 4 and division.name.endswith(("镇", "乡", "街道")) and division.code[6] < "4":
            found.append(division.code)
    sample = [
        directory.agency(agency_id)
        for agency_id in random.Random(3).sample(found, 3 * PAGES)
        if directory.knows(agency_id)
    ]
    return [agency for agency in sample if directory.resolve(printed(agency)).agency == agency]


def printed(agency: Agency) -> str:
    """The name without its province, as reports print it."""
    name = agency.name.removeprefix(agency.province) if agency.prefecture else agency.name
    return name or agency.name


def page(agency: Agency, other: Agency, year: int, chance: random.Random) -> tuple[list[str], dict[str, str]]:
    """The lines and tags of a page of `agency`, the site and its links being another's."""
    name, alien = printed(agency), printed(other)
    title = chance.choice(TITLES).format(name=name, year=year)
    above: list[list[str]] = [
        ["首页", alien, "政府信息公开年报"],
        [f"当前位置：首页 > 政府信息公开 > {alien} > 政府信息公开年报"],
        [f"{alien}门户网站", "政务公开", "年度报告"],
        [alien, "年度报告"],
        ["无障碍", "长者模式", f"{year + 1}年12月30日 星期二"],
    ]
    below: list[list[str]] = [
        ["相关链接", f"{alien}{year - 1}年政府信息公开工作年度报告"],
        [f"版权所有：{alien}", "网站标识码：0000000001"],
        [f"主办：{alien} 承办：{alien}办公室"],
        ["扫一扫在手机打开当前页"],
    ]
    lines = [*chance.choice(above), *chance.choice(above), title]
    lines.append(f"发布日期：{year + 1}-01-2{chance.randrange(9)} 来源：{chance.choice([name, alien])} 浏览次数：12")
    if chance.random() < 0.5:
        lines.insert(chance.randrange(len(lines)), f"发布机构：{alien}")
    lines.append(chance.choice(PREAMBLES).format(name=name, year=year))
    lines += [
        "一、总体情况",
        f"{year}年工作平稳，比{year - 1}年增加三件。",
        "二、主动公开政府信息情况",
        "六、其他需要报告的事项",
        "无。",
    ]
    if chance.random() < 0.5:
        lines += [name, f"{year + 1}年1月20日"]
    lines += [*chance.choice(below), *chance.choice(below)]
    tags = {"sitename": alien, "columnname": "政府信息公开年报", "pubdate": f"{year + 1}-01-20 09:00"}
    if chance.random() < 0.5:
        tags["articletitle"] = title
    return lines, tags


def cases() -> Iterator[tuple[Agency, int, list[str], dict[str, str]]]:
    """Pages, the site of each belonging to another agency of another place."""
    chance = random.Random(11)
    known = agencies()
    for number in range(PAGES):
        agency, year = known[number], chance.randrange(2015, 2025)
        other = next(a for a in chance.sample(known, 20) if a.province != agency.province)
        lines, tags = page(agency, other, year, chance)
        yield agency, year, lines, tags


def test_furniture_gives_no_report_another_name_or_year() -> None:
    """1,200 pages: none wrong, at least 99 of 100 resolved."""
    directory = Directory.load()
    wrong, open_ = [], []
    for agency, year, lines, tags in cases():
        labels = dict(re.findall(r"(发布机构|发布日期|来源)：(\S+)", "\n".join(lines)))
        found = imprint_of(lines, metadata=labels, tags=tags, directory=directory)
        if found.agency not in (agency, None) or found.report_year not in (year, None):
            wrong.append((agency.agency_id, year, found.agency, found.report_year, lines))
        elif found.agency is None or found.report_year is None:
            open_.append((lines, [issue.found for issue in found.issues]))
        assert found.published_on is None or found.published_on >= date(year + 1, 1, 1)
    assert wrong == []
    assert len(open_) <= PAGES / 100, open_[:3]
