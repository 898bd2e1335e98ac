"""Pages as sites print them: what stands around a report never gives it another agency or year."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from transform.agencies import Agency, Directory
from transform.publisher import imprint_of
from transform.reference import divisions

KINDS: dict[str, list[str]] = yaml.safe_load(Path(__file__).with_name("pages.yaml").read_text(encoding="utf-8"))
PAGES = 4000
DEPARTMENTS = (
    "财政局 教育局 司法局 应急管理局 卫生健康局 统计局 公安局 气象局 税务局 审计局 烟草专卖局 消防救援大队 行政审批局"
    " 文化和旅游局"
).split()
HAN = str.maketrans("0123456789", "〇一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


class Page(NamedTuple):
    """A page of an agency's report of a year: lines, labels and tags."""

    agency: Agency
    year: int
    lines: list[str]
    labels: dict[str, str]
    tags: dict[str, str]


@lru_cache(maxsize=1)
def known() -> list[tuple[Agency, str]]:
    """Governments, towns, streets, zones and departments with a name that leads to them, short ones among them."""
    directory = Directory.load()
    chance = random.Random(3)
    ids = []
    for division in divisions():
        code = division.code
        if division.level == 3 and code[4] not in "79":
            ids += [f"{code}-{department}" for department in chance.sample(DEPARTMENTS, 4)] + [code] * 2
        elif division.level == 3 and code[4] == "7":
            ids += [code, f"{code}-财政局"]
        elif division.level == 2:
            ids += [code, f"{code}-{chance.choice(DEPARTMENTS)}"]
        elif division.level == 4 and division.name.endswith(("镇", "乡", "街道")) and code[6] < "4":
            ids.append(code)
    found = []
    for agency_id in chance.sample(ids, 2 * PAGES):
        if directory.knows(agency_id):
            agency = directory.agency(agency_id)
            full = agency.name.removeprefix(agency.province) if agency.prefecture else agency.name
            short = full.removeprefix(agency.prefecture) if agency.county else full
            for name in (chance.choice([short, full]), full):
                if directory.resolve(name).agency == agency:
                    found.append((agency, name))
                    break
    return found


def page(number: int) -> Page:
    """A made-up page; site, links and footer belong to another agency of another place."""
    chance = random.Random(number)
    agency, name = chance.choice(known())
    alien = next(a for a, _ in chance.sample(known(), 40) if a.province != agency.province).name
    year = chance.randrange(2009, 2026)
    words = {
        "name": name, "alien": alien, "year": year, "before": year - 1, "after": year + 1, "short": str(year)[2:],
        "han": str(year).translate(HAN), "wide": str(year).translate(WIDE),
    }  # fmt: skip

    def said(kind: str) -> list[str]:
        return chance.choice(KINDS[kind]).format(**words).split("|")

    # Where the title names nobody the preamble does.
    is_titled = chance.random() < 0.6
    title = said("titles" if is_titled else "generic_titles")
    preamble = said("preambles") if not is_titled or chance.random() < 0.5 else []
    published = f"{year + 1}-01-2{chance.randrange(9)}"
    source = chance.choice([name, alien])
    lines = [*said("above"), *said("above"), *title]
    lines += chance.choice(
        [
            [f"发布日期：{published} 来源：{source} 浏览次数：12"],
            [f"发布日期：{published}", f"来源：{source}", "字体：【大 中 小】"],
            [],
        ]
    )
    if chance.random() < 0.5:
        lines.insert(chance.randrange(len(lines)), f"发布机构：{alien}")
    lines += preamble if chance.random() < 0.6 else []
    lines += ["一、总体情况", *(preamble if not any(line in lines for line in preamble) else [])]
    lines += [f"全年工作平稳，比{year - 1}年增加三件。", "二、主动公开政府信息情况", "六、其他需要报告的事项", "无。"]
    if chance.random() < 0.5:
        lines += [name, f"{year + 1}年1月20日"]
    lines += [*said("below"), *said("below")]
    tags = {"sitename": alien, "columnname": "政府信息公开年报", "pubdate": f"{published} 09:00"}
    if is_titled and chance.random() < 0.5:
        tags["articletitle"] = "".join(title)
    labels = dict(re.findall(r"(发布机构|发布日期|来源)：(\S+)", "\n".join(lines)))
    return Page(agency, year, [line for line in lines if line], labels, tags)


def pages(numbers: list[int]) -> Iterator[Page]:
    """The pages of some numbers."""
    yield from map(page, numbers)


def test_furniture_gives_no_report_another_name_or_year(series: Callable[[int], list[int]]) -> None:
    """Of 4,000 pages none is wrong, and at least 99 of 100 are resolved."""
    directory = Directory.load()
    wrong, open_ = [], []
    numbers = series(PAGES)
    for one in pages(numbers):
        found = imprint_of(one.lines, metadata=one.labels, tags=one.tags, directory=directory)
        if found.agency not in (one.agency, None) or found.report_year not in (one.year, None):
            wrong.append((one.agency.agency_id, one.year, found.agency, found.report_year, one.lines))
        elif found.agency is None or found.report_year is None:
            open_.append((one.lines, [issue.found for issue in found.issues]))
        assert found.published_on is None or found.published_on >= date(one.year + 1, 1, 1)
    assert wrong == []
    assert len(open_) <= len(numbers) / 100, open_[:3]
