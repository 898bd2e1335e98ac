"""Plain text exports of Word files, web pages and sheets: one module per layout."""
