"""A release as people open it: pandas, polars, DuckDB and LibreOffice read the same figures with the right types."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tests.producers import OFFICE
from tests.warehouse.conftest import Store
from warehouse.export import export

MONEY = Decimal("24252.311082")
AGENCY, REPORT = "321300000000", "1" * 16
WIDE = ("panel", "request_summary", "disclosure_summary", "review_summary", "request_rates", "review_outcomes")


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report whose id is digits only, with money, a count beyond 32 bits, a blank and a rate."""
    store = Store(tmp_path_factory.mktemp("opened") / "store")
    store.add("1", agency=AGENCY, province="江苏省", agency_level=2, agency_type="gov", cells=[
        ("proactive", "fee_amount_10k", "", str(MONEY), MONEY),
        ("proactive", "licence_decisions", "", "27600000000", 27_600_000_000),
        ("proactive", "rules_issued", "", "", "blank"),
        ("requests", "req_new", "total", "4", 4), ("requests", "res_total", "total", "4", 4),
        ("requests", "res_full", "total", "1", 1), ("requests", "res_partial", "total", "0", 0),
        ("review", "rev_total", "", "0", 0),
    ])  # fmt: skip
    store.commit()
    store.build()
    export(store.path, store.path.parent / "release")
    return store.path.parent / "release"


def test_pandas(release: Path) -> None:
    """Parquet: counts whole, rates floating, money exact, a blank null; CSV: ids are text, figures are numbers."""
    panel, disclosure = (pd.read_parquet(release / "parquet" / f"{n}.parquet") for n in ("panel", "disclosure_summary"))
    assert (panel["req_new"].dtype, panel["grant_rate"].dtype) == ("int64", "float64")
    assert (disclosure["fee_amount_10k"][0], disclosure["licence_decisions"][0]) == (MONEY, 27_600_000_000)
    assert disclosure["rules_issued"].isna()[0]
    table = pd.read_csv(release / "csv" / "panel.csv")
    assert (table["agency_id"][0], table["report_id"][0]) == (f"'{AGENCY}", f"'{REPORT}")
    assert (table["req_new"][0], table["fee_amount_10k"][0]) == (4, float(MONEY))


def test_polars(release: Path) -> None:
    """The same, with decimals kept."""
    frame = pl.read_parquet(release / "parquet" / "disclosure_summary.parquet")
    assert frame.schema["licence_decisions"] == pl.Int64
    assert frame["fee_amount_10k"][0] == MONEY
    assert frame["rules_issued"][0] is None
    facts = pl.scan_parquet(release / "parquet" / "fact" / "*" / "*.parquet", hive_partitioning=True)
    assert facts.select(pl.col("value").count()).collect().item() == 7
    csv = pl.read_csv(release / "csv" / "panel.csv")
    assert (csv.schema["agency_id"], csv.schema["req_new"]) == (pl.String, pl.Int64)


@pytest.mark.parametrize("table", WIDE)
def test_duckdb_and_the_package_agree_on_every_type(release: Path, table: str) -> None:
    """The Parquet file has the types of the warehouse, CSV is read with them, and the data package says them."""
    parquet = f"'{release}/parquet/{table}.parquet'"
    described = {name: kind for name, kind, *_ in duckdb.sql(f"DESCRIBE FROM {parquet}").fetchall()}
    with duckdb.connect(str(release / "gongkai.duckdb"), read_only=True) as warehouse:
        assert described == {name: kind for name, kind, *_ in warehouse.sql(f"DESCRIBE {table}").fetchall()}
        here = warehouse.sql(f"FROM {table}").fetchall()
    assert here == duckdb.sql(f"FROM {parquet}").fetchall()
    read = duckdb.sql(f"FROM read_csv('{release}/csv/{table}.csv', types = {described!r})").fetchall()
    assert [tuple(map(told, row)) for row in read] == [tuple(map(told, row)) for row in here]
    package = json.loads((release / "datapackage.json").read_text("utf-8"))
    (resource,) = [r for r in package["resources"] if r["path"] == f"csv/{table}.csv"]
    kinds = {"VARCHAR": "string", "BIGINT": "integer", "INTEGER": "integer", "DATE": "date"}
    assert {f["name"]: f["type"] for f in resource["schema"]["fields"]} == {
        name: kinds.get(kind, "number") for name, kind in described.items()
    }


def told(value: object) -> object:
    """A value as CSV tells it: an empty text is nothing, an id bears its apostrophe."""
    return value.lstrip("'") or None if isinstance(value, str) else value


@pytest.mark.slow
@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize("file", ["gongkai.xlsx", "csv/panel.csv"])
def test_libreoffice(release: Path, tmp_path: Path, file: str) -> None:
    """Opened and saved again, ids are still ids and figures numbers, in the workbook and in CSV."""
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    opened = [] if file.endswith("xlsx") else ["--infilter=CSV:44,34,76"]
    saved = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path), str(release / file)]
    subprocess.run([OFFICE, profile, "--headless", *opened, *saved], check=True, capture_output=True, timeout=120)
    book = CalamineWorkbook.from_path(tmp_path / f"{Path(file).stem}.xlsx")
    rows = book.get_sheet_by_name("panel" if file.endswith("xlsx") else book.sheet_names[0]).to_python()
    names, first = (rows[1], rows[2]) if file.endswith("xlsx") else (rows[0], rows[1])
    found = dict(zip(names, first, strict=True))
    assert (str(found["agency_id"]).lstrip("'"), str(found["report_id"]).lstrip("'")) == (AGENCY, REPORT)
    assert (found["req_new"], found["fee_amount_10k"], found["grant_rate"]) == (4, float(MONEY), 0.25)
