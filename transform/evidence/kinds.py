"""The kinds of statements about whose a report is and of which year, and how far each is trusted."""

from typing import Literal, NamedTuple

Kind = Literal[
    "title", "article title", "page title", "metadata", "preamble", "period", "signature", "subject", "contact",
    "publisher", "source", "prose", "notice", "index number", "portal", "site", "hint", "posted",
]  # fmt: skip


class Trust(NamedTuple):
    """How far a kind of statement is trusted. What the report says of itself (`own`) outweighs what stands around."""

    weight: int
    own: bool
    why: str


# The order of trust. Kinds below 20 never name the agency: they only tell in which place a bare name is looked up.
TRUST: dict[Kind, Trust] = {
    "title": Trust(100, True, "prescribed, with agency and year (国办公开办函〔2019〕60号, 〔2021〕30号)"),
    "article title": Trust(95, True, "the tag ArticleTitle repeats the title (国办发〔2017〕47号)"),
    "page title": Trust(95, True, "the title of the page repeats the title"),
    "metadata": Trust(95, True, "the portal's table repeats the title"),
    "preamble": Trust(90, True, "the report says which report it is"),
    "period": Trust(85, True, "the period the figures cover"),
    "signature": Trust(80, True, "the name above the date at the end"),
    "subject": Trust(60, True, "the body whose work the first chapter describes"),
    "contact": Trust(50, True, "the body that answers questions about the report"),
    "publisher": Trust(30, False, "whoever posted the page, often a body above; counts only where the text is silent"),
    "source": Trust(20, False, "whoever the page was taken from; counts only where the text is silent"),
    "prose": Trust(20, True, "the year the sentences of the first chapter begin with"),
    "notice": Trust(18, True, "a paper of the government above, named in the text: its place"),
    "index number": Trust(15, False, "the unified social credit code in the index number: its place (GB 32100-2015)"),
    "portal": Trust(12, True, "the portal the report says it publishes on: its place"),
    "site": Trust(10, False, "the site the page stands on: its place"),
    "hint": Trust(5, False, "what whoever brought the file knows"),
    "posted": Trust(1, False, "the year before the month in its address; counts only where nothing tells the year"),
}


class Evidence(NamedTuple):
    """A statement about agency, year or place. `text` stands as printed, `name` is "" and `years` empty where it says
    nothing of them; `code` is a division it points to.
    """

    kind: Kind
    text: str
    name: str = ""
    years: tuple[int, ...] = ()
    code: str = ""
