"""A release: what is in it, that it says the same as the warehouse, and that it is the same every time."""

import csv
import hashlib
import json
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import frictionless
import pytest
from python_calamine import CalamineWorkbook

from tests.warehouse.conftest import Store
from warehouse.dictionary import dictionary, markdown
from warehouse.export import export, to_csv
from warehouse.lake.errors import StoreError
from warehouse.query import QueryError


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """Three reports of two years, one quarantined."""
    store = Store(tmp_path_factory.mktemp("filled") / "store")
    store.add("a", year=2022, province="江苏省", cells=[
        ("requests", "req_new", "total", "3", 3), ("requests", "res_full", "total", "", "blank"),
        ("proactive", "fee_amount_10k", "", "24252.311082", Decimal("24252.311082")),
        ("proactive", "licence_decisions", "", "999999999999", 999_999_999_999),
    ])  # fmt: skip
    store.add("b", year=2023, province="浙江省", agency_name="某县“新区”,\n管委会", cells=[
        ("requests", "req_new", "total", "0", 0),
    ])  # fmt: skip
    store.add("c", year=2023, agency="X", verdict="quarantined", reason="table_missing")
    store.commit()
    store.build()
    return store


@pytest.fixture(scope="module")
def release(filled):
    """The release of all of it."""
    to = filled.path.parent / "release"
    export(filled.path, to)
    return to


def test_a_release_says_what_the_warehouse_says(filled, release):
    """Facts by year, tables as CSV with a byte order mark and every digit; null stays apart from 0."""
    to = release
    columns = "agency_id, report_year, indicator_code, value, kind, printed, report_id"
    facts = duckdb.sql(f"SELECT {columns} FROM read_parquet('{to}/parquet/fact/*/*.parquet') ORDER BY ALL").fetchall()
    assert facts == filled.ask(f"SELECT {columns} FROM fact ORDER BY ALL")
    assert len(facts) == 5
    data = (to / "csv" / "disclosure_summary.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = {row["report_year"]: row for row in csv.DictReader(data.decode("utf-8-sig").splitlines(keepends=True))}
    assert rows["2022"]["fee_amount_10k"] == "24252.311082"
    requests = list(csv.DictReader((to / "csv" / "request_summary.csv").open(encoding="utf-8-sig", newline="")))
    assert [(row["req_new"], row["res_full"]) for row in requests] == [("3", ""), ("0", "")]
    assert requests[1]["agency_name"] == "某县“新区”,\n管委会"
    assert "c" * 16 in (to / "csv" / "report.csv").read_text("utf-8-sig")


def test_a_spreadsheet_gets_no_formulas(store, tmp_path):
    """In CSV a text that begins like a formula gets an apostrophe, a plain negative number stays; not in Parquet."""
    texts = ["=1+1", "@sum", "+1", "-1-1", " =1", "＝1", "-12.5", "1=1", "－3"]
    for letter, text in zip("abcdefghi", texts, strict=True):
        store.add(letter, agency=letter, title=text, cells=[("requests", "req_new", "total", "1", 1)])
    store.commit()
    store.build()
    export(store.path, tmp_path / "out")
    rows = csv.DictReader((tmp_path / "out" / "csv" / "report.csv").open(encoding="utf-8-sig", newline=""))
    guarded = ["'=1+1", "'@sum", "'+1", "'-1-1", "' =1", "'＝1", "-12.5", "1=1", "'－3"]
    assert [row["title"] for row in rows] == guarded
    titles = duckdb.sql(f"SELECT title FROM '{tmp_path}/out/parquet/report.parquet' ORDER BY agency_id").fetchall()
    assert [title for (title,) in titles] == texts


def test_the_workbook_keeps_every_digit(release):
    """Labels over names; numbers are numbers, ids are text, null is an empty cell; the columns are explained."""
    book = CalamineWorkbook.from_path(release / "gongkai.xlsx")
    assert book.sheet_names == [
        "panel",
        "report",
        "disclosure_summary",
        "request_summary",
        "review_summary",
        "dictionary",
    ]
    labels, names, *rows = book.get_sheet_by_name("disclosure_summary").to_python()
    first = dict(zip(names, rows[0], strict=True))
    assert labels[names.index("fee_amount_10k")].startswith("第二十条第（八）项")
    assert first["fee_amount_10k"] == 24252.311082
    assert first["licence_decisions"] == 999999999999
    assert first["rules_issued"] == ""
    assert first["agency_id"] == "321300000000"
    explained = {tuple(row[:2]) for row in book.get_sheet_by_name("dictionary").to_python()}
    assert {("panel", "deny_rate"), ("report", "verdict")} <= explained


def test_the_package_is_valid(release):
    """As the standard's own program judges it: types, keys and what they lead to, sizes and hashes."""
    report = frictionless.validate(str(release / "datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])


def test_a_selection_of_nothing_is_no_release(filled, tmp_path):
    """It is told, and nothing is written."""
    with pytest.raises(QueryError, match="no report"):
        export(filled.path, tmp_path / "out", "report_year = 1900")
    assert not (tmp_path / "out").exists()


def test_equal_content_gives_equal_bytes(filled, tmp_path):
    """A release of one store, and one of its rebuilt warehouse, differ in nothing but the DuckDB file."""
    export(filled.path, tmp_path / "one", "TRUE")
    (filled.path / "gongkai.duckdb").unlink()
    filled.build()
    export(filled.path, tmp_path / "two", "TRUE")
    sums = {(tmp_path / name / "SHA256SUMS").read_text() for name in ("one", "two")}
    assert len(sums) == 1
    for line in sums.pop().splitlines():
        digest, path = line.split("  ")
        assert hashlib.sha256((tmp_path / "one" / path).read_bytes()).hexdigest() == digest


def test_a_selection_holds_only_what_was_asked_for(filled, tmp_path):
    """A condition on reports restricts everything that speaks of reports; the whole file is left out."""
    written = export(filled.path, tmp_path / "out", "province = '江苏省'")
    names = {path.as_posix() for path in written}
    assert "parquet/fact/report_year=2022/part.parquet" in names
    assert "parquet/fact/report_year=2023/part.parquet" not in names
    assert "gongkai.duckdb" not in names
    report = (tmp_path / "out" / "csv" / "report.csv").read_text("utf-8-sig")
    assert report.count("\n") == 2


@pytest.mark.parametrize("where", ["province =", "1 = 1; DROP TABLE meta", "no_column = 3"])
def test_a_bad_condition_is_told(filled, tmp_path, where):
    """What is no condition on reports is refused with the place to look."""
    with pytest.raises(QueryError, match=r"condition|columns of the view report"):
        export(filled.path, tmp_path / "out", where)


def test_a_release_as_of_a_day_is_the_one_made_then(store, tmp_path):
    """What came later is in no file of it; before the first commit there is none."""
    march, april = (datetime(2026, month, 1) for month in (3, 4))  # noqa: DTZ001 - the store's times are UTC
    store.add("a", cells=[("requests", "req_new", "total", "3", 3)])
    store.lake.commit(store.take(), store.record("r1", finished_at=march))
    store.build()
    export(store.path, tmp_path / "then")
    store.add(
        "b", published=9, cells=[("requests", "req_new", "total", "4", 4)], checks=[("R3-BAL", "fail", "req_new/total")]
    )
    store.lake.commit(store.take("r2"), store.record("r2", finished_at=april))
    store.build()
    export(store.path, tmp_path / "later", as_of=march + timedelta(days=3))
    sums = [(tmp_path / name / "SHA256SUMS").read_text().splitlines() for name in ("then", "later")]
    same = [[line for line in lines if not line.endswith("gongkai.duckdb")] for lines in sums]
    assert same[0] == same[1]
    facts = duckdb.connect(str(tmp_path / "later" / "gongkai.duckdb"), read_only=True).sql(
        "SELECT value, doubt FROM fact"
    )
    assert facts.fetchall() == [(3, "")]
    assert store.ask("SELECT value, doubt FROM fact") == [(4, "identity")]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".gongkai")]
    with pytest.raises(StoreError, match=r"no commit .the first is of 2026-03-01"):
        export(store.path, tmp_path / "none", as_of=march - timedelta(days=1))


def test_what_a_spreadsheet_would_change_stays_text(store, tmp_path):
    """In CSV it gets an apostrophe, as formulas do, and means the same in every file; in Parquet none."""
    ids = ["0123", "12345678e9012345", "1.5E3", "2021-3-1", "3/4", "1.2.2021", "12:30", "321300000000"]
    for letter, text in zip("abcdefgh", ids, strict=True):
        store.add(letter, agency=text, title="2021", cells=[("requests", "req_new", "total", "1", 1)])
    store.commit()
    store.build()
    export(store.path, tmp_path / "out")
    for name in ("report", "panel", "dim_agency", "coverage"):
        rows = list(csv.DictReader((tmp_path / "out" / "csv" / f"{name}.csv").open(encoding="utf-8-sig", newline="")))
        assert {row["agency_id"] for row in rows} == {f"'{text}" for text in ids}
        assert {row.get("title", "2021") for row in rows} == {"2021"}  # a short number stays what it is
    plain = duckdb.sql(f"SELECT agency_id FROM '{tmp_path}/out/parquet/panel.parquet' ORDER BY ALL").fetchall()
    assert [text for (text,) in plain] == sorted(ids)


def test_nothing_is_overwritten(filled, tmp_path):
    """A folder with something in it is left alone."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="something is there"):
        export(filled.path, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_data_package_describes_the_files(release):
    """Every resource is there, with the columns, size and hash the package states."""
    to = release
    package = json.loads((to / "datapackage.json").read_text("utf-8"))
    names = [resource["name"] for resource in package["resources"]]
    assert len(set(names)) == len(names) > 20
    for resource in package["resources"]:
        file = to / resource["path"]
        fields = [field["name"] for field in resource["schema"]["fields"]]
        assert all(field["title"] and field["description"] for field in resource["schema"]["fields"])
        if resource["format"] == "csv":
            assert next(csv.reader(file.open(encoding="utf-8-sig", newline=""))) == fields
            assert resource["hash"] == "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()
            assert resource["bytes"] == file.stat().st_size
        else:
            described = duckdb.sql(f"DESCRIBE FROM read_parquet('{file}', hive_partitioning = false)").fetchall()
            assert [row[0] for row in described] == fields


def test_the_dictionary_tells_everything():
    """Views, columns, codes: each in both languages; money, articles and warnings where they belong."""
    entries = dictionary()
    kinds = {entry.kind for entry in entries}
    assert kinds == {"view", "column", "function", "indicator", "applicant", "series", "issue", "rule", "value"}
    assert all(entry.zh and entry.en for entry in entries)
    fee = next(entry for entry in entries if entry.name == "fee_amount_10k" and entry.kind == "indicator")
    assert (fee.of, fee.unit, fee.edition, fee.article, fee.type) == ("二", "万元", "2021", "20(8)", "amount")
    assert "切勿" in fee.note_zh
    questions = {entry.name: entry.note_en for entry in entries if entry.kind == "view"}
    assert questions["fact"].startswith("what does an agency report")
    page = markdown(entries)
    assert "## `fact`" in page
    codes = [line for line in page.partition("## 指标")[2].splitlines() if line.startswith("| `")]
    assert len(codes) > 100
    assert {line.count("|") - line.count("\\|") for line in codes} == {11}
    assert len(list(csv.reader(to_csv(entries).splitlines()))) == len(entries) + 1
