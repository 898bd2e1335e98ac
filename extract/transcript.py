"""What a document says, in one text: kept in the lake, so that a change of what comes after reading needs no file.

Everything that `transform` takes from a reading is in it, and nothing that only a page of its own document shows.
"""

from typing import Any

import orjson

from extract.document import Document
from extract.forms import load_forms
from extract.reading import Around, Attestation, Issue, ReadCell, Reading, Rows
from extract.recognise import RecognisedTable

# Stands in a transcript without issues.
NO_ISSUES = '"issues":[]'


def transcribe(reading: Reading, attestation: Attestation | None) -> str:
    """A reading whose outcome is report as JSON, with what a second reading of its file came to, if there was one."""
    document, around = reading.document, reading.around
    said = {
        "media_type": reading.media_type,
        "bytes": reading.bytes,
        "encoding": document.encoding,
        "title": document.title,
        "meta": document.meta,
        "tables": [[found.table.edition, found.table.key] for found in reading.tables],
        "cells": [tuple(cell) for cell in reading.cells],
        "issues": [
            [issue.code, issue.where, issue.found, issue.expected, issue.indicator_code, issue.applicant_code]
            for issue in reading.issues
        ],
        "blocks": [block if isinstance(block, str) else tuple(block) for block in around.blocks],
        "article": around.article and [around.article.start, around.article.stop],
        "attested": attestation and [sorted(attestation.cells), attestation.how],
    }
    return orjson.dumps(said).decode()


def restore(transcript: str, document_sha256: str, source_name: str) -> Reading:
    """The reading of a transcript, under the name its document has now."""
    said: dict[str, Any] = orjson.loads(transcript)
    return Reading(
        document_sha256,
        source_name,
        said["bytes"],
        said["media_type"],
        "report",
        "",
        Document(said["media_type"], said["encoding"], said["title"], meta=said["meta"]),
        cells=[ReadCell(*cell) for cell in said["cells"]],
        issues=[Issue(*issue) for issue in said["issues"]],
        tables=[RecognisedTable(load_forms()[edition].tables[key]) for edition, key in said["tables"]],
        around=Around(
            [block if isinstance(block, str) else Rows(*block) for block in said["blocks"]],
            said["article"] and range(*said["article"]),
        ),
        attestation=said["attested"] and Attestation(frozenset(map(tuple, said["attested"][0])), said["attested"][1]),
    )
