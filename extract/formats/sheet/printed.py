"""What a cell of a workbook shows of its value: the number formats of ECMA-376 Part 1, 18.8.31.

A figure is what its cell prints: rounded as the format rounds, with its sign, and "-" where the format has a dash for
nothing. Where a format does more than is known here, the value is printed as held and bears the mark of what nobody can
tell.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from extract.shown import DOUBTFUL, contrast, dim

GENERAL, UNKNOWN = "General", ""  # as held; a format of which nothing is known
_YEAR_MONTH, _MONTH_DAY = 'yyyy"年"m"月"', 'm"月"d"日"'
# 18.8.30: formats by number that no file writes out; dates as they are in Chinese.
BUILT_IN = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "#,##0", 6: "#,##0", 7: "#,##0.00", 8: "#,##0.00",
    9: "0%", 10: "0.00%", 14: "yyyy/m/d", 22: "yyyy/m/d h:mm", 27: _YEAR_MONTH, 28: _MONTH_DAY, 29: _MONTH_DAY,
    30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 36: _YEAR_MONTH, 37: "#,##0_);(#,##0)", 38: "#,##0_);(#,##0)",
    39: "#,##0.00_);(#,##0.00)", 40: "#,##0.00_);(#,##0.00)", 41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', 49: "@", 50: _YEAR_MONTH, 51: _MONTH_DAY, 52: _YEAR_MONTH,
    53: _MONTH_DAY, 54: _MONTH_DAY, 57: _YEAR_MONTH, 58: _MONTH_DAY,
}  # fmt: skip

Value = str | bool | int | float | date | datetime | time | timedelta | None

# How many digits a cell in the format General can show without an exponent, and how many a number in a file has.
_LARGEST, _SMALLEST, _DIGITS = 10**11, Decimal("0.0001"), Context(prec=15)
_EXACT = Decimal(10) ** 15
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<width>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<digits>[0#?][0#?,.]*|\.[0#?]+)|(?P<general>General)|(?P<text>@)|(?P<percent>%)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_NAMES = r"black|blue|cyan|green|magenta|red|white|yellow|color\s?\d+|黑色|蓝色|红色|白色"
_COLOUR, _INK = (re.compile(pattern, re.IGNORECASE) for pattern in (rf"(?:{_NAMES})$", rf"\[({_NAMES})\]"))
_PAPER = re.compile(r"(?:white|color\s?2|白色)$", re.IGNORECASE)
_INKS = {
    "black": (0.0, 0.0, 0.0), "white": (1.0, 1.0, 1.0), "red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0), "yellow": (1.0, 1.0, 0.0), "magenta": (1.0, 0.0, 1.0), "cyan": (0.0, 1.0, 1.0),
}  # fmt: skip
_INKS |= {"黑色": _INKS["black"], "白色": _INKS["white"], "红色": _INKS["red"], "蓝色": _INKS["blue"]}
_NUMBERED = {str(number): name for number, name in enumerate(_INKS, 1)}  # Color1 to Color8
_CURRENCY = re.compile(r"\$(?P<sign>[^-\]]*)(?:-[0-9a-f]+)?$", re.IGNORECASE)
_PLAIN = " -+()（）/:￥¥$、"  # characters a format prints as they are without quotation marks
_PART_OF_DATE = re.compile(r"y{1,4}|m{1,2}|d{1,2}", re.IGNORECASE)
_OF_TIME = re.compile(r"[hs]|mmm|ddd|am/pm", re.IGNORECASE)
_UNPRINTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|[_*].')  # of a format: what is no code of a digit or a date
_FIRST_DAY, _LAST_DAY, _LEAP_DAY, _FROM_1904 = 1, 2_958_466, 60, 1_462  # serial numbers; 1900 counts as a leap year


class _Section(NamedTuple):
    """A part of a format: what stands around the digits, and their pattern ("" for none, General for as held)."""

    before: str
    digits: str
    after: str
    percent: bool
    sure: bool


def shown(value: Value, code: str) -> str:
    """The text a cell in this number format shows."""
    kind = type(value)
    if kind is float or kind is int:
        return _number(value, code)
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return _text(value, code)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return _date(value, code)
    return dim(str(value))


def _text(value: str, code: str) -> str:
    if code in (GENERAL, "@"):
        return value
    sections = _sections(code)
    if len(sections) < 4 or sections[3] == "@":
        return value
    section = _parsed(sections[3])
    return section.before + value + section.after if section.sure and section.digits == "@" else dim(value)


def held(value: float) -> str:
    """A number as the file holds it, without an exponent."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST:
        return str(int(value))
    number = _DIGITS.create_decimal(repr(value))
    if not number.is_finite():
        return dim(str(value))
    text = f"{number.normalize():f}"
    return text if not number or _SMALLEST <= abs(number) < _LARGEST else dim(text)


@lru_cache(maxsize=65536)
def _number(value: float, code: str) -> str:
    if code in (GENERAL, "@"):
        return held(value)
    sections = _sections(code)
    if code == UNKNOWN or len(sections) > 4:
        return dim(held(value))
    negative, zero = value < 0, value == 0
    which = 1 if negative and len(sections) > 1 else 2 if zero and len(sections) > 2 else 0
    if not sections[which] and len(sections) > 1:
        return ""  # an empty part shows nothing
    section = _parsed(sections[which])
    if which == 1 and not re.search(r"[-(（]", section.before):
        return dim(held(value))  # told by its colour alone
    digits = _digits(abs(Decimal(repr(value))) * (100 if section.percent else 1), section.digits)
    if not section.sure or digits is None:
        return dim(held(value))
    sign = "-" if negative and which != 1 and re.search(r"[1-9]", digits) else ""
    return f"{sign}{section.before}{digits}{section.after}".strip()


def _digits(value: Decimal, pattern: str) -> str | None:
    if pattern == "":
        return ""
    if pattern in (GENERAL, "@"):
        return held(float(value))
    whole, _, fraction = pattern.partition(".")
    if whole.endswith(",") or fraction.endswith(",") or "," in fraction or "." in fraction:
        return None  # shown in thousands, or no pattern at all
    if not value.is_finite() or value >= _EXACT:
        return None  # a file has no more digits
    rounded = value.quantize(Decimal(1).scaleb(-len(fraction)), ROUND_HALF_UP)
    before, _, behind = f"{rounded:f}".partition(".")
    least = whole.replace(",", "").count("0")
    before = before.lstrip("0").zfill(least)
    keep = fraction.rfind("0") + 1
    behind = behind[:keep] + behind[keep:].rstrip("0")
    if "," in whole and before:
        before = f"{int(before):,}".zfill(len(before))
    return f"{before}.{behind}" if fraction and (behind or keep) else before + ("." if fraction else "")


def on_ground(code: str, ground: tuple[float, float, float] | None) -> str:
    """A format on a ground other than paper: colours that can hardly be read there are called white, which leaves a
    number in doubt, and white that can be read is no matter.
    """
    return _INK.sub(lambda found: _ink_on(found, ground), code) if ground and ground != _INKS["white"] else code


def _ink_on(found: re.Match[str], ground: Sequence[float]) -> str:
    name = found[1].lower()
    name = _NUMBERED.get(name.removeprefix("color").strip(), name)
    if name not in _INKS:
        return found[0]
    if contrast(_INKS[name], ground) < DOUBTFUL:
        return "[White]"
    return "" if _PAPER.match(name) else found[0]


@lru_cache(maxsize=1024)
def is_date(code: str) -> bool:
    """Whether a format shows numbers as dates, or times of a day."""
    bare = _UNPRINTED.sub("", _sections(code)[0])
    is_elapsed = re.search(r"\[(?:h+|m+|s+)\]", code, re.IGNORECASE)
    return not is_elapsed and bool(re.search("[ymdhs]", bare, re.IGNORECASE)) and not re.search("[0#?]", bare)


def moment(serial: float, *, since_1904: bool) -> date | None:
    """The day a number stands for, with its time if it has one (18.17.4.1); None where it stands for none."""
    days = serial + _FROM_1904 * since_1904
    if not _FIRST_DAY <= days < _LAST_DAY:
        return None
    day = date(1899, 12, 30 + (days < _LEAP_DAY)) + timedelta(days=days // 1)
    return day if not days % 1 else datetime.combine(day, time()) + timedelta(days=days % 1)


def _date(value: date, code: str) -> str:
    parts = {"y": f"{value.year}", "m": f"{value.month}", "d": f"{value.day}"}
    bare = _UNPRINTED.sub("", code)
    if _OF_TIME.search(bare) or not _PART_OF_DATE.search(bare):
        return value.isoformat()
    pieces = [
        found["quoted"] or found["escaped"] or (found["other"] or "" if not found["bracket"] else "")
        for found in _TOKEN.finditer(_PART_OF_DATE.sub(lambda part: f"\x01{part[0].lower()}\x02", _sections(code)[0]))
    ]
    template = "".join(pieces)
    return re.sub(
        "\x01([ymd])([ymd]*)\x02",
        lambda part: parts[part[1]].zfill(2) if len(part[2]) == 1 and part[1] != "y" else parts[part[1]],
        template,
    )


@lru_cache(maxsize=1024)
def _sections(code: str) -> tuple[str, ...]:
    """The parts of a format: for positive numbers, negative ones, zero, text."""
    parts, quoted, escaped = [""], False, False
    for char in code:
        if char == ";" and not quoted and not escaped:
            parts.append("")
            continue
        quoted ^= char == '"' and not escaped
        escaped = char == "\\" and not escaped and not quoted
        parts[-1] += char
    return tuple(parts)


@lru_cache(maxsize=1024)
def _parsed(part: str) -> _Section:
    around, digits, percent, sure = ["", ""], "", False, True
    for found in _TOKEN.finditer(part):
        kind, text = found.lastgroup, found[0]
        if kind in ("digits", "general", "text"):
            # `"-"??` shows a dash and room for two digits.
            if set(text) == {"?"} and around[0].strip():
                continue
            sure = sure and not digits
            digits = GENERAL if kind == "general" else text
        elif kind == "bracket":
            currency = _CURRENCY.match(found["bracket"])
            sure = sure and bool(currency or (_COLOUR.match(found["bracket"]) and not _PAPER.match(found["bracket"])))
            around[bool(digits)] += currency["sign"] if currency else ""
        elif kind in ("quoted", "escaped"):
            around[bool(digits)] += found[kind]
        elif kind == "percent":
            percent = True
            around[bool(digits)] += "%"
        elif kind == "width":
            around[bool(digits)] += " "
        elif kind == "other":
            sure = sure and (text in _PLAIN or text > "\u2e80")
            around[bool(digits)] += text
    return _Section(around[0].lstrip(), digits, around[1].rstrip(), percent, sure)
