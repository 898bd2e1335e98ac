"""Web pages: decoded HTML in, `extract.document.Document` out."""

from extract.formats.html.page import read

__all__ = ["read"]
