"""How printed labels are compared: only what carries meaning is kept.

The list follows what agencies vary in print: width, spaces, quotation marks, numbering, brackets that hold a
definition or a unit (data dictionary, section 8).
"""

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from extract.shown import DIM, RAISED, STRUCK
from extract.yaml_data import parsed

# Word's bookmark marks survive text exports; they are no part of the printed page.
BOOKMARK = re.compile(r"\[bookmark: [^\]\n]*\]")

# White space and what is not seen: joiners, soft hyphens, directions of writing, our own marks of what is unclear.
SPACE = re.compile(rf"[\s\x00-\x1f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff{STRUCK}{DIM}]+")
_QUOTES = str.maketrans(
    dict.fromkeys("“”\"「」『』‘’'＂", '"') | dict.fromkeys("，,;；", "、") | {"：": ":", "．": ".", "\\": "/"}
)
_CHARACTERS = parsed((files("extract") / "characters.yaml").read_text(encoding="utf-8"))
_PLAIN: dict[str, str] = _CHARACTERS["words"] | {
    pair[0]: pair[1] for kind in ("radicals", "traditional") for pair in _CHARACTERS[kind].split()
}
_WORD = re.compile("|".join(_CHARACTERS["words"]))
_CHARACTER = re.compile(f"[{''.join(filter(lambda plain: len(plain) == 1, _PLAIN))}]")
# What stands between ideographs: NFKC leaves those as they are, one by one, and most of a text is such.
_BETWEEN = re.compile(r"[^\u4e00-\u9fff]+")
# How a character is read, as mirrors of a site print it behind one: 項(xiàng).
_READING = re.compile(r"^[(（](?=[a-zà-ǜ]*[à-ǜ])[a-zà-ǜ]{1,7}[)）]")
_IDEOGRAPH = re.compile(r"[\u4e00-\u9fff]")
_MARK = 32  # characters: marks and figures come again and again, longer ones are sentences
_NOTE = re.compile(r"\((?:指|单位|注|含|包括|区分处理|万元|元|件|项|不包括|不同渠道|不同方式)[^()]*\)")
# A raised reference to a note, or only the mark of a label that stands higher or lower as a whole.
_REFERENCE = re.compile(rf"{re.escape(RAISED)}(?:[\d*①-⑳()\[\]]{{1,4}}(?!\d))?")
_UNIT_NOTE = re.compile(r"[(（\[]\s*(?:单位\s*[:：]?\s*)?(万元|元|千元|亿元)[^()（）]*[)）\]]")
_NUMBERING = re.compile(
    r"^(?:其中:|\([一二三四五六七八九十]{1,3}\)|[一二三四五六七八九十]{1,3}[、.]|\(?\d{1,2}\)|\d{1,2}[、.](?!\d)|[①-⑳])+"
)


def clean(text: str) -> str:
    """A cell's text as printed, without export marks and the blanks around it."""
    if text.isalnum():  # most cells
        return text
    if "[bookmark" in text:
        text = BOOKMARK.sub("", text)
    return text.strip(" \t\r\n\f\v\xa0\u3000\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")


def fold(text: str) -> str:
    """NFKC; radicals, Traditional characters and converted words as those of the form (characters.yaml)."""
    if text.isascii():
        return text
    return _simplified(_BETWEEN.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text))


def _simplified(text: str) -> str:
    return _CHARACTER.sub(lambda found: _PLAIN[found[0]], _WORD.sub(lambda found: _PLAIN[found[0]], text))


def spellings(character: str) -> str:
    """A character and those that are read as it."""
    return character + "".join(written for written, plain in _PLAIN.items() if plain == character)


def pattern(label: str) -> str:
    """A regular expression (RE2) that finds a label wherever a text may hold it: its ideographs as they may be written,
    with notes in brackets and anything short between them. It finds more than the label, never less.
    """
    found, rest = [], normalise(label)
    while rest:
        plain = max((word for word in _CHARACTERS["words"].values() if rest.startswith(word)), key=len, default=rest[0])
        written = [plain, *(other for other, word in _CHARACTERS["words"].items() if word == plain)]
        if _IDEOGRAPH.match(plain):
            found.append("|".join("".join(f"[{_written(character)}]" for character in word) for word in written))
        rest = rest[len(plain) :]
    return r"(?:[^\x{4e00}-\x{9fff}]|[(（][^()（）]*[)）]){0,12}".join(f"(?:{one})" for one in found)


def _written(character: str) -> str:
    """The spellings of a character, those included that NFKC makes one."""
    return spellings(character) + "".join(_compatible().get(one, "") for one in spellings(character))


@lru_cache(maxsize=1)
def _compatible() -> dict[str, str]:
    """Radicals of Kangxi and compatibility ideographs by the ideograph they stand for."""
    found: dict[str, str] = {}
    for written in map(chr, (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF))):
        plain = unicodedata.normalize("NFKC", written)
        if plain != written:
            found[plain] = found.get(plain, "") + written
    return found


def squeeze_text(text: str) -> str:
    """Folded, without any white space or invisible mark; punctuation alike. For long texts, which are not kept."""
    if text.isascii() and text.isalnum():
        return text
    if "[bookmark" in text:
        text = BOOKMARK.sub("", text)
    return _BETWEEN.sub(_squeezed, _simplified(text))


def _squeezed(found: re.Match[str]) -> str:
    between = _READING.sub("", found[0]) if found.start() else found[0]
    return _squeezed_mark(between) if len(between) < _MARK else _squeezed_mark.__wrapped__(between)


@lru_cache(maxsize=8192)
def _squeezed_mark(between: str) -> str:
    return SPACE.sub("", fold(between)).translate(_QUOTES)


squeeze = lru_cache(maxsize=65536)(squeeze_text)  # for labels and cells, which return from report to report


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """The comparable core of a label: squeezed, without numbering, definitions and units in brackets."""
    core = _NOTE.sub("", squeeze(_REFERENCE.sub("", text) if RAISED in text else text))
    return _NUMBERING.sub("", core).strip(':、."')


@lru_cache(maxsize=65536)
def unit_in(text: str) -> str:
    """The unit of money a label states in brackets, "" if it states none."""
    found = _UNIT_NOTE.search(fold(text)) or _UNIT_NOTE.search(text)
    return found.group(1) if found else ""
