"""Selectors of a rule: what they weigh, what they ask of elements, what it costs to find these (Selectors 4).

The parser of the page finds the elements; what it does not know is said to it in other words.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import tinycss2
from selectolax.lexbor import LexborHTMLParser

from extract.document import UnreadableFileError
from extract.formats.html.declarations import by_commas

_LONGEST_SELECTOR = 20_000  # characters; each level of nesting writes out those above it
# The pseudo-classes and pseudo-elements of today's browsers: a list of selectors with any other holds of nothing.
_PSEUDOS = frozenset(
    "active any any-link autofill buffering checked current default defined dir disabled empty enabled first "
    "first-child first-of-type focus focus-visible focus-within fullscreen future has has-slotted host host-context "
    "hover in-range indeterminate invalid is lang last-child last-of-type left link modal muted not nth-child "
    "nth-last-child nth-last-of-type nth-of-type only-child only-of-type open optional out-of-range past paused "
    "picture-in-picture placeholder-shown playing popover-open read-only read-write required right root scope seeking "
    "stalled state target target-current user-invalid user-valid valid visited volume-locked where xr-overlay "
    "after backdrop before cue details-content file-selector-button first-letter first-line grammar-error highlight "
    "marker part placeholder selection slotted spelling-error target-text view-transition view-transition-group "
    "view-transition-image-pair view-transition-new view-transition-old".split()
)
# Pseudo-classes the parser does not know, as attributes say them.
_LANG, _DIR = (
    re.compile(r":lang\(\s*[\"']?([\w-]+)[\"']?\s*\)", re.IGNORECASE),
    re.compile(r":dir\(\s*(ltr|rtl)\s*\)", re.I),
)
# Others hold of no element of a page just opened, or of every one; what stands for them weighs as much.
_NEVER = re.compile(
    r":(?:target|target-current|focus-visible|focus-within|visited|fullscreen|-webkit-full-screen|modal|autofill|"
    r"-webkit-autofill|popover-open|picture-in-picture|user-valid|user-invalid)(?![\w(-])",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r":defined(?![\w-])", re.IGNORECASE)
_RTL = ':is([dir="rtl" i], [dir="rtl" i] *)'
_NAME = re.compile(r"([.#])([\w\u0080-\uffff-]+)")


def too_deep() -> UnreadableFileError:
    """What is raised for style sheets that nobody wrote."""
    return UnreadableFileError(
        "found style sheets whose blocks nest without end; expected some three levels of them", "text/html"
    )


def is_known(prelude: Sequence[Any]) -> bool:
    """Whether browsers know all pseudo-classes and pseudo-elements of a list of selectors."""
    before = ""
    for token in prelude:
        if before == ":" and token.type in ("ident", "function"):
            name = token.lower_value if token.type == "ident" else token.lower_name
            if name not in _PSEUDOS and not name.startswith("-webkit-"):
                return False
        before = token.value if token.type == "literal" else ""
    return True


def selectors_in(prelude: Sequence[Any], parents: Sequence[str]) -> Iterator[str]:
    """The selectors of a rule, those nested in others written out."""
    around = f":is({', '.join(parents)})" if parents else ""
    if len(around) > _LONGEST_SELECTOR:
        raise too_deep()
    for tokens in by_commas(prelude):
        if text := tinycss2.serialize([token for token in tokens if token.type != "comment"]).strip():
            text = _written_out(text) if ":" in text else text
            inner = text.replace("&", around) if "&" in text else f"{around} {text}"
            yield (inner if around else text).strip()


def _written_out(selector: str) -> str:
    """A selector without the pseudo-classes that the parser does not know."""
    selector = _LANG.sub(r':is([lang|="\1" i], [lang|="\1" i] *)', selector)
    selector = _DIR.sub(lambda m: _RTL if m[1].lower() == "rtl" else f":not({_RTL})", selector)
    return _ALWAYS.sub(":is(*, :root)", _NEVER.sub(":root:not(*)", selector))


def specificity(tokens: Sequence[Any]) -> tuple[int, int, int]:
    """The specificity of a selector (Selectors, 17): ids, classes and their like, elements."""
    ids = classes = elements = 0
    before = ""
    for token in tokens:
        if token.type == "hash":
            ids += 1
        elif token.type == "[] block":
            classes += 1
        elif token.type == "function":
            inner = (0, 1, 0)
            if token.lower_name in ("is", "not", "has"):
                inner = max(map(specificity, by_commas(token.arguments)), default=(0, 0, 0))
            elif token.lower_name == "where":
                inner = (0, 0, 0)
            ids, classes, elements = ids + inner[0], classes + inner[1], elements + inner[2]
        elif token.type == "ident":
            if before in (".", ":"):
                classes += 1
            else:
                elements += 1
        before = token.value if token.type == "literal" else ""
    return ids, classes, elements


def names_asked(selector: str) -> frozenset[str]:
    """The classes and ids, in small letters, without which a selector finds nothing."""
    outside = re.sub(r"\([^()]*\)|\[[^\]]*\]", "", selector)
    return frozenset(name.lower() for _, name in _NAME.findall(outside))


@lru_cache(maxsize=4096)
def own_names(selector: str) -> frozenset[str]:
    """The classes and ids, in small letters, that a selector asks of its elements themselves."""
    *_, subject = re.split(r"[\s>+~]+", selector)
    return frozenset(name.lower() for _, name in _NAME.findall(re.sub(r"\(.*|\[.*", "", subject)))


# What of a selector costs: what is in brackets, how compounds follow on one another, where among its like.
_WITHIN = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]")
_COMBINATOR, _DESCENDANT = re.compile(r"\s*[>+~]\s*|\s+"), re.compile(r"[^\s>+~]\s+[^\s>+~]")
_OWN_NAME, _ORDINAL = re.compile(r"[.#]([\w-]+)"), re.compile(r":(?:nth|last|only|first)")


class Looks:
    """How many looks at elements it takes at most to find those of a selector."""

    def __init__(self, tree: LexborHTMLParser, named_so: Counter[str]) -> None:
        self.named_so = named_so  # how many elements bear a class or id
        self.tags: Counter[str] = Counter()
        depths: dict[int, int] = {}
        children: Counter[int] = Counter()
        for node in tree.root.traverse() if tree.root else ():
            self.tags[node.tag or ""] += 1
            around = node.parent.mem_id if node.parent else 0
            depths[node.mem_id] = depths.get(around, 0) + 1
            children[around] += 1
        self.elements = sum(self.tags.values())
        self.depth = max(depths.values(), default=1)
        self.width = max(children.values(), default=1)

    def at(self, selectors: Iterable[str]) -> int:
        """For all of these together."""
        return sum(map(self._one, selectors))

    def _one(self, selector: str) -> int:
        outside = _WITHIN.sub("", selector)
        *around, subject = _COMBINATOR.split(outside)
        names = [self.named_so[name.lower()] for name in _OWN_NAME.findall(subject)]
        tag = re.match(r"[\w-]+", subject)
        found = min(names) if names else self.tags[tag[0].lower()] if tag else self.elements
        looks = found * len([*around, subject])
        looks *= self.width if "~" in selector or _ORDINAL.search(selector) else 1
        looks *= self.depth if _DESCENDANT.search(selector) else 1
        for _ in range(selector.count(":has")):
            looks *= self.elements
        return self.elements + looks
