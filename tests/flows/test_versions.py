"""What becomes of several files about one agency: through the flow, night after night, to the warehouse."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from flows.show.delta import changes_of
from flows.show.summary import Summary
from tests.docx import write_docx
from tests.flows.nights import night
from tests.render import Layout, addresses, lay_out, render
from warehouse.query import query

SHUYANG, YUEQING, HUICHANG, TAICANG, RENXIAN, XIACHENG, GONGSHU = (
    "321322000000", "330382000000", "360733000000", "320585000000", "130505000000", "330103000000", "330105000000",
)  # fmt: skip
LICENCES = ("licence_decisions", "")


def page(agency: str, licences: int, year: int = 2021, published: str = "") -> bytes:
    """A web page that states one figure and zeros else."""
    values = dict.fromkeys(addresses("2021"), "0") | {LICENCES: str(licences)}
    return render("2021", values, "html", layout=Layout(agency=agency, year=year, published=published))


def word_file(agency: str, licences: int) -> bytes:
    """The same as a Word file."""
    values = dict.fromkeys(addresses("2021"), "0") | {LICENCES: str(licences)}
    layout = Layout(agency=agency, year=2021)
    return write_docx(lay_out("2021", values, layout=layout), layout, Random(0))


FIRST_NIGHT = {
    "correction/page.html": page("江苏省宿迁市沭阳县人民政府", 3, published="2022年1月20日"),
    "rendition/page.html": page("浙江省温州市乐清市人民政府", 4),
    "duplicate/page.html": page("江西省赣州市会昌县人民政府", 5),
    "conflict/page.html": page("江苏省苏州市太仓市人民政府", 6, published="2022年1月20日"),
    "renamed/2019.html": page("河北省邢台市任县人民政府", 7, year=2019),
    "merged/2020.html": page("浙江省杭州市下城区人民政府", 8, year=2020),
    "merged/old.html": page("浙江省杭州市拱墅区人民政府", 9, year=2020),
}
SECOND_NIGHT = {
    "correction/page.html": page("江苏省宿迁市沭阳县人民政府", 13, published="2022年3月1日"),
    "rendition/page.docx": word_file("浙江省温州市乐清市人民政府", 4),
    "duplicate/copy.html": FIRST_NIGHT["duplicate/page.html"],
    "conflict/other.html": page("江苏省苏州市太仓市人民政府", 16, published="2022年1月20日"),
    "renamed/2021.html": page("河北省邢台市任泽区人民政府", 17),
    "merged/new.html": page("浙江省杭州市拱墅区人民政府", 19),
}


class Nights:
    """A store after two nights, when the first was over, and what the nights came to."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "store"
        self.first = self._night(folder / "in", FIRST_NIGHT)
        self.between = datetime.now(UTC).replace(tzinfo=None)
        self.second = self._night(folder / "in", SECOND_NIGHT)

    def _night(self, source: Path, files: dict[str, bytes]) -> Summary:
        for name, data in files.items():
            path = source / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return night([source], self.store)

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        """Rows of the warehouse."""
        return [tuple(row.values()) for row in query(self.store, sql).to_pylist()]

    def current(self, agency: str) -> list[tuple[object, ...]]:
        """(report_year, source_name, licences) of what is current."""
        return self.ask(
            "SELECT report_year, source_name, value::INTEGER FROM fact "
            f"WHERE agency_id = '{agency}' AND indicator_code = 'licence_decisions' ORDER BY ALL"
        )

    def versions(self, agency: str) -> list[tuple[object, ...]]:
        """(source_name, relation, is_current), oldest first."""
        return self.ask(
            f"SELECT source_name, relation, is_current FROM report WHERE agency_id = '{agency}' "
            "ORDER BY report_year, version"
        )

    def believed(self, agency: str) -> list[tuple[object, ...]]:
        """(report_year, licences) as believed between the nights."""
        return self.ask(
            f"SELECT report_year, value::INTEGER FROM fact_as_of(TIMESTAMP '{self.between}') "
            f"WHERE agency_id = '{agency}' AND indicator_code = 'licence_decisions' ORDER BY ALL"
        )

    def changes(self, agency: str) -> list[tuple[object, ...]]:
        """(change, report_year, indicator, old, new) of the second night, additions of zeros left out."""
        _, rows = changes_of(self.store, self.second.run_id)
        return [
            (row["change"], row["report_year"], row["indicator_code"], row["old_value"], row["new_value"])
            for row in rows.to_pylist()
            if row["agency_id"] == agency and row["new_value"] != 0
        ]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """The two nights, once for all examples."""
    return Nights(tmp_path_factory.mktemp("nights"))


def test_a_correction(nights: Nights) -> None:
    """The page was published anew with another figure: the later day is current, the earlier one stays known."""
    assert nights.versions(SHUYANG) == [
        ("correction/page.html", "first", False),
        ("correction/page.html", "correction", True),
    ]
    assert nights.current(SHUYANG) == [(2021, "correction/page.html", 13)]
    assert nights.believed(SHUYANG) == [(2021, 3)]
    assert nights.changes(SHUYANG) == [("MOD", 2021, "licence_decisions", 3, 13)]


def test_a_rendition_in_another_shape(nights: Nights) -> None:
    """The same figures as a Word file: a version, and no change of any fact."""
    assert {relation for _, relation, _ in nights.versions(YUEQING)} == {"first", "rendition"}
    assert [value for *_, value in nights.current(YUEQING)] == [4]
    assert nights.believed(YUEQING) == [(2021, 4)]
    assert nights.changes(YUEQING) == []


def test_a_duplicate_under_another_name(nights: Nights) -> None:
    """The same bytes: a document of its own, but no further version."""
    assert nights.versions(HUICHANG) == [("duplicate/page.html", "only", True)]
    assert nights.ask(
        "SELECT source_name, outcome FROM document WHERE source_name LIKE 'duplicate/%' ORDER BY ALL"
    ) == [
        ("duplicate/copy.html", "duplicate"),
        ("duplicate/page.html", "report"),
    ]
    assert nights.current(HUICHANG) == [(2021, "duplicate/page.html", 5)]
    assert nights.changes(HUICHANG) == []


def test_a_conflicting_file(nights: Nights) -> None:
    """Other figures of the same day: the rule names one current, and the report says that it is a conflict."""
    relations = [relation for _, relation, _ in nights.versions(TAICANG)]
    assert relations == ["first", "conflict"]
    assert [current for *_, current in nights.versions(TAICANG)] == [False, True]
    assert nights.current(TAICANG) == [(2021, "conflict/other.html", 16)]  # first seen last
    assert nights.believed(TAICANG) == [(2021, 6)]
    assert nights.changes(TAICANG) == [("MOD", 2021, "licence_decisions", 6, 16)]


def test_a_renamed_agency(nights: Nights) -> None:
    """任县 became 任泽区: one agency, its years together, each report under the name it bore."""
    assert nights.current(RENXIAN) == [(2019, "renamed/2019.html", 7), (2021, "renamed/2021.html", 17)]
    assert nights.ask(f"SELECT agency_name FROM dim_agency WHERE agency_id = '{RENXIAN}'") == [
        ("河北省邢台市任泽区人民政府",)
    ]
    assert nights.believed(RENXIAN) == [(2019, 7)]
    assert nights.changes(RENXIAN) == [("ADD", 2021, "licence_decisions", None, 17)]
    assert nights.ask(
        f"SELECT alias, valid_to FROM dim_agency_alias WHERE agency_id = '{RENXIAN}' AND kind = 'former'"
    ) == [("任县", 2020)]


def test_a_merged_county(nights: Nights) -> None:
    """下城区 went into 拱墅区 in 2021: its report stays its own, none is missed afterwards, the successor is named."""
    assert nights.current(XIACHENG) == [(2020, "merged/2020.html", 8)]
    assert nights.current(GONGSHU) == [(2020, "merged/old.html", 9), (2021, "merged/new.html", 19)]
    assert nights.believed(XIACHENG) == [(2020, 8)]
    assert nights.changes(XIACHENG) == []
    assert nights.changes(GONGSHU) == [("ADD", 2021, "licence_decisions", None, 19)]
    assert nights.ask(f"SELECT successor_id FROM dim_agency_successor WHERE agency_id = '{XIACHENG}'") == [(GONGSHU,)]
    expected = f"SELECT report_year, expected FROM coverage WHERE agency_id = '{XIACHENG}' ORDER BY ALL"
    assert nights.ask(expected) == [(2019, True), (2020, True), (2021, False)]


def test_a_run_says_what_it_changed(nights: Nights) -> None:
    """The count on the screen after a run is that of fact_delta."""
    _, rows = changes_of(nights.store, nights.second.run_id)
    changes = rows["change"].to_pylist()
    assert nights.second.changes == {word: changes.count(word) for word in ("ADD", "MOD", "DEL")}
    assert nights.first.changes["MOD"] == nights.first.changes["DEL"] == 0
    assert nights.first.changes["ADD"] == sum(len(addresses("2021")) for _ in FIRST_NIGHT)
