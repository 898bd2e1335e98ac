"""What the forms, the catalogues of issues and rules and the reference data state, as rows for the warehouse."""

from functools import lru_cache

import pyarrow as pa
from pyarrow import csv

from extract.forms import Column, load_forms, subtotals
from extract.issues import issue_kinds
from transform.identities import totals
from transform.reference import aliases, divisions_csv, renames
from warehouse.schema import drawn_on, indicator_note, rule_texts, series_texts


@lru_cache(maxsize=1)
def catalogues() -> dict[str, pa.Table]:
    """The tables SQL draws on beside the lake, by name; made once a process."""
    series = _series()
    return {
        "form_indicator": _indicators(),
        "form_applicant": _applicants(),
        "form_series": series,
        "form_series_cell": _series_cells(series),
        "form_subtotal": _subtotals(),
        "form_total": _totals(),
        "form_line": _lines(),
        "catalogue_issue": _issues(),
        "catalogue_rule": _rules(),
        "reference_division": _divisions(),
        "reference_rename": pa.Table.from_pylist([rename._asdict() for rename in renames()]),
        "reference_alias": pa.Table.from_pylist([alias._asdict() for alias in aliases()]),
    }


def _divisions() -> pa.Table:
    types = {"code": pa.string(), "name": pa.string(), "level": pa.int64(), "parent": pa.string()}
    return csv.read_csv(pa.BufferReader(divisions_csv()), convert_options=csv.ConvertOptions(column_types=types))


def _series() -> pa.Table:
    """Every figure a harmonised series draws on, by edition."""
    rows = []
    for code, series in series_texts().items():
        for edition, form in load_forms().items():
            if not (drawn := drawn_on(series, edition)):
                continue
            groups = {whole: parts for table in form.tables.values() for whole, parts in table.subtotals.items()}
            local = {indicator.code for indicator in form.indicators() if indicator.local}
            # Where vintages have parts of their own only the whole is what all of them print.
            leaves = {
                of: [of] if local.intersection(groups.get(of, ())) else [*groups.get(of, (of,))] for of in drawn["of"]
            }
            parts = sorted(part for of in leaves.values() for part in of)
            rows += [
                {
                    "series_code": code,
                    "edition": edition,
                    "indicator_code": of,
                    "is_group": leaves[of] != [of],
                    "indicators": " + ".join(parts),
                    "parts_expected": len(parts),
                    "grade": drawn["grade"],
                    "label_zh": series["zh"],
                    "label_en": series["en"],
                    "unit": series["unit"],
                    "note_zh": drawn.get("zh", ""),
                    "note_en": drawn.get("en", ""),
                }
                for of in drawn["of"]
            ]
    schema = pa.schema(
        [(name, pa.string()) for name in ("series_code", "edition", "indicator_code", "indicators")]
        + [("is_group", pa.bool_()), ("parts_expected", pa.int32())]
        + [(name, pa.string()) for name in ("grade", "label_zh", "label_en", "unit", "note_zh", "note_en")]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _series_cells(series: pa.Table) -> pa.Table:
    """Every indicator a value of a series may rest on: the groups, and their parts."""
    rows = [
        {"series_code": row["series_code"], "edition": row["edition"], "indicator_code": code}
        for row in series.to_pylist()
        for code in (row["indicator_code"], *subtotals().get(row["indicator_code"], ()))
    ]
    return pa.Table.from_pylist(rows)


def _subtotals() -> pa.Table:
    """The parts of every group of lines that stands for them."""
    return pa.Table.from_pylist(
        [{"whole": whole, "part": part} for whole, parts in subtotals().items() for part in parts]
    )


def _totals() -> pa.Table:
    """The cells that are the sum of others, by edition."""
    return pa.Table.from_pylist(
        [
            {"edition": edition, "indicator_code": indicator, "applicant_code": applicant}
            for edition, form in load_forms().items()
            for table in form.tables.values()
            for indicator, applicant in sorted(totals(table))
        ]
    )


def _lines() -> pa.Table:
    """The cells of every line, by edition."""
    return pa.Table.from_pylist(
        [
            {"edition": edition, "table_key": table.key, "line_code": line.code, "indicator_code": indicator,
             "applicant_code": applicant}
            for edition, form in load_forms().items()
            for table in form.tables.values()
            for line, addresses in table.addresses.items()
            for indicator, applicant in addresses
        ]
    )  # fmt: skip


def _issues() -> pa.Table:
    """The catalogue of issues."""
    return pa.Table.from_pylist(
        [
            {
                "code": kind.code, "severity": kind.severity, "title_zh": kind.title.zh, "title_en": kind.title.en,
                "means_zh": kind.means.zh, "means_en": kind.means.en, "next_zh": kind.next_step.zh,
                "next_en": kind.next_step.en, "sort_order": order,
            }
            for order, kind in enumerate(issue_kinds().values(), start=1)
        ]
    )  # fmt: skip


def _rules() -> pa.Table:
    """The rule book."""
    book = rule_texts()
    rows = []
    for order, (code, rule) in enumerate(book["rules"].items(), start=1):
        next_step, exceptions = book["next_steps"][rule["severity"]], rule.get("exceptions", {"zh": "", "en": ""})
        rows.append(
            {
                "check_code": code, "severity": rule["severity"], "grade": rule.get("grade", ""),
                "title_zh": rule["title"]["zh"], "title_en": rule["title"]["en"], "source_zh": rule["source"]["zh"],
                "source_en": rule["source"]["en"], "exceptions_zh": exceptions["zh"], "exceptions_en": exceptions["en"],
                "next_zh": next_step["zh"], "next_en": next_step["en"], "flags": rule.get("flags", False),
                "sort_order": order,
            }
        )  # fmt: skip
    return pa.Table.from_pylist(rows)


def _indicators() -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "indicator_code": indicator.code,
                "table_key": indicator.table,
                "edition": edition,
                "sort_order": indicator.order,
                "label_zh": indicator.label_zh,
                "label_en": indicator.label_en,
                "unit": indicator.unit,
                "type": indicator.type,
                "local": indicator.local,
                "evidence": indicator.evidence,
                **indicator_note(indicator.code),
            }
            for edition, form in load_forms().items()
            for indicator in form.indicators()
        ]
    )


def _applicants() -> pa.Table:
    """The columns of the tables whose columns are applicants; labels of the newest edition."""
    rows: dict[str, dict[str, object]] = {}

    def add(column: Column, zh: str = "", en: str = "") -> None:
        zh, en = f"{zh}{column.label.zh}", f"{en}{column.label.en}"
        for below in column.columns:
            add(below, f"{zh} / ", f"{en} / ")
        if not column.columns:
            row = {"applicant_code": column.code, "sort_order": len(rows) + 1, "label_zh": zh, "label_en": en}
            rows.setdefault(column.code, row)

    for form in reversed(load_forms().values()):
        for table in form.tables.values():
            for column in table.blocks[0].columns if table.applicants else ():
                add(column)
    return pa.Table.from_pylist(list(rows.values()))
