"""Readers beside a load, as processes of their own."""

import subprocess
import sys

READER = """
import sys, time, duckdb
path, until, seen = sys.argv[1], time.monotonic() + 400, []
while time.monotonic() < until and (not seen or seen[-1] < int(sys.argv[2])):
    with duckdb.connect(path, read_only=True) as file:
        # One file is one state: reports, facts and the record of what it was built from belong together.
        reports, facts, stated = file.execute(
            "SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM fact), (SELECT facts FROM meta)"
        ).fetchone()
    assert reports == facts == stated, (reports, facts, stated)
    assert not seen or reports >= seen[-1], seen
    seen.append(reports)
    time.sleep(0.03)
print(len(set(seen)), seen[-1])
"""


def test_readers_are_never_blocked_nor_shown_half_a_load(store):
    """While four loads replace the file, two processes that open it again and again always see one whole state."""
    store.add("0", year=2000, cells=[("requests", "req_new", "total", "3", 3)])
    store.commit()
    path = store.build().path
    readers = [
        subprocess.Popen([sys.executable, "-c", READER, path, "5"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for number in range(1, 5):
        store.add(str(number), year=2000 + number, cells=[("requests", "req_new", "total", "3", 3)])
        store.commit()
        assert store.build().built
    for reader in readers:
        out, error = reader.communicate()
        assert reader.returncode == 0, error.decode()
        assert out.split()[1] == b"5"
