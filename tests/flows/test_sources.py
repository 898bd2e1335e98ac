"""What `sources.yml` may say, and what is told where it says something else."""

from pathlib import Path

import pytest
import yaml

from flows.sources.declared import SourceError, Sources, named_sources, read_sources, shapes, without_secrets

EXAMPLE = Path(__file__).parents[2] / "docs" / "sources.example.yml"


def test_the_example_is_what_it_explains() -> None:
    """The documented file is valid, and its paths begin where it lies."""
    sources = read_sources(EXAMPLE)

    assert [source.name for source in sources.remote] == ["洪泽区", "an intranet", "a site of former days", "a bucket"]
    assert sources.paths == [str(EXAMPLE.parent / "incoming")]
    assert sources.limits == type(sources.limits)()  # the values shown are the defaults
    assert sources.sources[0].report_years(2022) == [2019, 2020, 2021, 2022]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sources: [{name: a, url: [x]}]", ["a / url", "not permitted"]),
        ("sources: [{name: a}]", ["a", "nothing to read"]),
        ("sources: []", ["sources", "at least 1"]),
        ("sources: [{name: a, urls: [ftp://x/y]}]", ["a / urls / 0", "'ftp://x/y'", "https://"]),
        ("sources: [{name: a, urls: ['http://x/'], delay: -1}]", ["a / delay", "-1"]),
        ("sources: [{name: a, index: [{url: 'http://x/{year}/'}]}]", ["a", "{year}", "no years"]),
        ("sources: [{name: a, years: soon, urls: ['http://x/']}]", ["a", "'soon'", "2019-"]),
        ("sources: [{name: a, index: [{url: 'http://x/', platform: trx}]}]", ["index / 0", "'trx'", "trs"]),
        (
            "sources: [{name: a, index: [{url: 'http://x/', documents: ['[']}]}]",
            ["documents / 0", "regular expression"],
        ),
        ("sources: [{name: a, private: [10.0.0.0/99], urls: ['http://x/']}]", ["private / 0", "10.0.0.0/99"]),
        ("sources: [{name: a, objects: [/etc]}]", ["objects / 0", "s3://"]),
        ("sources: [{name: a, folders: [b]}, {name: a, folders: [c]}]", ["used twice: a"]),
        ("- name: a", ["the whole file"]),
        ("sources: [", ["no YAML"]),
        ("", ["the whole file"]),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, parts: list[str], tmp_path: Path) -> None:
    """The source by its name, the key, what was found and expected; and where to look."""
    path = tmp_path / "sources.yml"
    path.write_text(text)
    with pytest.raises(SourceError) as error:
        read_sources(path)
    message = str(error.value)

    assert all(part in message for part in (*parts, "sources.yml", "docs/sources.example.yml"))


def test_names_on_the_command_line_are_sources_of_their_own(tmp_path: Path) -> None:
    """Paths, addresses and objects; an address allows its own host only."""
    (tmp_path / "a.txt").write_text("x")
    sources = named_sources([str(tmp_path), "https://www.example.gov.cn/a.html", "s3://bucket/*.html"])

    assert sources.paths == [str(tmp_path)]
    web, objects = sources.remote
    assert web.allows("https://WWW.example.gov.cn/b.pdf")
    assert not any(
        web.allows(address) for address in ("https://example.gov.cn/", "file:///etc/passwd", "http://[x", "http://")
    )
    assert objects.objects == ["s3://bucket/*.html"]
    for wrong in (["nowhere"], [], ["http:///a"]):
        with pytest.raises(SourceError):
            named_sources(wrong)


def test_a_star_allows_what_is_below_a_name_only() -> None:
    """`*.example.gov.cn` is neither the name itself nor one that merely ends like it."""
    (source,) = Sources.model_validate(
        {"sources": [{"name": "a", "urls": ["http://x/"], "hosts": ["*.Example.gov.cn"]}]}
    ).sources

    assert source.allows("http://a.b.example.gov.cn/")
    assert not source.allows("http://example.gov.cn/")
    assert not source.allows("http://badexample.gov.cn/")
    assert not source.allows("http://example.gov.cn.bad.net/")


# An address of each make of site, as its platform writes them.
ADDRESSES = {
    "gkmlpt": "/gkmlpt/content/8/8766/post_8766914.html",
    "ucap": "/c133076/202204/0123456789abcdef0123456789abcdef.shtml",
    "hanweb": "/art/2023/1/13/art_1229709982_69622.html",
    "trs": "/zwgk_97461/zfxxgknb_97478/202301/t20230130_11545442.html",
    "longxun": "/XxgkAnnualReport/show/5819.html",
    "vsb": "/info/19402/590272.htm",
    "shanghai": "/nw12344/20230331/0a1b2c3d4e.html",
}


def test_every_platform_knows_its_own_addresses() -> None:
    """A pattern that fits nothing, or the front page, would go unnoticed for a year."""
    import re

    platforms = shapes().platforms
    assert set(ADDRESSES) == set(platforms)
    for name, address in ADDRESSES.items():
        patterns = platforms[name].documents
        assert any(re.search(pattern, address) for pattern in patterns)
        assert not any(
            re.search(pattern, path) for pattern in patterns for path in ("/", "/index.html", "/nb/index_2.html")
        )


def test_back_fill_narrows_what_is_declared() -> None:
    """Names, agencies and years leave the sources they fit; what fits none is told with what there is."""
    declared = {
        "sources": [
            {"name": "a", "agency": "甲县人民政府", "years": "2019-2021", "urls": ["https://a.example/"]},
            {"name": "b", "agency": "乙县人民政府", "years": "2021-", "urls": ["https://b.example/"]},
            {"name": "c", "folders": ["c"]},
        ]
    }
    sources = Sources.model_validate(declared)

    def left(*filters: object) -> dict[str, str]:
        return {source.name: source.years for source in sources.narrowed(*filters).sources}

    assert left((), (), "") == {"a": "2019-2021", "b": "2021-", "c": ""}
    assert left((), (), "2018-2020") == {"a": "2019-2020", "c": ""}
    assert left(["b"], (), "2021-2022") == {"b": "2021-2022"}
    assert left((), ["甲县人民政府"], "") == {"a": "2019-2021"}
    with pytest.raises(SourceError, match="d: no such source; expected one of a, b, c"):
        left(["d"], (), "")
    with pytest.raises(SourceError, match="2030: no source declares all of it"):
        left(["a"], (), "2030")
    with pytest.raises(SourceError, match="years 'soon'"):
        left((), (), "soon")


@pytest.mark.parametrize(
    "address",
    [
        "https://user:pass@www.example.gov.cn/a.html",
        "https://www.example.gov.cn/a.html?id=1&token=abc",
        "https://www.example.gov.cn/a.html?X-Amz-Signature=abc",
        "https://www.example.gov.cn/a.html?api_key=abc",
    ],
)
def test_an_address_that_lets_anybody_in_is_refused(address: str, tmp_path: Path) -> None:
    """Declared or named; and the secret is in no message."""
    declared = tmp_path / "sources.yml"
    declared.write_text(yaml.safe_dump({"sources": [{"name": "a", "urls": [address]}]}))
    for act in (lambda: named_sources([address]), lambda: named_sources([], declared)):
        with pytest.raises(SourceError, match="password or token in it") as refused:
            act()
        assert "abc" not in str(refused.value)
        assert "pass@" not in str(refused.value)


@pytest.mark.parametrize("address", ["file:///etc/*", "ftp://h/a", "gopher://h/a", "local:///a", "sftp://h/a"])
def test_objects_lie_on_object_storage_only(address: str, tmp_path: Path) -> None:
    """No other protocol fsspec knows."""
    declared = tmp_path / "sources.yml"
    declared.write_text(yaml.safe_dump({"sources": [{"name": "a", "objects": [address]}]}))
    with pytest.raises(SourceError, match="expected an address on object storage"):
        named_sources([], declared)


def test_what_is_stored_of_an_address() -> None:
    """All of it but what lets its bearer in; an ordinary one is not touched at all."""
    assert without_secrets("https://u:p@h.cn:8080/a?b=1") == "https://h.cn:8080/a?b=1"
    assert without_secrets("https://h.cn/a?access_token=x&b=%E5%B9%B4") == "https://h.cn/a?access_token=…&b=%E5%B9%B4"
    for address in (
        "https://h.cn/a?b=1&c",
        "https://h.cn/年报?keyword=公开&monkey=1&design=2",
        "http://[bad",
        "a b.html",
    ):
        assert without_secrets(address) == address
