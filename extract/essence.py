"""What our own files say, however they are commented: whether anything hangs on a change of them is told by that."""

import json
import re
from functools import cache

from extract.yaml_data import parsed

_TOKEN = re.compile(
    r'''("""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')|\#[^\n]*''', re.S
)


def essence(name: str, content: bytes) -> bytes:
    """The content of a file of Python or YAML, by the end of its name, without comments; that of any other whole, for
    what stands above a view in SQL is its description.
    """
    if name.endswith(".py"):
        return of_code(content.decode()).encode()
    if name.endswith(".yaml"):
        return _of_yaml(content)
    return content


@cache
def _of_yaml(content: bytes) -> bytes:
    """What is declared. A run asks several times, and parsing takes longer than all else of a small load."""
    return json.dumps(parsed(content.decode()), ensure_ascii=False, default=str).encode()


@cache
def of_code(code: str) -> str:
    """Python without comments, docstrings and blank lines. A docstring is a text in three quotes that begins its line,
    first in its file or after a colon.
    """
    kept: list[str] = []
    last, end = 0, ""  # where the token before ended; the last character of code
    for token in _TOKEN.finditer(code):
        between = code[last : token.start()]
        kept.append(between)
        end = between.rstrip()[-1:] or end
        text, last = token[1], token.end()
        begins_line = "\n" in between.rstrip(" ") or not "".join(kept).strip()
        if text is None or (text.startswith('"""') and end in ("", ":") and begins_line):
            continue
        kept.append(text)
        end = text[-1]
    lines = ("".join(kept) + code[last:]).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())
