"""What a page offers: its report, where it only links to it or shows it in a frame, or the same in another shape."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from extract.read import read_report
from flows.sources.declared import shapes
from flows.sources.links import Link, links
from transform.agencies import Directory
from transform.hint import Hint
from transform.interpret import imprint_of_reading
from transform.publisher import Imprint, imprint_of

_MOST = 20
_YEAR = re.compile(r"(?<!\d)20\d\d(?=年)")
_AROUND_TITLE = re.compile(r"^附件\d*[:：.、]?|[（(]?(?:下载|点击|查看)[）)]?")


@dataclass(frozen=True, slots=True)
class Attachment:
    """The address of a file, and what the page says of its agency and year."""

    url: str
    hint: Hint


def attachments(
    page: bytes, url: str, charset: str, declared: Hint, allows: Callable[[str], bool] = lambda _: True
) -> list[Attachment]:
    """The files a page offers, in its order, at most 20. `declared` is what is known of the page itself.

    A page that has neither a report nor files, and shows others in frames or leads on to them by itself, offers those
    that `allows` says may be asked.

    What the page says of itself goes for a file of which its link says nothing else. Several files of one kind are no
    renditions of one report: of those the page says nothing.
    """
    found = [link for link in links(page, url, charset) if link.url != url]
    files = [link for link in found if _is_file(link)]
    offered = (files or [link for link in found if link.is_shown and allows(link.url)])[:_MOST]
    if not offered:
        return []
    reading = read_report(page, url)
    if not files and reading.outcome == "report":
        return []
    directory = Directory.load()
    said = imprint_of_reading(reading, directory, declared)
    known = _known(said, declared, directory)
    kinds = Counter(_kind(link) for link in offered)
    return [
        Attachment(link.url, _hint(link, said if kinds[_kind(link)] == 1 else None, known, declared, directory))
        for link in offered
    ]


def _is_file(link: Link) -> bool:
    wanted = shapes().attachments
    return bool(_kind(link) or re.search(wanted.words, link.words, re.IGNORECASE))


def _kind(link: Link) -> str:
    """The suffix in the address or the words of a link, "" for none."""
    parts = urlsplit(link.url)
    found = re.search(shapes().attachments.files, f"{parts.path}?{parts.query} {link.words}", re.IGNORECASE)
    return found[0].lower() if found else ""


def _known(said: Imprint, declared: Hint, directory: Directory) -> Hint:
    """Agency and year of a page: its own words, else what is declared, unless the two contradict each other."""
    if said.agency:
        return Hint(said.agency.name, said.report_year)
    own = directory.resolve(declared.agency, year=said.report_year).agency if declared.agency else None
    is_likely = not said.candidates or own in said.candidates
    return Hint(declared.agency if is_likely else "", said.report_year)


def _hint(link: Link, page: Imprint | None, known: Hint, declared: Hint, directory: Directory) -> Hint:
    """What is known of a file: what its link says, else what its `page` does, which is None where that is another's."""
    names = _names(link)
    titles = [imprint_of([name], directory=directory) for name in names]
    years = {int(year) for name in names for year in _YEAR.findall(name)}
    if page is None:
        known = declared
    year = years.pop() if len(years) == 1 else known.year if not years else None
    agencies = {title.agency.name for title in titles if title.agency}
    if agencies:
        return Hint(agencies.pop() if len(agencies) == 1 else "", year)
    others = [title for title in titles if title.agency_name and title.agency_name not in known.agency]
    return Hint("" if others else known.agency, year)


def _names(link: Link) -> Sequence[str]:
    """What a link calls its file: in its words, and in its address."""
    suffix = shapes().attachments.files
    file = unquote(urlsplit(link.url).path).rpartition("/")[2]
    found = (
        _AROUND_TITLE.sub("", re.sub(rf"{suffix}.*", "", name, flags=re.IGNORECASE)) for name in (link.words, file)
    )
    return [name.strip() for name in found if name.strip()]
