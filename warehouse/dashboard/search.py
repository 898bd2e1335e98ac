"""What a search knows beside names: how characters sound, and which simple one stands for a traditional one."""

from collections.abc import Iterable
from typing import Any

import opencc
import pypinyin

# Characters of names lie here; rarer planes have none in use.
_HAN = "".join(map(chr, range(0x4E00, 0xA000)))


def readings(names: Iterable[str]) -> dict[str, Any]:
    """`sounds`: the readings of each character of some names, without tones; `simple`: traditional → simplified."""
    used = {char for name in names for char in name}
    simple = opencc.OpenCC("t2s").convert(_HAN)
    sounds = {char: pypinyin.pinyin(char, pypinyin.Style.NORMAL, heteronym=True, errors="ignore") for char in used}
    return {
        "sounds": {char: " ".join(found[0]) for char, found in sorted(sounds.items()) if found},
        "simple": {old: new for old, new in zip(_HAN, simple, strict=True) if old != new and new in used},
    }
