"""The lake: where originals and Parquet parts are kept, and in which order they came.

The log of commits is our own. Delta Lake was tried for it (deltalake 1.6.6): its log keeps no hash of a data file and
its writer sets no checksums of pages, so of 300 flipped bits in a file of cells 166 came out as other rows without a
word, through pyarrow and DuckDB alike. To refuse them takes manifests with hashes beside its log, which is what stands
here; and the cut across tables would still be ours to make.
"""
