"""What a site says to programs instead of the page: a challenge only a browser answers, with status 200."""

import re

from flows.sources.declared import shapes
from flows.sources.links import links, shown_in, text_of

_MOST_BYTES = 200_000
_MOST_SHOWN = 300  # characters of a challenge; a report shows more, and a page about one that, or a file


def challenge_in(page: bytes, url: str, charset: str) -> str:
    """What kind of challenge a page is, "" for none: its script or words say so; it shows and offers little else."""
    if len(page) > _MOST_BYTES or b"<" not in page[:1000]:
        return ""
    text = text_of(page, charset)
    kind = next((kind for kind, shape in shapes().challenges.items() if re.search(shape, text, re.IGNORECASE)), "")
    if not kind or len(shown_in(text)) > _MOST_SHOWN:
        return ""
    files = shapes().attachments.files
    return "" if any(re.search(files, link.url, re.IGNORECASE) for link in links(page, url, charset)) else kind
