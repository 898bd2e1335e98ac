"""One module per file format: bytes in, `extract.document.Document` out."""
