"""What reviewers decide: the causes of doubt that settle most, decisions that have no effect, letters to agencies."""

from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console

from flows.run import Run, find_decided, perform
from flows.show.summary import Summary
from flows.sources.declared import Sources
from transform.agencies import Directory
from transform.corrections import Corrections, ReportKey, check
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake
from warehouse.letter import write_letter
from warehouse.query import query

# The columns of a letter.
_LETTER = ("年度", "表格", "项目", "申请人", "报告原文", "应为", "说明", "来源")
_WIDTHS = (8, 14, 40, 16, 12, 12, 60, 40)
_OPENING = """贵机关公开的政府信息公开工作年度报告中，下列数字不符合报告表格本身的勾稽关系。请对照底数核对。
确有差错的，请更正后重新公布，并告知更正后的网址；原文无误的，请说明缘由。"""


def causes(store: Path) -> pa.Table:
    """What is in doubt, a row a cause as in the view `cause`, those first that settle most. Raises StoreError."""
    return query(store, "FROM cause ORDER BY settles DESC, reports DESC, kind, what")


def problems(store: Path, corrections: Corrections) -> list[str]:
    """Why reviewed decisions have no effect, a line each. Raises StoreError."""
    known = [ReportKey(**row) for row in Lake(store).reports(ReportKey._fields).to_pylist()]
    digests = sorted({report.document_sha256 for report in known if corrections.concerning(report)})
    listed = ", ".join(map(_literal, digests)) or "''"
    printed = {
        (row["document_sha256"], row["place"]): row["printed"]
        for row in query(store, _sql("printed").replace("'' /* documents */", listed)).to_pylist()
    }
    return check(corrections, Directory.load(corrections.aliases), known, printed)


def apply(store: Path, progress: Console) -> Summary:
    """Compute the reports whose decisions changed again, from the transcripts of their files, and load them.

    A file is read again only where the readers changed since. Raises StoreError.
    """
    return perform(Run(Sources.model_construct(sources=[]), store, progress), find=find_decided)


def letter(store: Path, agency: str, to: Path) -> int:
    """Write the sheet an agency is sent, .docx or .xlsx: each figure that breaks a sum of its form, and what it should
    be; returns how many there are. Raises StoreError, also where nothing is wrong.
    """
    rows = query(store, _sql("letter").replace("getvariable('agency')", _literal(agency))).to_pylist()
    if not rows:
        raise StoreError(
            store, f"no figure of {agency} breaks a sum", "an agency id with a failing report",
            "See gongkai review list and gongkai query \"SELECT DISTINCT agency_id, agency_name FROM report\".",
        )  # fmt: skip
    title = "政府信息公开工作年度报告数据核对表"
    columns = dict(zip(_LETTER, _WIDTHS, strict=True))
    try:
        write_letter(
            to, f"{rows[0]['agency_name']}{title}", _OPENING.splitlines(), columns, [_line(row) for row in rows]
        )
    except (OSError, ValueError) as error:
        raise StoreError(to, "cannot be written", "a new file that ends in .docx or .xlsx", str(error)) from error
    return len(rows)


def _line(row: dict[str, Any]) -> list[object]:
    columns = ("report_year", "table_zh", "label_zh", "applicant_zh", "printed", "suggested_value", "why", "link")
    return [row[name] for name in columns]


def _sql(name: str) -> str:
    return (files("flows.show") / "status" / f"{name}.sql").read_text(encoding="utf-8")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
