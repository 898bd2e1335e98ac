"""What a page carries with it and puts in its place by a script: markup in strings, data, templates, text areas.

Only markup that is whole is taken: pieces between which a script computes something say nothing certain.
"""

import html
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

_HOLDERS = "textarea, xmp, plaintext, template, noscript, script, iframe[srcdoc], iframe[src^='data:text/html']"
_TABLE = re.compile(r"<table\b.*</table\s*>", re.IGNORECASE | re.DOTALL)
_MAY_BE = re.compile(r"<table|%3Ctable|&lt;table|\\u003ctable|\\x3ctable", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
# Comments and strings of a script (ECMAScript, 12.4 and 12.9); what is not closed ends with its line or the script.
_TOKEN = re.compile(
    r"""/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)|//[^\n]*"""
    r"""|"((?:\\.|[^"\\\n])*)\\?(?:"|(?=\n)|\Z)|'((?:\\.|[^'\\\n])*)\\?(?:'|(?=\n)|\Z)|`((?:\\.|[^`\\])*)\\?(?:`|\Z)""",
    re.DOTALL,
)
# What may stand between two strings that are written one behind the other.
_JOINS = re.compile(
    r"[\s+;(),\[\]]*(?:(?:document\.write(?:ln)?|[\w.$]+\.push)\s*\(|(?:var|let)?\s*[\w.$]+\s*\+?=)?[\s(\[]*"
)
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_MEANT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_CALL = re.compile(r"\s*(?:[\w.$]+\s*\()?\s*(?=[{\[])")
_LONGEST_CODE = 200  # characters between two strings


def carried(tree: LexborHTMLParser, text: str) -> Iterator[list[str]]:
    """Markup with tables that the page holds without showing it, all of a kind together."""
    holders = tree.css(_HOLDERS)
    for tag in ("textarea", "xmp", "plaintext", "template", "noscript", "iframe"):
        yield from _of_kind(markup for node in holders if node.tag == tag for markup in _held(node))
    scripts = [script for node in holders if node.tag == "script" and _MAY_BE.search(script := node.text() or "")]
    yield from _of_kind(markup for script in scripts for markup in _in_script(script))
    yield from _of_kind(found[1] for found in _CDATA.finditer(text) if _MAY_BE.search(found[1]))
    yield from _of_kind(node.text() for node in tree.css("description, content") if _MAY_BE.search(node.html or ""))


def answer(text: str) -> tuple[str, list[str]]:
    """(title, markup with tables) of the answer of an interface: JSON, bare or in a call; ("", []) of anything else."""
    call = _CALL.match(text)
    if not call or not _MAY_BE.search(text):
        return "", []
    with suppress(ValueError, RecursionError):
        data, _ = json.JSONDecoder(strict=False).raw_decode(text, call.end())
        strings = list(_strings(data))
        title = next((value for key, value in strings if key == "title"), "")
        return title, next(_of_kind(value for _, value in strings), [])
    return "", []


def _of_kind(found: Iterator[str]) -> Iterator[list[str]]:
    """The different pieces of markup with a whole table among what was found, if there are any."""
    markup = dict.fromkeys(plain for one in found if _TABLE.search(plain := _plain(one)))
    if markup:
        yield list(markup)


def _plain(text: str) -> str:
    """Markup as it is meant, if it was written escaped."""
    if "<" not in text:
        text = unquote(text) if "%3C" in text or "%3c" in text else text
        text = html.unescape(text) if "&lt;" in text else text
    return text


def _held(node: LexborNode) -> Iterator[str]:
    if node.tag in ("template", "noscript"):
        yield (node.html or "").partition(">")[2].rpartition("</")[0]
    elif node.tag != "iframe":
        yield node.text() or ""
    elif srcdoc := node.attributes.get("srcdoc"):
        yield srcdoc
    else:
        kind, _, data = (node.attributes.get("src") or "").partition(",")
        with suppress(ValueError):
            yield b64decode(data).decode() if kind.endswith(";base64") else unquote(data)


def _in_script(script: str) -> Iterator[str]:
    """Markup in the data of a script, in its strings and as its whole text."""
    if script.lstrip()[:1] == "<":
        yield from (found[1] for found in _CDATA.finditer(script))
        yield script
        return
    with suppress(ValueError, RecursionError):
        yield from (value for _, value in _strings(json.loads(script, strict=False)))
        return
    run, end = "", 0
    for token in _TOKEN.finditer(script):
        if token.lastindex is None:
            continue
        between = script[end : token.start()]
        if len(between) > _LONGEST_CODE or not _JOINS.fullmatch(between):
            yield run
            run = ""
        run += _meant(token[token.lastindex])
        end = token.end()
    yield run


def _meant(string: str) -> str:
    """A string literal as the script reads it."""
    if "\\" not in string:
        return string
    text = _ESCAPE.sub(_character, string)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) > 1 and code[0] in "ux":
        return chr(min(int(code[1:].strip("{}"), 16), 0x10FFFF))
    return _MEANT.get(code, code)


def _strings(data: Any) -> Iterator[tuple[str, str]]:
    """(key, text) of all texts in JSON, of those too that lie as JSON in a text."""
    waiting: list[tuple[str, Any]] = [("", data)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += reversed(value.items())
        elif isinstance(value, list):
            waiting += [(key, one) for one in reversed(value)]
        elif isinstance(value, str):
            yield key, value
            if value.lstrip()[:1] in ("{", "["):
                with suppress(ValueError, RecursionError):
                    waiting.append((key, json.loads(value)))
