"""The statutory forms as pages need them: lines and columns to draw, and their labels."""

from collections.abc import Mapping
from typing import Any

from extract.forms import Block, Column, Form, Label, Table, load_forms
from warehouse.schema import drawn_on, indicator_note


def layouts() -> dict[str, Any]:
    """Edition → its tables (section, label, blocks of lines and columns) and all labels."""
    return {edition: _form(form) for edition, form in load_forms().items()}


def series_cells(series: Mapping[str, Any]) -> dict[str, str]:
    """Edition → the first indicator a series draws on there."""
    return {edition: drawn["of"][0] for edition in load_forms() if (drawn := drawn_on(series, edition))}


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


def _words(label: Label) -> tuple[str, str]:
    return label.zh, label.en
