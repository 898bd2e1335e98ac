"""Word documents of every container: bytes in, `extract.document.Document` out."""
