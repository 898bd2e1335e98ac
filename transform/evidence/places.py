"""Places in which a name without one is looked up."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from transform.agencies import Directory
from transform.evidence.kinds import Evidence
from transform.evidence.page import Page

# What stands behind the name of a place: looked for first, for names stand everywhere.
_NOTICE = re.compile(r"(?:人民)?政府(?:办公[厅室])?(?:关于|印发|转发)")
_PORTAL = re.compile(r"(?<=[省市县区州旗])(?:人民)?(?:政府)?(?:网|门户|官方网|官网)")
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,}$")
_PLACE_LENGTH = 24


def of_places(page: Page, directory: Directory) -> Iterator[Evidence]:
    """Places in which a name without one is looked up."""
    text = "".join(page.overview)
    for kind, pattern in (("notice", _NOTICE), ("portal", _PORTAL)):
        for place in dict.fromkeys(_before(match, text) for match in pattern.finditer(text)):
            if code := _ends_in_place(place, directory):
                yield Evidence(kind, place, code=code)  # type: ignore[arg-type]  # the two kinds above
    if code := credit_code(page):
        yield Evidence("index number", code, code=code[2:8] + "000000")
    for site in (page.tag("sitename"), page.tag("sitedomain"), urlsplit(page.source).hostname or ""):
        if owner := directory.owner_of(site):
            yield Evidence("site", site, owner.name)
    site = page.tag("sitename")
    found = directory.resolve(re.sub(r"(?:门户|官方)?(?:网站|网)$", "", site)).agency if site else None
    if found and "-" not in found.agency_id:
        yield Evidence("site", site, code=found.division_code)


def _before(match: re.Match[str], text: str) -> str:
    found = _PLACE.search(text[max(0, match.start() - _PLACE_LENGTH) : match.start()])
    return found[0] if found else ""


def _ends_in_place(text: str, directory: Directory) -> str:
    """The code of the one division whose name a text ends with, the longest name first; "" for none."""
    for start in range(len(text) - 1):
        found = directory.resolve(text[start:]).agency
        if found and "-" not in found.agency_id:
            return found.division_code
    return ""


def credit_code(page: Page) -> str:
    """The unified social credit code an index number begins with, '' if it begins with none.

    GB 32100-2015: 18 characters, the third to eighth are the division, the last one checks the others.
    """
    code = page.labelled("meta_index")[:18].upper()
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    if len(code) < 18 or not set(code) <= set(alphabet) or not code[2:8].isdigit() or not code.strip("0"):
        return ""
    weighed = sum(alphabet.index(char) * pow(3, i, 31) for i, char in enumerate(code[:17]))
    return code if alphabet[-weighed % 31] == code[17] else ""
