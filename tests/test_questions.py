"""What a researcher asks: the cookbook's statement, and the same answer a second way, with pandas from the cells.

The store holds the real reports beside the project and, since none of those has a neighbour in time, five years of an
invented county: the second a copy of the first, the third ten times as much, the last one corrected a night later.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from itertools import pairwise, product
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from docs.make.cookbook import questions
from docs.make.scoreboard import SHARED
from flows.show.explain import find_target
from tests.flows.nights import night
from tests.render import Layout, render
from tests.strategies import LOCAL, distinct_numbers
from transform.reference import divisions
from warehouse.dictionary import dictionary
from warehouse.query import answer, query, read_given
from warehouse.schema import value_texts

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the real reports are not beside this checkout")

COUNTY = "浙江省温州市乐清市人民政府"
TIMES = {2021: 1, 2022: 1, 2023: 10, 2024: 11, 2025: 12}
LIKE = ["report_year", "agency_level", "agency_type", "scope"]
COUNTED = {"fail", "not_evaluable"}


def year_of(year: int, times: int, published: str = "") -> bytes:
    """The county's report of a year, all numbers so many times as great as in the first."""
    numbers = distinct_numbers("2021", LOCAL["2021"][0])
    for code, applicant in product(("req_new", "req_carried_out"), ("natural", "total")):
        numbers[code, applicant] += 1  # something is carried over
    values = {key: f"{Decimal(value) * times:f}" for key, value in numbers.items()}
    return render("2021", values, "html", layout=Layout(agency=COUNTY, year=year, published=published))


# Which lines of the statistical forms of Fujian, whole and for departments, tell a figure of the later form.
FUJIAN = {
    "req_new": {"fj_req", "fjd_req"},
    "req_closed": {"fjd_req_closed"},
    "res_full": {"fj_ans_granted", "fjd_given"},
    "res_partial": {"fj_ans_partial"},
    "res_deny": {"fj_ans_refused"},
    "rev_total": {"fj_rev", "fjd_rev"},
    "lit_total": {"fj_lit", "fjd_lit"},
}


class Read:
    """A store as pandas frames of `cell`, `report` and checks, and what is in doubt, without a view's help."""

    def __init__(self, store: Path, between: datetime) -> None:
        self.store = store
        self.between = between
        with duckdb.connect(str(store / "gongkai.duckdb"), read_only=True) as connection:
            frame = connection.execute
            place = "scope, agency_level, agency_type, province, prefecture, county, counted_in"  # as of its report
            self.cell = frame(f"SELECT * EXCLUDE ({place}) FROM cell WHERE kind <> 'missing'").df()
            self.cell["value"] = self.cell["value"].astype(float)
            self.lacking = frame("SELECT DISTINCT report_id FROM cell WHERE kind = 'missing'").df()["report_id"]
            self.report = frame("SELECT * FROM report").df()
            self.check = frame("SELECT * FROM lake.quality_check WHERE is_current AND report_no IS NOT NULL").df()
            self.issue = frame("SELECT * FROM lake.quality_issue").df()
            self.kind = dict(frame("SELECT code, severity FROM dim_issue").fetchall())

    def ask(self, title: str) -> pd.DataFrame:
        """What the cookbook's question of this title answers."""
        return query(self.store, self.sql_of(title)).to_pandas()

    def sql_of(self, title: str) -> str:
        """The statement of the cookbook's question whose title begins so."""
        [sql] = [sql for known, sql, _ in questions() if known.startswith(title)]
        return sql

    @cached_property
    def current(self) -> pd.DataFrame:
        """The reports that are current."""
        return self.report[self.report["is_current"]].reset_index(drop=True)

    @cached_property
    def doubts(self) -> dict[tuple[str, str, str], dict[str, str]]:
        """Why a cell (report, indicator, applicant) is in doubt: code → how gravely."""
        of = dict(iter(self.cell.groupby("report_id")))
        places = {
            report: list(zip(part["indicator_code"], part["applicant_code"], strict=True))
            for report, part in of.items()
        }
        found: dict[tuple[str, str, str], dict[str, str]] = {}

        def mark(report: str, indicator: str, applicant: str, code: str, doubt: str) -> None:
            codes = found.setdefault((report, indicator, applicant), {})
            codes[code] = max(codes.get(code, ""), doubt)

        for check in self.check[self.check["outcome"].isin(COUNTED)].itertuples():
            doubt = "identity" if check.severity == "statutory" else "heuristic"
            for address in filter(None, (check.cells or "").split(" ")):
                for indicator, applicant in places[check.report_id] if address == "*" else [at(address)]:
                    mark(check.report_id, indicator, applicant, check.check_code, doubt)
        for cell in self.cell[self.cell["issue"] != ""].itertuples():
            doubt = "heuristic" if self.kind.get(cell.issue) == "heuristic" else "reading"
            mark(cell.report_id, cell.indicator_code, cell.applicant_code, cell.issue, doubt)
        for issue in self.issue[self.issue["indicator_code"] != ""].itertuples():
            doubt = "heuristic" if issue.severity == "heuristic" else "reading"
            cells = of.get(issue.report_id, self.cell[:0])
            for cell in cells[cells["indicator_code"] == issue.indicator_code].itertuples():
                if issue.applicant_code in ("", cell.applicant_code) and not cell.correction:
                    mark(cell.report_id, cell.indicator_code, cell.applicant_code, issue.code, doubt)
        return found

    def worst(self, rest: Callable[[str, str], bool]) -> pd.Series:
        """Report → the worst doubt of its cells (indicator, applicant) an answer rests on; "" for none."""
        worst = dict.fromkeys(self.report["report_id"], "")
        for (report, indicator, applicant), codes in self.doubts.items():
            if report in worst and rest(indicator, applicant):
                worst[report] = max(worst[report], *codes.values())
        return pd.Series(worst, name="doubt")

    @cached_property
    def tables(self) -> dict[str, str]:
        """Indicator → its statutory table."""
        return dict(zip(self.cell["indicator_code"], self.cell["table_key"], strict=True))

    def table(self, key: str, applicant: str = "") -> pd.DataFrame:
        """The numbers of a table, a row a current report with all it says of itself, and the doubt of the table."""
        cells = self.cell[(self.cell["table_key"] == key) & (self.cell["applicant_code"] == applicant)]
        wide = cells.pivot(index="report_id", columns="indicator_code", values="value")
        for whole in ("res_deny", "res_unable", "res_reject", "res_other"):
            if parts := [code for code in wide if code.startswith(f"{whole}_")]:
                wide[whole] = wide[parts].sum(axis=1, min_count=1)
        doubt = self.worst(lambda code, who: self.tables.get(code) == key and who == applicant)
        return self.current.join(wide, on="report_id").join(doubt, on="report_id")

    def with_fujian(self, frame: pd.DataFrame, *names: str) -> pd.DataFrame:
        """The frame with what the statistical forms of Fujian print of these figures."""
        for name in names:
            cells = self.cell[self.cell["indicator_code"].isin(FUJIAN[name])].set_index("report_id")["value"]
            known = frame[name] if name in frame else pd.Series(index=frame.index, dtype=float)
            frame[name] = known.fillna(frame["report_id"].map(cells))
        return frame


def at(address: str) -> tuple[str, str]:
    """Indicator and applicant of a cell as a check names it."""
    indicator, _, applicant = address.partition("/")
    return indicator, applicant


def plain(value: object) -> object:
    """A value as both ways write it."""
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else round(float(value), 4)


def rows(frame: pd.DataFrame, columns: Iterable[str] = ()) -> list[tuple[object, ...]]:
    """The rows of some or all columns, in an order of their own."""
    chosen = frame[names] if (names := list(columns)) else frame
    return sorted((tuple(map(plain, row)) for row in chosen.itertuples(index=False)), key=repr)


def by(frame: pd.DataFrame, keys: list[str], **columns: Callable[[pd.DataFrame], object]) -> pd.DataFrame:
    """A row a group, each column computed from the rows of the group."""
    made = [
        {**dict(zip(keys, key, strict=True)), **{name: column(part) for name, column in columns.items()}}
        for key, part in frame.groupby(keys)
    ]
    return pd.DataFrame(made, columns=[*keys, *columns])


def total(column: str, *also: str) -> Callable[[pd.DataFrame], float | None]:
    """The sum of a column over rows that have a number in it and in some others; None if there is none."""
    return lambda part: part.dropna(subset=[column, *also])[column].sum(min_count=1)


def printed(column: str) -> Callable[[pd.DataFrame], int]:
    """How many rows have a number."""
    return lambda part: part[column].count()


def doubtful(column: str) -> Callable[[pd.DataFrame], int]:
    """How many rows have a number, and a doubt."""
    return lambda part: (part[column].notna() & (part["doubt"] != "")).sum()


def share(part: str, whole: str) -> Callable[[pd.DataFrame], float | None]:
    """One sum by another over the rows that have both."""

    def rate(rows: pd.DataFrame) -> float | None:
        both = rows.dropna(subset=[part, whole])
        return both[part].sum() / both[whole].sum() if both[whole].sum() else None

    return rate


def trusted(column: Callable[[pd.DataFrame], object]) -> Callable[[pd.DataFrame], object]:
    """A column over the rows in no doubt only."""
    return lambda part: column(part[part["doubt"] == ""])


def years(frame: pd.DataFrame) -> Iterator[tuple[pd.Series, pd.Series]]:
    """Two reports of one agency and scope, of a year and the next."""
    for _, part in frame.groupby(["agency_id", "scope"]):
        in_order = [row for _, row in part.sort_values("report_year").iterrows()]
        yield from ((old, new) for old, new in pairwise(in_order) if new["report_year"] == old["report_year"] + 1)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    """The real reports, five years of a county, and a night later its correction."""
    folder = tmp_path_factory.mktemp("questions")
    made, later, store = (folder / name for name in ("made", "later", "store"))
    for path in (made, later):
        path.mkdir()
    for year, times in TIMES.items():
        (made / f"{year}.html").write_bytes(year_of(year, times))
    (later / "2025.html").write_bytes(year_of(2025, 13, "2026年2月20日"))
    night([SHARED / "seeds", SHARED / "corpus", SHARED / "corpus2", made], store)
    between = datetime.now(UTC)
    night([later], store)
    return Read(store, between)


def test_1_requests_received_and_their_growth(read: Read) -> None:
    """How many were received in a year, new and carried in, and how did that grow among the same agencies?"""
    frame = read.with_fujian(read.table("requests", "total"), "req_new")
    of = {"req_new", "req_carried_in", *FUJIAN["req_new"]}
    frame["doubt"] = frame["report_id"].map(read.worst(lambda code, who: code in of and who in ("total", "")))
    frame["to_decide"] = frame["req_new"] + frame["req_carried_in"]
    before = {(new["report_id"]): old["req_new"] for old, new in years(frame)}
    frame["before"] = frame["report_id"].map(before).astype(float)
    frame["paired"] = frame["req_new"] + frame["before"]

    def growth(part: pd.DataFrame) -> float | None:
        rate = share("req_new", "before")(part)
        return None if rate is None else rate - 1

    expected = by(
        frame,
        LIKE,
        reports=printed("req_new"),
        doubtful=doubtful("req_new"),
        received=total("req_new"),
        received_trusted=trusted(total("req_new")),
        to_decide=total("to_decide"),
        paired=printed("paired"),
        growth=growth,
    )
    found = read.ask("How many requests were received, and how did it grow?")

    assert rows(found[found["reports"] > 0]) == rows(expected[expected["reports"] > 0])
    assert found["growth"].max() == 9  # ten times as much


def test_1_requests_per_10_000_people(read: Read) -> None:
    """Over the governments whose people the statement gives; the others are counted, and in no rate."""
    frame = read.table("requests", "total")
    frame = frame[(frame["agency_type"] == "gov") & (frame["scope"] != "own")]
    people = pd.Series({("110115000000", 2020): 199.36, ("320813000000", 2023): 28.59}, name="people")
    frame = frame.join(people, on=["agency_id", "report_year"])
    expected = by(
        frame,
        ["province", "report_year", "agency_level", "scope"],
        governments=printed("req_new"),
        req_new=total("req_new", "people"),
        per_10k=share("req_new", "people"),
    )
    found = read.ask("How many requests per 10,000 people?")

    assert rows(found, expected.columns) == rows(expected)
    assert found["per_10k"].max() == 4.7803


def test_1_people_come_from_a_file_of_ones_own(read: Read, tmp_path: Path) -> None:
    """The statement without its first three lines takes them from --with people.csv."""
    people = tmp_path / "people.csv"
    people.write_text("agency_id,report_year,people_10k\n320800000000,2024,455.31\n", "utf-8")
    _, _, _, sql = read.sql_of("How many requests per 10,000 people?").split("\n", 3)
    with answer(read.store, sql, {"people": read_given(people)}) as batches:
        found = batches.read_all().to_pandas()

    assert rows(found[found["with_people"] > 0], ["province", "report_year", "req_new", "per_10k"]) == [
        ("江苏省", 2024, 3119, round(3119 / 455.31, 4))
    ]


def test_2_refusals_by_province_and_year(read: Read) -> None:
    """Refused of all decided, by province, year, level, type and scope; with trusted figures only, too."""
    expected = by(
        read.table("requests", "total").query("2019 <= report_year <= 2025"),
        ["province", *LIKE],
        reports=printed("req_new"),
        reports_doubtful=doubtful("req_new"),
        req_new=total("req_new"),
        res_deny=total("res_deny"),
        deny_rate=share("res_deny", "res_total"),
        deny_rate_trusted=trusted(share("res_deny", "res_total")),
    )

    assert rows(read.ask("Request volume and refusal rate"), expected.columns) == rows(expected)


def test_3_and_14_refusals_by_level_and_with_certain_numbers_only(read: Read) -> None:
    """By level and year, over all reports with both numbers and over those in no doubt."""
    frame = read.table("requests", "total").dropna(subset=["res_deny", "res_total"])
    expected = by(
        frame,
        LIKE,
        reports=len,
        doubtful=doubtful("res_deny"),
        res_deny=total("res_deny"),
        res_total=total("res_total"),
        deny_rate=share("res_deny", "res_total"),
        deny_rate_trusted=trusted(share("res_deny", "res_total")),
    )
    found = read.ask("Which levels refuse most")

    assert rows(found, expected.columns) == rows(expected)
    assert (2024, 2, "gov", "area", 178, 3050) in rows(found, [*LIKE, "res_deny", "res_total"])  # 淮安
    assert (found["deny_rate"] != found["deny_rate_trusted"])[found["deny_rate_trusted"].notna()].any()


def test_4_grounds_of_refusal(read: Read) -> None:
    """Each of the eight grounds in the column of totals, and its share of the year's refusals."""
    cells = read.cell[read.cell["applicant_code"] == "total"].merge(
        read.current[["report_id", "agency_level", "agency_type", "scope"]], on="report_id"
    )
    cells = cells[cells["indicator_code"].str.startswith("res_deny_")].dropna(subset=["value"])
    places = zip(cells["report_id"], cells["indicator_code"], cells["applicant_code"], strict=True)
    cells["doubt"] = [" ".join(read.doubts.get(place, ())) for place in places]
    expected = by(
        cells,
        [*LIKE, "indicator_code"],
        refused=total("value"),
        reports=len,
        doubtful=doubtful("value"),
        trusted=trusted(total("value")),
    ).query("refused > 0")
    expected["share"] = expected["refused"] / expected.groupby(LIKE)["refused"].transform("sum")
    found = read.ask("Why is information refused?")

    assert rows(found, expected.columns) == rows(expected)
    assert found["indicator_code"].nunique() == 8


def test_5_who_loses_reviews(read: Read) -> None:
    """At least ten reviews with an outcome, and more than a fifth of them corrected."""
    frame = read.table("review")
    frame["rev_concluded"] = frame["rev_upheld"] + frame["rev_corrected"] + frame["rev_other"]
    frame = frame[frame["rev_concluded"] >= 10]
    frame["rev_corrected_rate"] = frame["rev_corrected"] / frame["rev_concluded"]
    frame["over_a_fifth"] = frame["rev_corrected_rate"] > 0.2
    columns = ["agency_name", "report_year", "rev_concluded", "rev_corrected_rate", "over_a_fifth", "doubt"]
    found = read.ask("Which governments were overturned most in review?")

    assert rows(found, columns) == rows(frame, columns)
    assert ("江苏省淮安市人民政府", 64, 314, True) in rows(
        found, ["agency_name", "rev_corrected", "rev_concluded", "over_a_fifth"]
    )


def test_6_growing_backlogs(read: Read) -> None:
    """Years in a row with more carried over than the year before, and the share carried over."""
    frame = read.table("requests", "total").dropna(subset=["req_carried_out"]).sort_values("report_year")
    grown: dict[str, int] = {}
    for old, new in years(frame):
        more = new["req_carried_out"] > old["req_carried_out"]
        grown[new["report_id"]] = grown.get(old["report_id"], 0) + 1 if more else 0
    frame["years_grown"] = [grown.get(report, 0) for report in frame["report_id"]]
    to_decide = frame["req_new"] + frame["req_carried_in"]
    frame["open_rate"] = frame["req_carried_out"] / to_decide.where(to_decide > 0)
    frame["carried_out"] = frame["req_carried_out"]
    columns = ["agency_name", "report_year", "carried_out", "open_rate", "years_grown"]
    found = read.ask("Whose backlog grows year after year?")

    assert rows(found, columns) == rows(frame, columns)
    assert found["years_grown"].max() == 3


def test_7_who_never_published(read: Read) -> None:
    """The governments of a prefecture by law, and which of them were never seen, missing or received."""
    governments = [each.code for each in divisions() if each.code.startswith("3208") and each.level <= 3]
    seen = read.report[read.report["agency_id"].isin(governments)]
    in_2023 = set(seen[seen["report_year"] == 2023]["agency_id"])
    found = read.ask("Whose report of 2023 is missing?")
    states = found["state"].value_counts()

    assert states["never seen"] == len(governments) - seen["agency_id"].nunique()
    assert states["missing"] == seen["agency_id"].nunique() - len(in_2023)
    assert len(found) == len(governments)


def test_8_copies_of_last_year(read: Read) -> None:
    """Consecutive years whose numbers are all the same."""
    numbers = read.cell.dropna(subset=["value"]).set_index(["indicator_code", "applicant_code"])
    of = {report: part["value"].to_dict() for report, part in numbers.groupby("report_id")}
    copies = [
        (new["agency_name"], float(new["report_year"]), "flagged")
        for old, new in years(read.current)
        if of[old["report_id"]] == of[new["report_id"]] and len(set(of[new["report_id"]].values())) >= 5
    ]

    assert rows(read.ask("Who copied last year's report?"), ["agency_name", "report_year", "verdict"]) == copies
    assert copies == [(COUNTY, 2022, "flagged")]
    [copy] = read.current[(read.current["agency_name"] == COUNTY) & (read.current["report_year"] == 2022)]["report_id"]
    assert "RX-DUP" in find_target(f"{copy}:req_new", read.store).doubts  # a citation says so, too


def test_9_inconsistent_totals(read: Read) -> None:
    """Which identities fail in how many reports, by whose fault, and in whose reports."""
    check = read.check[(read.check["severity"] == "statutory") & read.check["outcome"].isin(COUNTED)]
    rules = by(
        check,
        ["check_code", "outcome", "attribution"],
        reports=lambda part: part["report_id"].nunique(),
        places=len,
    )
    here = read.current.merge(read.check[read.check["outcome"].isin(COUNTED)], on="report_id", suffixes=("", "_"))
    agencies = by(
        here,
        ["agency_name", "report_year"],
        broken=lambda part: ((part["severity"] == "statutory") & (part["outcome"] == "fail")).sum(),
        open=lambda part: (part["outcome"] == "not_evaluable").sum(),
        source=lambda part: ((part["attribution"] == "source") & (part["outcome"] == "fail")).sum(),
    ).query("broken + open > 0")

    assert rows(read.ask("Which statutory sums do not hold?"), rules.columns) == rows(rules)
    assert rows(read.ask("Whose totals are wrong most often?"), agencies.columns) == rows(agencies)


def test_10_departments_of_one_city(read: Read) -> None:
    """Requests, refusals and rank among departments of the same city, year, level and scope."""
    frame = read.table("requests", "total").dropna(subset=["req_new"]).query("agency_type == 'dept'")
    city = ["province", "prefecture", "report_year", "agency_level", "scope"]
    frame["rank"] = frame.groupby(city)["req_new"].rank(method="min", ascending=False)
    frame["of"] = frame.groupby(city)["req_new"].transform("size")
    frame["deny_rate"] = frame["res_deny"] / frame["res_total"].where(frame["res_total"] > 0)
    columns = [*city, "agency_name", "req_new", "deny_rate", "rank", "of", "doubt"]

    assert rows(read.ask("How do the departments of one city compare?"), columns) == rows(frame, columns)


def test_11_what_an_area_contains(read: Read) -> None:
    """Agencies in the area whose requests its own total counts already."""
    frame = read.table("requests", "total")
    expected = []
    for area in frame[frame["scope"] == "area"].itertuples():
        inside = frame[(frame["scope"] == "own") & (frame["report_year"] == area.report_year)]
        for place in ("province", "prefecture", "county"):
            if getattr(area, place):
                inside = inside[inside[place] == getattr(area, place)]
        counted = inside["req_new"].sum(min_count=1)
        expected.append((area.agency_name, area.report_year, area.req_new, inside["req_new"].count(), counted))
    found = read.ask("What does a report of a whole area contain?")

    assert rows(found.drop(columns="doubt")) == rows(pd.DataFrame(expected))
    assert found["inside"].max() > 0


def test_11_what_may_be_added_up(read: Read) -> None:
    """Requests by year, without those of agencies whose area has a report of the year that counts them, too."""
    frame = read.with_fujian(read.table("requests", "total"), "req_new")
    frame["code"] = frame["agency_id"].str[:12]
    digits = {1: 2, 2: 4, 3: 6}
    wide = frame[(frame["agency_type"] != "dept") & frame["scope"].isin(["area", "unknown"])]

    def within(part: pd.Series) -> bool:
        above = wide[(wide["report_year"] == part["report_year"]) & (wide["agency_level"] <= part["agency_level"])]
        above = above[above["report_id"] != part["report_id"]]
        return any(part["code"].startswith(row.code[: digits[row.agency_level]]) for row in above.itertuples())

    frame["within"] = frame.apply(within, axis=1)
    expected = by(
        frame,
        ["report_year"],
        req_new=lambda part: part[~part["within"]]["req_new"].sum(min_count=1),
        reports=lambda part: part[~part["within"]]["req_new"].count(),
        within=lambda part: part[part["within"]]["req_new"].count(),
    )
    found = read.ask("How many requests in all")

    assert rows(found, expected.columns) == rows(expected)
    assert found["within"].sum() > 0


def test_12_fees(read: Read) -> None:
    """Fees of both kinds by province and year, each in its unit."""
    cells = read.cell[read.cell["indicator_code"].isin(["fee_amount_10k", "infofee_collected_yuan"])]
    place = ["report_id", "province", "agency_level", "agency_type", "scope"]
    expected = by(
        cells.merge(read.current[place], on="report_id"),
        ["indicator_code", "unit", "province", *LIKE],
        reports=printed("value"),
        collected=total("value"),
    )
    found = read.ask("Which fees were collected")

    assert rows(found, expected.columns) == rows(expected)
    assert 96171.6 in set(found["collected"].astype(float))  # 淮安 2024


def test_13_normative_documents(read: Read) -> None:
    """Made and public in 2019, issued, repealed and in force since 2021: each in its own column."""
    expected = by(
        read.table("proactive").query("report_year >= 2019"),
        ["edition", *LIKE],
        reports=len,
        doubtful=doubtful("report_id"),
        made=total("normdoc_made"),
        public_total=total("normdoc_public_total"),
        issued=total("normdoc_issued"),
        repealed=total("normdoc_repealed"),
        in_force=total("normdoc_in_force"),
    )

    assert rows(read.ask("How are normative documents counted"), expected.columns) == rows(expected)


def test_15_how_many_numbers_are_in_doubt(read: Read) -> None:
    """By code of rule or issue, over the numbers of current reports."""
    cells = read.cell.dropna(subset=["value"]).merge(read.current[["report_id"]], on="report_id")
    places = zip(cells["report_id"], cells["indicator_code"], cells["applicant_code"], strict=True)
    because = pd.DataFrame(
        [(place[0], code) for place in places for code in read.doubts.get(place, ())], columns=["report_id", "code"]
    )
    expected = by(
        because, ["code"], numbers=len, reports=lambda part: part["report_id"].nunique(), of=lambda _: len(cells)
    )
    found = read.ask("How many numbers are in doubt")

    assert rows(found, expected.columns) == rows(expected)
    assert found["title"].notna().all()


def test_16_a_number_is_cited(read: Read) -> None:
    """File, digest, table, row and column: those of the file as it lies there, read by hand."""
    [cited] = read.ask("Where on the page does this number stand?").to_dict("records")
    file = SHARED / "corpus" / cited["source_name"]
    hand = pd.read_csv(SHARED / "corpus" / "expected" / f"{file.name}.csv", dtype=str, encoding="utf-8-sig")

    assert hashlib.sha256(file.read_bytes()).hexdigest().startswith(cited["sha256"])
    assert set(hand[hand["indicator_code"] == "rev_corrected"]["printed"]) == {cited["printed"]}


def test_17_what_was_believed_before(read: Read) -> None:
    """Before the first load nothing; before the correction, the figure it corrects."""
    then = f"""
        SELECT value FROM fact_as_of(TIMESTAMP '{read.between}')
        WHERE agency_name = '{COUNTY}' AND report_year = 2025
            AND indicator_code = 'req_new' AND applicant_code = 'total'
    """
    ours = read.cell[(read.cell["agency_name"] == COUNTY) & (read.cell["report_year"] == 2025)]
    ours = ours[(ours["indicator_code"] == "req_new") & (ours["applicant_code"] == "total")]
    [old], [new] = (ours[ours["is_current"] == current]["value"] for current in (False, True))

    assert rows(read.ask("What did we believe on a day?")) == [("in 2020", 0), ("in 2100", 1)]
    assert [float(value) for value in query(read.store, then)["value"].to_pylist()] == [old]
    assert old / 12 == new / 13


def test_18_what_the_last_run_changed(read: Read) -> None:
    """The correction changes every number that is not 0, and nothing of anyone else."""
    ours = read.cell[(read.cell["agency_name"] == COUNTY) & (read.cell["report_year"] == 2025)]
    place = ["indicator_code", "applicant_code"]
    sides = [ours[ours["is_current"] == current].set_index(place).sort_index() for current in (0, 1)]
    changed = (sides[0]["value"] != sides[1]["value"]).sum()

    assert rows(read.ask("What did the last run change?")) == [("MOD", changed, 1)]
    assert (COUNTY, 2025, "correction", changed) in rows(
        read.ask("Who corrected a report"), ["agency_name", "report_year", "relation", "cells"]
    )


def test_19_who_asks(read: Read) -> None:
    """Requests by kind of applicant, their share, and how often each is refused."""
    kinds = set(read.cell["applicant_code"]) - {"", "total"}
    frame = pd.concat([read.table("requests", kind).assign(applicant_code=kind) for kind in kinds])
    expected = by(
        frame,
        [*LIKE, "applicant_code"],
        reports=printed("req_new"),
        doubtful=doubtful("req_new"),
        asked=total("req_new"),
        deny_rate=share("res_deny", "res_total"),
    ).query("asked > 0")
    expected["share"] = expected["asked"] / expected.groupby(LIKE)["asked"].transform("sum")

    assert rows(read.ask("Who asks?"), expected.columns) == rows(expected)


def test_20_licences_and_penalties(read: Read) -> None:
    """By province, year and edition; reports that print no number are no 0."""
    expected = by(
        read.table("proactive").query("report_year >= 2019"),
        ["province", "edition", *LIKE],
        reports=len,
        doubtful=doubtful("report_id"),
        licences=printed("licence_decisions"),
        licence_decisions=total("licence_decisions"),
        penalties=printed("penalty_decisions"),
        penalty_decisions=total("penalty_decisions"),
    )

    assert rows(read.ask("How many licences were decided"), expected.columns) == rows(expected)


def test_21_lawsuits(read: Read) -> None:
    """Lawsuits with an outcome, brought directly and after a review, and how many corrected the agency."""
    frames = []
    for way, code in (("direct", "lit_direct"), ("after review", "lit_after_rev")):
        frame = read.table("review").assign(way=way)
        frame["concluded"] = frame[f"{code}_upheld"] + frame[f"{code}_corrected"] + frame[f"{code}_other"]
        frames.append(frame.assign(corrected=frame[f"{code}_corrected"]))
    expected = by(
        pd.concat(frames),
        [*LIKE, "way"],
        reports=printed("concluded"),
        doubtful=doubtful("concluded"),
        concluded=total("concluded"),
        corrected=total("corrected", "concluded"),
        corrected_rate=share("corrected", "concluded"),
    ).query("concluded > 0")

    assert rows(read.ask("Are cases won in court?"), expected.columns) == rows(expected)


def test_22_what_is_carried_over_comes_in(read: Read) -> None:
    """The pairs of years in which it does not."""
    expected = [
        (new["agency_name"], float(new["report_year"]), old["req_carried_out"], new["req_carried_in"])
        for old, new in years(read.table("requests", "total"))
        if new["req_carried_in"] != old["req_carried_out"] and pd.notna(new["req_carried_in"] + old["req_carried_out"])
    ]
    columns = ["agency_name", "report_year", "carried_out_before", "carried_in"]

    assert rows(read.ask("Does what was carried over come in again?"), columns) == sorted(expected, key=repr)
    assert expected


def test_23_tenfold_jumps(read: Read) -> None:
    """Requests at least ten times as many, or as few, as the year before."""
    expected = []
    for old, new in years(read.with_fujian(read.table("requests", "total"), "req_new")):
        few, many = sorted((old["req_new"], new["req_new"]))
        if many >= 10 and many >= 10 * few:
            expected.append((new["agency_name"], float(new["report_year"]), old["req_new"], new["req_new"]))
    columns = ["agency_name", "report_year", "value_before", "value"]

    assert rows(read.ask("Which numbers of requests jumped tenfold?"), columns) == sorted(expected, key=repr)
    assert [year for _, year, *_ in expected] == [2023, 2019]


def test_24_blank_or_zero(read: Read) -> None:
    """Of how many reports the table of reviews and lawsuits is blank, all 0, or has numbers."""
    values = read.cell[read.cell["table_key"] == "review"].groupby("report_id")["value"].apply(list).to_dict()

    def state(report: str) -> str:
        if (found := values.get(report)) is None:
            return "no table"
        numbers = [value for value in found if pd.notna(value)]
        if len(numbers) < len(found):
            return "partly blank" if numbers else "blank"
        return "numbers" if max(numbers) else "all 0"

    frame = read.current.assign(state=read.current["report_id"].map(state))
    expected = by(frame, ["report_year", "state"], reports=len)

    assert rows(read.ask("Is the review table blank, or zero?"), expected.columns) == rows(expected)


def test_25_a_tidy_panel(read: Read) -> None:
    """A row an agency, year and scope, with the code of its place and the figures its cells print."""
    frame = read.table("requests", "total")
    review = read.table("review").set_index("report_id")
    frame["rev_total"] = frame["report_id"].map(review["rev_total"])
    frame["lit_total"] = frame["report_id"].map(
        review[["lit_direct_total", "lit_after_rev_total"]].sum(axis=1, min_count=1)
    )
    frame["doubt"] = frame["report_id"].map(read.worst(lambda *_: True))
    frame.loc[frame["report_id"].isin(read.lacking), "doubt"] = "reading"  # what should be there and is not
    frame["req_closed"] = frame["res_total"]
    frame = read.with_fujian(frame, *FUJIAN)
    found = read.ask("A tidy panel for R or a spreadsheet")
    columns = [name for name in found if name != "gb2260"]

    assert rows(found, columns) == rows(frame, columns)
    assert not found.duplicated(["agency_id", "report_year", "scope"]).any()
    assert {f"{code}000000" for code in found["gb2260"]} <= {division.code for division in divisions()}


def test_every_word_a_column_holds_is_in_the_dictionary(read: Read) -> None:
    """Verdicts, scopes, kinds, states and such, in whatever view they stand."""
    texts = "schema_name = 'main' AND data_type = 'VARCHAR'"
    columns = f"SELECT table_name, column_name FROM duckdb_columns() WHERE {texts}"
    asked = 0
    for view, column in query(read.store, columns).to_pandas().itertuples(index=False):
        if known := value_texts().get(column):
            held = query(read.store, f"SELECT DISTINCT {column} FROM {view} WHERE {column} <> ''")[column].to_pylist()
            assert set(held) <= known.keys(), (view, column)
            asked += len(held)
    assert asked > 200


def test_examples_ask_of_the_store_at_hand(read: Read) -> None:
    """Every example runs there; none is empty but where there is nothing of the kind."""
    asked = {entry.name: entry.example for entry in dictionary(read.store) if entry.example}
    empty = {name for name, example in asked.items() if not query(read.store, example).num_rows}
    assert len(asked) > 50
    assert empty <= {"attachment", "dim_agency_today", "fact_legacy", "version_change"}
