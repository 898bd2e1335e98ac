"""`data/sources/`: where reports are, province by province; files that `ingest --sources` takes as they are."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flows.sources.check import platform_of
from flows.sources.declared import Index, Source, host_of, path_of, read_sources
from transform.agencies import Directory

FILES = sorted((Path(__file__).parents[2] / "data" / "sources").glob("*.yml"))
ENTRIES = [(file.stem, source) for file in FILES for source in read_sources(file).sources]
PAGES = [(source, index) for _, source in ENTRIES for index in source.index]
# A column of a government lists the reports of its bodies too; no hint whose they are.
_MANY = "及所属机构"


@pytest.fixture(scope="module")
def directory() -> Directory:
    """The agencies known."""
    return Directory.load()


def test_every_province_has_its_file_and_there_are_two_hundred_pages() -> None:
    """The 31 provinces of the mainland."""
    assert len(FILES) == 31
    assert len(PAGES) >= 200


def test_no_address_and_no_source_stands_twice() -> None:
    """Also not in the files of two provinces, nor with and without www."""
    urls = [re.sub(r"^https?://(www\.)?", "", index.url).rstrip("/") for _, index in PAGES]
    names = [source.name for _, source in ENTRIES]
    assert len(set(urls)) == len(urls)
    assert len(set(names)) == len(names)


def test_only_sites_of_governments_are_named() -> None:
    """Whatever asks them later, asks nobody else."""
    asked = [url for _, source in ENTRIES for url in (*source.urls, *(index.url for index in source.index))]
    assert [url for url in asked if not host_of(url).endswith(".gov.cn")] == []


@pytest.mark.parametrize(("province", "source"), ENTRIES, ids=lambda value: getattr(value, "name", value))
def test_an_agency_is_one_of_the_directory_and_of_the_province(
    province: str, source: Source, directory: Directory
) -> None:
    """By the name as by the id; a column of many agencies gives no hint."""
    name = source.name.removesuffix(_MANY)
    found = directory.resolve(name).agency
    assert found is not None
    assert (found.name, found.agency_id) == (name, source.agency_id)
    assert source.agency in ({""} if source.name.endswith(_MANY) else {name})
    same = {s.agency_id[:2] for p, s in ENTRIES if p == province}
    assert len(same) == 1


@pytest.mark.parametrize("index", [index for _, index in PAGES], ids=lambda index: index.url)
def test_an_entry_says_where_it_was_seen(index: Index) -> None:
    """An address that was made from a report's lies above it on the same site, or is its column."""
    assert index.evidence
    assert index.found_on is not None
    assert index.asked is not None
    if not index.derived:
        return
    report, page = urlsplit(index.evidence), urlsplit(index.url)
    assert report.hostname == page.hostname
    column = re.fullmatch(r"/col/col(\d+)/index\.html", page.path)
    assert f"/art_{column[1]}_" in report.path if column else report.path.startswith(page.path)
    assert platform_of([index.evidence]) == index.platform
    if index.follow:
        assert index.leads_on(f"{index.url}{path_of(index.evidence)[len(page.path) :].split('/')[0]}/")
