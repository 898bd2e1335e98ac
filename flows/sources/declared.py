"""Where reports come from: `sources.yml`, checked, and what a person names on the command line.

A source is one agency or one site: folders, files, addresses, index pages and objects, with what is known of it
(agency, years, licence) and how it wants to be asked (hosts, delay). What sites have in common stands in
`platforms.yaml`.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, IPvAnyNetwork, ValidationError, model_validator

from extract.yaml_data import parsed
from flows.show.screen import printable
from transform.hint import Hint

# The first report year of the statutory tables; `years: 2019-` goes on to the last year reports can be about.
_YEARS = re.compile(r"(\d{4})(?:\s*(-)\s*(\d{4})?)?")
_WEB = ("http", "https")


class SourceError(ValueError):
    """What the user named cannot be read; the message says where, what was found and what to do."""


def scheme_of(name: str) -> str:
    """The scheme of a URL, "" for a path."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", name)
    return found[1].lower() if found else ""


def host_of(url: str) -> str:
    """The host an allow-list speaks of, in lower case, without a port; "" for what is no address."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """Path and query of an address, what patterns are about."""
    return urlsplit(url)._replace(scheme="", netloc="").geturl()


# Where reports may lie on object storage, as fsspec names it; never files of this machine, and no other protocol.
_OBJECTS = frozenset(("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci"))
# Names of parameters whose value lets its bearer in.
_SECRET = re.compile(
    r"(.*[_-])?(token|secret|signature|credential|password|passwd|pwd|sig|auth|apikey|api[_-]key|access[_-]?key(id)?)",
    re.IGNORECASE,
)
_HIDDEN = "…"


def without_secrets(url: str) -> str:
    """An address as it may be stored and shown: without a name and password, and without the value of a token."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for what is no address
    except ValueError:
        return url
    if "@" not in parts.netloc and not any(map(_is_secret, parts.query.split("&"))):
        return url
    query = "&".join(f"{p.partition('=')[0]}={_HIDDEN}" if _is_secret(p) else p for p in parts.query.split("&"))
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query).geturl()


def _is_secret(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return bool(value) and _SECRET.fullmatch(name) is not None


def _without_secrets(value: str) -> str:
    if without_secrets(value) != value:
        raise ValueError("an address with a password or token in it; expected one anybody may read")
    return value


def _web_address(value: str) -> str:
    _without_secrets(value)
    if scheme_of(value) not in _WEB or not host_of(value):
        raise ValueError("expected an address that begins with https:// or http://")
    return value


def _object_address(value: str) -> str:
    if scheme_of(value) not in _OBJECTS:
        raise ValueError("expected an address on object storage, such as s3://bucket/folder/*.html")
    return _without_secrets(value)


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"no regular expression ({error})") from error
    return value


def _years(text: str, last: int) -> list[int]:
    """The years of 2023, 2019-2025 or 2019-, which ends with `last`."""
    if not (found := _YEARS.fullmatch(text)):
        return []
    first = int(found[1])
    end = int(found[3]) if found[3] else last if found[2] else first
    return list(range(first, end + 1))


Url = Annotated[str, AfterValidator(_web_address)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class _Strict(BaseModel):
    """A wrong or misspelt key is an error, never a setting without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Strict):
    """What a request may cost, in seconds and bytes after decompression; a source, in index pages and minutes."""

    bytes: Annotated[int, Field(gt=0)] = 64_000_000
    seconds: Annotated[float, Field(gt=0)] = 60.0
    attempts: Annotated[int, Field(ge=1, le=10)] = 4
    backoff: Annotated[float, Field(gt=0)] = 1.0
    longest_wait: Annotated[float, Field(gt=0)] = 300.0
    pages: Annotated[int, Field(gt=0)] = 1_000
    minutes: Annotated[float, Field(gt=0)] = 120.0


class Platform(_Strict):
    """The patterns sites of one make share; see `platforms.yaml`."""

    documents: list[Pattern] = []
    more: str = ""
    from_: Annotated[int, Field(alias="from", ge=0)] = 2


class Index(_Strict):
    """A page that lists reports: HTML, a sitemap, or JSON. Its own patterns go before those of its platform.

    `{year}` in `url` stands for each year of the source; `follow` fits links to further index pages. Where the address
    comes from is for people: `evidence` is the page that names it, or a report below it (`derived`: the address was
    made from that of the report), `found_on` the day, `asked` when it was last asked for.
    """

    url: Url
    platform: str = ""
    documents: list[Pattern] = []
    titles: Pattern = ""
    follow: Pattern = ""
    more: str = ""
    from_: Annotated[int, Field(alias="from", ge=0)] = 2
    evidence: str = ""
    derived: bool = False
    found_on: date | None = None
    asked: date | Literal["never"] | None = None

    @model_validator(mode="after")
    def _known_platform(self) -> "Index":
        if self.platform and self.platform not in shapes().platforms:
            known = ", ".join(shapes().platforms)
            raise ValueError(f"unknown platform {self.platform!r}; expected one of {known}")
        return self

    @property
    def shape(self) -> Platform:
        """The patterns that hold for it; documents of any platform where neither it nor a platform states them."""
        known = shapes().platforms
        every = [pattern for shape in known.values() for pattern in shape.documents]
        platform = known.get(self.platform) or Platform(documents=every)
        own = {"documents": self.documents or platform.documents}
        return platform.model_copy(update=own | ({"more": self.more, "from_": self.from_} if self.more else {}))

    def lists(self, url: str, words: str) -> bool:
        """Whether a link of the page leads to a report: by its address, and by its words if it has any."""
        if words and not re.search(self.titles or shapes().titles, words):
            return False
        path = path_of(url)
        is_file = bool(words) and re.search(shapes().attachments.files, path, re.IGNORECASE)
        return bool(is_file) or any(re.search(pattern, path) for pattern in self.shape.documents)

    def leads_on(self, url: str) -> bool:
        """Whether a link of the page leads to a further index page."""
        return bool(self.follow and re.search(self.follow, path_of(url)))

    def page(self, first: str, number: int) -> str:
        """The address of the page with this ordinal (2 is the second), "" if pages are not counted."""
        shape = self.shape
        return urljoin(first, shape.more.format(page=shape.from_ + number - 2)) if shape.more else ""


class Source(_Strict):
    """One agency or site.

    `hosts` are the only ones asked (`*.example.gov.cn` is all below it), also after redirects; without any, those of
    its own addresses. `private` names the networks that may be asked although they are not public; with `old_tls` TLS
    1.0 and 1.1 may be spoken. `agency_id` is whose site it is; only `agency` is a hint for its documents.
    """

    name: Annotated[str, Field(min_length=1)]
    agency: str = ""
    agency_id: str = ""
    years: str = ""
    licence: str = ""
    hosts: list[str] = []
    private: list[IPvAnyNetwork] = []
    old_tls: bool = False
    delay: Annotated[float, Field(ge=0)] = 1.0
    at_once: Annotated[int, Field(ge=1, le=16)] = 1
    folders: list[str] = []
    files: list[str] = []
    urls: list[Url] = []
    index: list[Index] = []
    objects: list[Annotated[str, AfterValidator(_object_address)]] = []

    @model_validator(mode="before")
    @classmethod
    def _years_as_text(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("years"), int):
            return data | {"years": str(data["years"])}
        return data

    @model_validator(mode="after")
    def _something_to_ask(self) -> "Source":
        if not (self.folders or self.files or self.urls or self.index or self.objects):
            raise ValueError("nothing to read; expected folders, files, urls, index or objects")
        if self.years and not _YEARS.fullmatch(self.years):
            raise ValueError(f"years {self.years!r}; expected 2023, 2019-2025 or 2019-")
        if any("{year}" in index.url for index in self.index) and not self.years:
            raise ValueError("an address with {year} but no years; expected years, such as 2019-")
        return self

    def report_years(self, last: int) -> list[int]:
        """The report years it is declared for; an open end is `last`."""
        return _years(self.years, last)

    def in_years(self, years: str) -> "Source | None":
        """The source for some of its years only; None if it has none of them."""
        if not years or not self.years:
            return self
        last = datetime.now(UTC).year - 1
        both = sorted(set(self.report_years(last)) & set(_years(years, last)))
        return self.model_copy(update={"years": f"{both[0]}-{both[-1]}"}) if both else None

    @property
    def paths(self) -> list[str]:
        """Its folders and files on this machine; globs laid out."""
        return [*map(_local, self.folders), *_globbed(self.files)]

    @property
    def hint(self) -> Hint:
        """What it says of each of its documents."""
        years = self.report_years(datetime.now(UTC).year - 1)
        return Hint(self.agency, years[0] if len(years) == 1 else None)

    def allows(self, url: str) -> bool:
        """Whether an address may be asked on behalf of this source."""
        host = host_of(url)
        own = self.hosts or [host_of(address) for address in (*self.urls, *(index.url for index in self.index))]
        return scheme_of(url) in _WEB and any(
            host == name.lower() or (name.startswith("*.") and host.endswith(name[1:].lower())) for name in own
        )


class Sources(_Strict):
    """All of `sources.yml`. `contact` is told to the sites that are asked."""

    contact: str = ""
    limits: Limits = Limits()
    sources: Annotated[list[Source], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_name_each(self) -> "Sources":
        names = [source.name for source in self.sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"names used twice: {', '.join(twice)}; expected a name of its own for each source")
        return self

    def narrowed(self, only: Collection[str], agencies: Collection[str], years: str) -> "Sources":
        """The sources of these names and agencies, asked for these years only; an empty filter lets all pass.

        A source that declares no years is asked as a whole. Raises SourceError if nothing is left, or for no years.
        """
        if years and not _YEARS.fullmatch(years):
            raise SourceError(f"years {years!r}: expected 2023, 2019-2021 or 2019-")
        known = {source.name for source in self.sources}
        if unknown := sorted(set(only) - known):
            raise SourceError(f"{', '.join(unknown)}: no such source; expected one of {', '.join(sorted(known))}")
        left = [
            narrow
            for source in self.sources
            if (not only or source.name in only) and (not agencies or source.agency in agencies)
            if (narrow := source.in_years(years))
        ]
        if not left:
            asked = "; ".join(", ".join(names) for names in (only, agencies, [years]) if any(names))
            raise SourceError(
                f"{asked}: no source declares all of it; expected names, agencies and years of sources.yml"
            )
        return self.model_copy(update={"sources": left})

    @property
    def paths(self) -> list[str]:
        """Every folder and file on this machine; globs laid out."""
        return [path for source in self.sources for path in source.paths]

    @property
    def remote(self) -> list[Source]:
        """The sources that have to be fetched."""
        return [source for source in self.sources if source.urls or source.index or source.objects]


class Attachments(_Strict):
    """What a link to an attachment looks like."""

    files: Pattern
    words: Pattern


class Shapes(_Strict):
    """All of `platforms.yaml`."""

    platforms: Mapping[str, Platform]
    titles: Pattern
    next: Pattern
    attachments: Attachments
    challenges: Mapping[str, Pattern]


@lru_cache(maxsize=1)
def shapes() -> Shapes:
    """The patterns sites have in common."""
    return Shapes.model_validate(parsed((files("flows.sources") / "platforms.yaml").read_text("utf-8")))


def read_sources(path: Path) -> Sources:
    """The sources a file declares; its relative paths begin where it lies.

    Raises SourceError for what is no such file, naming every place that is wrong.
    """
    expected = "expected sources as in docs/sources.example.yml"
    try:
        declared = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}; {expected}") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise SourceError(f"{path}: no YAML ({' '.join(str(error).split())}); {expected}") from error
    try:
        sources = Sources.model_validate(declared)
    except ValidationError as error:
        raise SourceError("\n".join(_complaints(path, declared, error))) from error
    here = path.parent
    return sources.model_copy(update={
        "sources": [
            source.model_copy(update={
                "folders": [str(here / folder) for folder in source.folders],
                "files": [str(here / pattern) for pattern in source.files],
            })
            for source in sources.sources
        ]
    })  # fmt: skip


def read_all(paths: Sequence[Path]) -> Sources:
    """The sources of several files as those of one; contact and limits are those of the first.

    Raises SourceError as read_sources does, and for a name that stands in two files.
    """
    found = [read_sources(path) for path in paths]
    try:
        every = [source for sources in found for source in sources.sources]
        return Sources(contact=found[0].contact, limits=found[0].limits, sources=every)
    except ValidationError as error:
        raise SourceError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


def _complaints(path: Path, declared: object, error: ValidationError) -> Iterator[str]:
    for wrong in error.errors():
        at: list[str] = []
        found = declared
        for key in wrong["loc"]:
            found = found[key] if isinstance(found, dict) and key in found else _at(found, key)
            name = found.get("name") if isinstance(found, dict) and at == ["sources"] else None
            at.append(str(name or key))
        message = wrong["msg"].removeprefix("Value error, ")
        shown = "" if isinstance(found, dict | list) or found is None else f" {without_secrets(str(found))!r}:"
        yield f"{path} / {' / '.join(at) or 'the whole file'}:{shown} {message}. See: docs/sources.example.yml"


def _at(found: object, key: object) -> object:
    return found[key] if isinstance(found, list) and isinstance(key, int) and key < len(found) else None


def named_sources(names: Sequence[str], declared: Path | None = None) -> Sources:
    """What a run is to read: the paths and addresses a person named, and what a file of sources declares.

    An address is a source of its own, of which only its host is asked. Raises SourceError for a path that does not
    exist, a file that declares no sources, and for nothing at all.
    """
    named = [_named(name) for name in dict.fromkeys(names)]
    if declared is None:
        if not named:
            raise SourceError("nothing to read; expected files, folders or addresses, or --sources sources.yml")
        return Sources(sources=named)
    found = read_sources(declared)
    return found.model_copy(update={"sources": [*named, *found.sources]})


def _named(name: str) -> Source:
    if scheme_of(name) in _WEB:
        if not host_of(name):
            raise SourceError(f"{name}: no host; expected an address such as https://www.example.gov.cn/report.html")
        return _of_address(name, urls=[name])
    if scheme_of(name) == "file":
        return Source(name=printable(name), folders=[name])
    if scheme_of(name):
        return _of_address(name, objects=[name])
    if not Path(name).exists():
        raise SourceError(f"{name}: no such file or folder; expected a report, a folder of reports or an address")
    return Source(name=name, folders=[name])


def _of_address(name: str, **addresses: list[str]) -> Source:
    try:
        return Source.model_validate({"name": without_secrets(name), **addresses})
    except ValidationError as error:
        wrong = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise SourceError(f"{without_secrets(name)}: {wrong}") from None


def as_named(argument: str) -> str:
    """What a person named, as text that can be handed on: a path whose bytes are no UTF-8 becomes a file: address."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return Path(argument).absolute().as_uri()
    return argument


def _local(folder: str) -> str:
    return os.fsdecode(unquote_to_bytes(folder[len("file://") :])) if scheme_of(folder) == "file" else folder


def _globbed(patterns: Sequence[str]) -> Iterator[str]:
    for pattern in patterns:
        path = Path(pattern)
        found = sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
        yield from (str(file) for file in found if file.is_file())
