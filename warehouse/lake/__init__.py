"""The lake: where originals and Parquet parts are kept, and in which order they came."""
