"""A store's lake of any size, made up: real schema, real divisions, plausible values, the same on every run.

Run ``python -m benchmarks.lake FOLDER REPORTS``. DuckDB writes the Parquet parts straight; 1,000,000 reports
(200 million cells, 48 million checks) take some minutes and about 3 GB. The figures of a report do not add up:
they are there to be counted, summed and found, not to be judged.
"""

import hashlib
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from extract.forms import load_forms
from transform.agencies import Directory
from transform.reference import divisions
from warehouse.schema import lake_tables

COMMITS = 60
YEARS = range(2019, 2026)
DEPARTMENTS = (
    "发展和改革局 教育局 科学技术局 工业和信息化局 "
    "公安局 民政局 司法局 财政局 人力资源和社会保障局 自然资源局 生态环境局 "
    "住房和城乡建设局 交通运输局 水利局 农业农村局 商务局 文化和旅游局 卫生健康委员会 退役军人事务局 应急管理局 "
    "审计局 "
    "市场监督管理局 统计局 医疗保障局 林业局 城市管理局 信访局 行政审批局 人民防空办公室 人民政府办公室"
).split()
STARTED = datetime(2026, 1, 1)  # noqa: DTZ001 - the store's times are UTC without a zone


def agencies() -> pa.Table:
    """Every division and thirty departments of each government above the townships."""
    directory = Directory.load()
    rows = []
    for division in divisions():
        try:
            government = directory.agency(division.code)
        except KeyError:  # 市辖区 and other codes that are no place
            continue
        bodies = [government]
        if division.level < 4:
            bodies += [directory.agency(f"{division.code}-{name}") for name in DEPARTMENTS]
        rows += [
            {
                "agency_id": body.agency_id,
                "agency_name": body.name,
                "division_code": body.division_code,
                "agency_level": body.level,
                "agency_type": body.type,
                "province": body.province,
                "prefecture": body.prefecture,
                "county": body.county,
                "parent_id": body.parent_id,
            }
            for body in bodies
        ]
    return pa.Table.from_pylist(rows)


def cells() -> pa.Table:
    """Every printed cell of each edition, with how large its numbers are."""
    rows = []
    for edition, form in load_forms().items():
        for key, table in form.tables.items():
            for block, line in table.standard_lines:
                for column in block.leaves:
                    indicator, applicant = table.address(line, column)
                    rare = len(line.path) > 2 or applicant.startswith("org_")
                    size = 0.02 if rare else 0.2 if key == "review" else 1.0
                    rows.append(
                        {
                            "edition": edition,
                            "table_key": key,
                            "indicator_code": indicator,
                            "applicant_code": applicant,
                            "unit": column.unit or "件",
                            "money": column.type == "amount",
                            "size": size,
                            "grid": len({row["table_key"] for row in rows if row["edition"] == edition} | {key}),
                            "grid_row": len(rows) % 40 + 1,
                            "grid_column": len(rows) % 9 + 1,
                        }
                    )
    return pa.Table.from_pylist(rows)


# u(key, salt): a number in [0, 1) that depends on nothing else.
_SETUP = """
CREATE MACRO u(key, salt) AS (hash(key, salt) >> 11)::DOUBLE / 9007199254740992;
-- Two in a hundred reports are published twice; agencies come year by year, as they do in life.
CREATE TABLE reports AS
WITH once AS (
    SELECT agency.*, report_year, unnest(CASE WHEN u(agency_id, report_year) < 0.02 THEN [1, 2] ELSE [1] END) AS copy
    FROM agency CROSS JOIN (SELECT unnest($years)::INTEGER AS report_year)
),
numbered AS (
    SELECT *, row_number() OVER (ORDER BY report_year, hash(agency_id), agency_id, copy) - 1 AS number FROM once
)
SELECT
    sha256(agency_id || '/' || report_year || '/' || copy) AS document_sha256,
    document_sha256[:16] AS report_id,
    * EXCLUDE (number),
    CASE WHEN agency_type = 'gov' THEN 'area' ELSE 'own' END AS scope,
    CASE WHEN report_year < 2021 THEN '2019' ELSE '2021' END AS edition,
    u(report_id, 1) AS luck,
    CASE WHEN luck < 0.01 THEN 'quarantined' WHEN luck < 0.15 THEN 'flagged' ELSE 'pass' END AS verdict,
    10 ** (3.2 - agency_level * 0.6 + u(agency_id, 0)) AS magnitude,
    number // $batch + $first AS commit_seq
FROM numbered WHERE number < $reports;
"""

_TABLES = {
    "document": """
        SELECT document_sha256,
            'https://www.gov.example/' || division_code || '/' || report_id || '.html' AS source_name,
            'text/html' AS media_type, 40000 + (u(report_id, 2) * 50000)::BIGINT AS bytes, NULL::BIGINT AS modified_ns,
            'utf-8' AS encoding, $now AS first_seen, 'report' AS outcome, '' AS reason, report_id,
            $fingerprint AS fingerprint
        FROM batch""",
    "report": """
        SELECT batch.* EXCLUDE (copy, magnitude, luck, commit_seq),
            agency_name || report_year || '年政府信息公开工作年度报告' AS title,
            make_date(report_year + 1, 1, 1) + (u(report_id, 3) * 90)::INTEGER AS published_on,
            CASE verdict WHEN 'pass' THEN '' WHEN 'flagged' THEN 'R3-ROW' ELSE 'table_missing' END AS reason,
            $now AS loaded_at
        FROM batch""",
    "cell": """
        SELECT * EXCLUDE (money, size, magnitude, n, z),
            CASE WHEN kind = 'number' THEN value::VARCHAR WHEN kind = 'zero' THEN '0' ELSE '' END AS printed
        FROM (
            SELECT report_id, cells.*, magnitude,
                u(report_id, indicator_code || applicant_code) AS n,
                u(report_id || indicator_code, applicant_code) AS z,
                CASE WHEN z < 0.02 THEN 'blank' WHEN z < 0.025 THEN 'missing'
                    WHEN n * magnitude * size < 0.5 THEN 'zero' ELSE 'number' END AS kind,
                CASE kind WHEN 'number' THEN
                    CASE WHEN money THEN (n * magnitude * 31.4159)::DECIMAL(18,6) ELSE round(n * magnitude * size) END
                WHEN 'zero' THEN 0 END::DECIMAL(18,6) AS value,
                'labelled' AS method, '' AS issue, NULL::DECIMAL(18,6) AS suggested_value,
                CASE WHEN kind = 'missing' THEN '' ELSE
                    'table[' || grid || ']/tr[' || grid_row || ']/td[' || grid_column || ']' END AS place
            FROM batch JOIN cells USING (edition)
        )""",
    "quality_check": """
        SELECT 'made up ' || $seq AS run_id, report_id, agency_id, report_year, check_code, 'statutory' AS severity,
            CASE WHEN verdict = 'flagged' AND number = 7 THEN 'fail' ELSE 'pass' END AS outcome,
            CASE WHEN verdict = 'flagged' AND number = 7 THEN 'source' ELSE '' END AS attribution,
            check_code || '/' || number AS location, 'sum and total equal' AS expected,
            'sum ' || number || ', total ' || (number + (outcome = 'fail')::INTEGER) AS found,
            NULL::DECIMAL(18,6) AS suggested_value,
            CASE WHEN outcome = 'fail' THEN location || '：各项之和与总计不等' ELSE '' END AS message_zh,
            CASE WHEN outcome = 'fail' THEN location || ': the parts do not add up' ELSE '' END AS message_en
        FROM batch, (
            SELECT unnest(generate_series(1, 48)) AS number,
                ['R3-ROW', 'R3-BAL', 'R3-TOT', 'R4-SUM'][number % 4 + 1] AS check_code
        )""",
    "quality_issue": """
        SELECT report_id, document_sha256, 'unit_inferred' AS code, 'heuristic' AS severity, 'requests' AS location,
            '' AS found, 'a unit' AS expected, 'procure_amount_10k' AS indicator_code, '' AS applicant_code
        FROM batch WHERE verdict <> 'pass'""",
}  # fmt: skip


def generate(
    store: Path, reports: int, *, first: int = 1, skip: int = 0, commits: int = COMMITS, fingerprint: str = "made up"
) -> int:
    """Append commits to the lake of a store, numbered from `first`; returns how many cells.

    `skip` leaves out the first reports of the sequence, so that a second call adds others. `fingerprint` is what the
    documents are said to have been read with.
    """
    batch = -(-(reports) // commits)
    counted = 0
    with duckdb.connect(config={"threads": 2, "memory_limit": "8GB"}) as connection:
        connection.register("agency", agencies())
        connection.register("cells", cells())
        years = list(YEARS)
        start = first - skip // batch
        parameters = {"years": years, "batch": batch, "first": start, "reports": reports + skip}
        for statement in duckdb.extract_statements(_SETUP):
            connection.execute(statement, {n: parameters[n] for n in statement.named_parameters})
        connection.execute("CREATE OR REPLACE TABLE cells AS SELECT * FROM cells")
        for seq in range(first, first + commits):
            connection.execute("CREATE OR REPLACE TEMP TABLE batch AS FROM reports WHERE commit_seq = $1", [seq])
            now = STARTED + timedelta(hours=seq)
            parts = {}
            for name, sql in _TABLES.items():
                table = lake_tables()[name]
                file = store / "lake" / name / "new.parquet"
                file.parent.mkdir(parents=True, exist_ok=True)
                known = {"now": now, "seq": seq, "fingerprint": fingerprint}
                columns = ", ".join(f"{c.name}::{c.duckdb} AS {c.name}" for c in table.columns)
                order = ", ".join(table.key) or "report_id"
                nulls = ", ".join(f"NULL::{c.duckdb} AS {c.name}" for c in table.columns)
                rows_of = f"(SELECT {nulls} WHERE false) UNION ALL BY NAME ({sql})"
                copy = f"COPY (SELECT {columns} FROM ({rows_of}) ORDER BY {order}) TO '{file}' (COMPRESSION zstd)"
                rows = connection.execute(copy, {n: v for n, v in known.items() if f"${n}" in sql}).fetchall()[0][0]
                data = file.read_bytes()
                parts[name] = {"rows": rows, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                counted += rows if name == "cell" else 0
            run = dict.fromkeys(c.name for c in lake_tables()["run"].columns)
            run |= {"run_id": f"made up {seq}", "started_at": now.isoformat(), "finished_at": now.isoformat()}
            run["files_read"] = 0  # of how long a run takes it says nothing
            body = json.dumps({"parts": parts, "run": run}, ensure_ascii=False, indent=1).encode()
            commit = f"{seq:08d}-{hashlib.sha256(body).hexdigest()[:12]}"
            for name in parts:
                (store / "lake" / name / "new.parquet").rename(store / "lake" / name / f"{commit}.parquet")
            manifests = store / "lake" / "commits"
            manifests.mkdir(exist_ok=True)
            (manifests / f"{commit}.json").write_bytes(body)
    return counted


if __name__ == "__main__":
    print(generate(Path(sys.argv[1]), int(sys.argv[2])), "cells")
