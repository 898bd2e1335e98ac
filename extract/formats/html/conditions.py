"""Conditions of at-rules and sheets: what holds of a desktop screen and today's browsers (Media Queries 4, CSS
Conditional Rules 3).
"""

import re
from typing import Any

import tinycss2

from extract.formats.html.declarations import HEIGHT, LENGTH, WIDTH, is_valid

_MEDIA_NOT = re.compile(r"\s*(?:only\s+|(not)\s+)?(all|screen|print|[\w-]+)?\s*(?:and\s*)?", re.IGNORECASE)
_FEATURE = re.compile(r"\(\s*([\w-]+)\s*(?::\s*([^()]+?))?\s*\)")
_DECLARED = re.compile(r"\(\s*([\w-]+)\s*:([^()]*(?:\([^()]*\)[^()]*)*)\)")
_FOREIGN = ("-ms-", "-moz-", "-o-")
_RANGE = re.compile(r"\(\s*(?:([\d.]+\w*)\s*(<=?|>=?)\s*)?(width|height)\s*(?:(<=?|>=?)\s*([\d.]+\w*)\s*)?\)")


def holds(node: Any) -> bool:
    """Whether the rules within an at-rule apply."""
    prelude = tinycss2.serialize([t for t in node.prelude if t.type != "comment"]).strip()
    if node.lower_at_keyword == "media":
        return applies(prelude)
    if node.lower_at_keyword == "supports":
        return _supported(prelude)
    return node.lower_at_keyword in ("layer", "container", "scope")


def applies(media: str) -> bool:
    """Whether a list of media queries (Media Queries 4) is true of a desktop screen."""
    return not media.strip() or any(map(_query, media.lower().split(",")))


def _query(query: str) -> bool:
    head = _MEDIA_NOT.match(query)
    negated, kind = (head[1], head[2]) if head else (None, None)
    holds = kind in (None, "all", "screen")
    rest = query[head.end() :] if head else query
    features = [*(_feature(*one) for one in _FEATURE.findall(rest)), *(_range(*one) for one in _RANGE.findall(rest))]
    if re.search(r"\bnot\s*\(", rest):
        features = [not any(features)]
    holds = holds and (any(features) if re.search(r"\)\s*or\s*\(", rest) else all(features))
    return not holds if negated else holds


def _feature(name: str, value: str) -> bool:
    if name in ("width", "height") and not value:
        return True
    kind, _, side = name.partition("-")
    if side in ("width", "height", "device-width", "device-height") and kind in ("min", "max"):
        pixels = _pixels(value)
        have = WIDTH if side.endswith("width") else HEIGHT
        return pixels is not None and (have >= pixels if kind == "min" else have <= pixels)
    if name.endswith(("resolution", "pixel-ratio")):
        ratio = LENGTH.match(value.strip())
        least, most = (1.0, 9.0) if "max" in name else (0.0, 1.0) if "min" in name else (1.0, 1.0)
        return not ratio or least <= float(ratio[1]) <= most
    known = {
        "orientation": "landscape", "hover": "hover", "any-hover": "hover", "pointer": "fine", "any-pointer": "fine",
        "prefers-color-scheme": "light", "prefers-reduced-motion": "no-preference", "prefers-contrast": "no-preference",
        "scripting": "enabled", "update": "fast", "display-mode": "browser", "forced-colors": "none",
    }  # fmt: skip
    return value in ("", known[name]) if name in known else name == "color"


def _range(low: str, below: str, side: str, above: str, high: str) -> bool:
    have = WIDTH if side == "width" else HEIGHT
    first, second = _pixels(low), _pixels(high)
    holds = True
    if first is not None:
        holds = first <= have if below.startswith("<") else first >= have
    if second is not None:
        holds = holds and (have <= second if above.startswith("<") else have >= second)
    return holds


def _pixels(value: str) -> float | None:
    found = LENGTH.match(value.strip())
    return float(found[1]) * {"em": 16, "rem": 16}.get(found[2], 1) if found else None


def _supported(condition: str) -> bool:
    """Whether a condition of @supports is true of today's browsers: of any declaration without a foreign prefix."""
    text = re.sub(r"selector\([^()]*(?:\([^()]*\))*[^()]*\)", "(a:b)", condition.lower())
    text = _DECLARED.sub(lambda m: "01"[not m[1].startswith(_FOREIGN) and is_valid(m[1], m[2].strip())], text)
    for _ in range(10):
        shorter = re.sub(r"\bnot\s*([01])", lambda m: "10"[int(m[1])], text)
        shorter = re.sub(r"([01])\s*and\s*([01])", lambda m: str(int(m[1]) & int(m[2])), shorter)
        shorter = re.sub(r"([01])\s*or\s*([01])", lambda m: str(int(m[1]) | int(m[2])), shorter)
        shorter = re.sub(r"\(\s*([01])\s*\)", r"\1", shorter).strip()
        if shorter == text:
            break
        text = shorter
    return text != "0"
