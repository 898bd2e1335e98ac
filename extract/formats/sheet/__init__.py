"""Workbooks (.xlsx, .xls): sheets become paragraphs and grids, numbers what their cells show."""
