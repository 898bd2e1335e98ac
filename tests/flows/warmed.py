"""A night that is over, and with it all that a first one has to read of forms, rules and names: a process forked from
one that has imported this begins with its files.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.flows.nights import content, cut, night, page
from tests.prepared import build_on_it_as_told

build_on_it_as_told()
with TemporaryDirectory() as folder:
    source = Path(folder, "in")
    source.mkdir()
    for shape in ("html", "txt"):
        (source / f"whole.{shape}").write_bytes(page(2023, shape))
    (source / "cut.html").write_bytes(cut(page(2022)))
    night([source], Path(folder, "store"))
    content(Path(folder, "store"))
