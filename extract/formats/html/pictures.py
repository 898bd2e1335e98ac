"""Pictures of a page that may stand in for its tables: those that are large by what the page says of them."""

import binascii
import re
from contextlib import suppress

_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_WIDTH = re.compile(r"""\bwidth\s*[:=]\s*["']?\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*[;"'\s>]""", re.IGNORECASE)
_INLINE = re.compile(r"""\bsrc\s*=\s*["']?\s*data:image/[^;]{1,20};base64,([A-Za-z0-9+/=]*)""", re.IGNORECASE)
_WIDE, _HEAVY = 400, 20_000  # pixels; characters of a picture inside the page


def count_large(markup: str) -> int:
    """How many pictures are as wide as a table, or as heavy as a picture of one."""
    return sum(map(_is_large, _IMAGE.findall(markup)))


def held(markup: str) -> list[bytes]:
    """Those of them that lie in the page (RFC 2397)."""
    found = []
    for image in filter(_is_large, _IMAGE.findall(markup)):
        if inline := _INLINE.search(image):
            with suppress(binascii.Error):
                found.append(binascii.a2b_base64(inline[1]))
    return found


def _is_large(image: str) -> bool:
    inline = _INLINE.search(image)
    width = _WIDTH.search(image[: inline.start()] + image[inline.end() :] if inline else image)
    if width:
        return int(width[1]) >= _WIDE
    return inline is not None and len(inline[1]) >= _HEAVY
