"""The data of the site: scripts that hand their page a value when it asks for it."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

# Longer JSON is compressed.
_PLAIN = 20_000


class Writer:
    """Writes data of the site under names a page can ask for."""

    def __init__(self, to: Path) -> None:
        self.to = to

    def value(self, name: str, value: Any) -> int:
        """Write a JSON value; returns the bytes of the file."""
        return self.text(name, json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def text(self, name: str, text: str) -> int:
        """Write JSON text."""
        data = text.encode()
        return self.packed(name, data) if len(data) > _PLAIN else self._put(name, data)

    def packed(self, name: str, data: bytes, level: int = 6) -> int:
        """Write bytes, compressed; long regular ones hardly need more than `level` 1."""
        return self.binary(name, gzip.compress(data, level, mtime=0))

    def binary(self, name: str, data: bytes) -> int:
        """Write bytes that are compressed already."""
        return self._put(name, b'"' + base64.b64encode(data) + b'"')

    def _put(self, name: str, data: bytes) -> int:
        file = self.to / "data" / f"{name}.js"
        file.parent.mkdir(parents=True, exist_ok=True)
        return file.write_bytes(b'gongkai.put("' + name.encode() + b'",' + data + b");\n")
