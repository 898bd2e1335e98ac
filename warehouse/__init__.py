"""Where analysts live: the Parquet lake, the DuckDB warehouse and its views."""
