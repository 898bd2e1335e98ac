"""What the page says: bytes to a document, recognised statutory tables and their printed cells."""
