"""The month a page was posted, as its address tells: content systems put it there."""

import re
from urllib.parse import urlsplit

_Y, _M, _D = r"(20[0-3]\d)", r"(0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_MM, _DD = r"(0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_ALONE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
# t20230128_3917239.html and P020230128391723.pdf are named by the system that posts them, wherever a copy lies.
_NAMED = re.compile(rf"{_ALONE}(?:t{_Y}{_MM}{_DD}_\d+|[PW]0{_Y}{_MM}{_DD}\d{{6,}}){_END}")
_IN_PATH = (
    re.compile(rf"(?<=/){_Y}/{_M}/{_D}(?=/)"),
    re.compile(rf"(?<=/){_Y}[-/]{_MM}[-/]?{_DD}(?=[/_])"),
    re.compile(rf"(?<=/){_Y}-?{_MM}(?=/)"),
    re.compile(rf"{_ALONE}{_Y}{_MM}{_DD}(?:\d{{6}}|\d{{9}})?(?=[/_.]|$)"),
)


def posted_in(source: str) -> tuple[int, int] | None:
    """(year, month) of the day in the address of a page; None for no day, or several that differ.

    Of a file only a name that a content system gave counts: a folder or a name may as well tell when it was saved.
    """
    address = urlsplit(source)
    patterns = (_NAMED, *_IN_PATH) if address.scheme in ("http", "https") else (_NAMED,)
    path = address.path if address.scheme in ("http", "https") else re.split(r"[/\\]", source)[-1]
    found = {tuple(map(int, filter(None, match.groups()))) for one in patterns for match in one.finditer(path)}
    if len(found) != 1:
        return None
    ((year, month),) = found
    return year, month
