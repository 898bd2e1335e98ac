"""The statutory forms as pages need them: lines and columns to draw, labels, cells an identity is about."""

from decimal import Decimal
from typing import Any

from extract.forms import Block, Column, Form, Label, Table, load_forms
from transform.identities import Operand, residuals
from warehouse.schema import indicator_note


def layouts() -> dict[str, Any]:
    """Edition → its tables (section, label, blocks of lines and columns, identities) and all labels."""
    return {edition: _form(form) for edition, form in load_forms().items()}


def _form(form: Form) -> dict[str, Any]:
    return {
        "title": _words(form.title),
        "tables": {key: _table(table) for key, table in form.tables.items()},
        "prose": [
            {"code": i.code, "table": i.table, "label": [i.label_zh, i.label_en], "unit": i.unit} for i in form.prose
        ],
        "indicators": {
            i.code: {"label": [i.label_zh, i.label_en], "unit": i.unit, **indicator_note(i.code)}
            for i in form.indicators()
        },
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "section": table.section,
        "label": _words(table.label),
        "blocks": [_block(table, block) for block in table.blocks],
        "identities": _identities(table),
    }


def _block(table: Table, block: Block) -> dict[str, Any]:
    standard = {line for above in block.lines for line in above.standard()}
    return {
        "caption": _words(block.caption) if block.caption else None,
        "columns": [_column(column) for column in block.columns],
        "lines": [
            {
                "path": [_words(label) for label in line.path if label.zh],
                "local": line.local,
                # Drawn only where the page prints them: local lines, and subtotals of lines printed in parts.
                "rare": line not in standard,
                "cells": [table.address(line, leaf) for leaf in block.leaves],
            }
            for line in block.every_line()
            if line.printed != "heading"
        ],
    }


def _column(column: Column) -> dict[str, Any]:
    return {"label": _words(column.label), "columns": [_column(below) for below in column.columns]}


def _identities(table: Table) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Check code → location → the cells it is about, where the national form is printed in full."""
    nothing = Operand(Decimal(0), "zero")
    facts = {table.address(line, leaf): nothing for block, line in table.standard_lines for leaf in block.leaves}
    found: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for residual in residuals(table, facts):
        found.setdefault(residual.check_code, {})[residual.location] = [key for _, key in residual.terms]
    return found


def _words(label: Label) -> tuple[str, str]:
    return label.zh, label.en
