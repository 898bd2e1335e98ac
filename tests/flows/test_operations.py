"""What an operator is handed: units, rules, container and runbook say what is so."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from flows.heartbeat import DONE, FAILED, LOSS, beat, free_bytes, last_beat
from flows.prune import prune_store
from flows.show.metrics import metrics_text
from flows.show.morning import tables_of, too_long_ago, troubles_of
from tests.flows.test_repair import DRILLS
from tests.warehouse.conftest import Store
from warehouse.lake.errors import StoreError
from warehouse.lake.store import Lake

ROOT = Path(__file__).parents[2]
HERE = ROOT / "docs" / "operations"
ALERTS = {rule["alert"]: rule for rule in yaml.safe_load((HERE / "alerts.yml").read_text())["groups"][0]["rules"]}


def metrics(store: Path) -> dict[str, list[tuple[dict[str, str], float]]]:
    """The metrics of a store, by name."""
    try:
        tables = tables_of(store)
    except StoreError:
        tables = {}
    families = text_string_to_metric_families(metrics_text(store, tables, troubles_of(store, tables)))
    return {family.name: [(sample.labels, sample.value) for sample in family.samples] for family in families}


def firing(store: Path) -> set[str]:
    """Which alerts fire over the metrics of a store: the few shapes of expression the rules use."""
    known, fired = metrics(store), set()
    for name, rule in ALERTS.items():
        shape = r'(?:absent\((\w+)\)|(time\(\) - )?(\w+)(?:\{(\w+)="(\w+)"\})? (>|==|<) (\d+))'
        absent, since, metric, label, wanted, sign, bound = re.fullmatch(shape, rule["expr"]).groups()
        if absent:
            fired |= {name} if absent not in known else set()
            continue
        for labels, value in known.get(metric, []):
            if label and labels.get(label) != wanted:
                continue
            seen = time.time() - value if since else value
            if {">": seen > float(bound), "==": seen == float(bound), "<": seen < float(bound)}[sign]:
                fired.add(name)
    return fired


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the disk of every store have so many bytes left; at first plenty, whatever machine the tests run on."""

    def leave(free: int) -> None:
        monkeypatch.setattr("flows.show.metrics.free_bytes", lambda _: free)

    leave(500 * 10**9)
    return leave


def ended(lake: Lake, outcome: str, hours: float = 0.0, message: str = "") -> None:
    """A run ended so long ago, a quarter of an hour after it began."""
    then = datetime.now(UTC) - timedelta(hours=hours)
    with lake.lock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.heartbeat.datetime", type("Then", (), {"now": staticmethod(lambda _: then)}))
        beat(lake, then - timedelta(minutes=15), outcome, message)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after a good run."""
    store = Store(tmp_path_factory.mktemp("model") / "store")
    store.add("a", cells=[("requests", "req_new", "total", "3", 3)])
    store.lake.commit(store.take(), store.record(quarantined=0))
    store.build()
    return store.path


@pytest.fixture
def built(model: Path, tmp_path: Path) -> Store:
    """A copy of it, whose last run has just ended."""
    shutil.copytree(model, tmp_path / "store")
    store = Store(tmp_path / "store")
    ended(store.lake, DONE)
    return store


def test_alerts_fire_when_they_should(built: Store, room: Callable[[int], None]) -> None:
    """And are silent after a good night."""
    path, lake = built.path, built.lake
    assert firing(path) == set()
    room(9 * 10**9)
    assert firing(path) == {"GongkaiRoom"}
    room(10**12)
    ended(lake, DONE, hours=27)
    assert firing(path) == {"GongkaiNoRun"}
    assert "27 hours ago" in too_long_ago(path)[0].example
    ended(lake, FAILED, hours=25, message="no room\nat all")
    assert firing(path) == {"GongkaiRunFailed"}
    assert last_beat(path).message == "no room\nat all"
    ended(lake, LOSS)
    assert firing(path) == {"GongkaiRunFailed", "GongkaiLossRefused"}
    ended(lake, DONE, hours=51)
    ended(lake, FAILED)
    assert firing(path) == {"GongkaiRunFailed", "GongkaiNoSuccess"}
    ended(lake, DONE)
    built.add("b", verdict="quarantined")
    lake.commit(built.take("r2"), built.record("r2", quarantined=1))
    built.build()
    assert firing(path) == {"GongkaiQuarantine"}
    ((_, lasted),) = metrics(path)["gongkai_last_run_duration_seconds"]
    assert lasted == pytest.approx(900)


def test_a_store_no_run_ever_ended_in_raises_the_alarm(tmp_path: Path, room: Callable[[int], None]) -> None:
    """Nor does a store that is not there keep silent."""
    room(10**12)
    assert firing(tmp_path / "never") == {"GongkaiSilent"}


@pytest.mark.usefixtures("room")
def test_a_damaged_store_still_tells(built: Store) -> None:
    """Its metrics stand, and say so; also of a part no question needs today."""
    part = next((built.path / "lake" / "cell").glob("*.parquet"))
    whole = part.read_bytes()
    part.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert firing(built.path) == {"GongkaiDamaged"}
    part.write_bytes(whole)
    assert firing(built.path) == set()
    manifest = next((built.path / "lake" / "commits").glob("*.json"))
    manifest.write_bytes(manifest.read_bytes()[:-9])
    assert firing(built.path) == {"GongkaiDamaged"}
    known = metrics(built.path)
    assert {labels["what"] for labels, size in known["gongkai_store_bytes"] if size} >= {"raw", "lake", "warehouse"}
    assert known["gongkai_disk_free_bytes"][0][1] == 500 * 10**9
    assert free_bytes(built.path) == pytest.approx(shutil.disk_usage(built.path).free, rel=0.1)


def test_what_was_left_word_of_outlives_a_killed_writer(built: Store) -> None:
    """The note says who was killed, the word below it when a run last ended well."""
    before = last_beat(built.path)
    with built.lake.lock():
        note = (built.path / ".lock").read_text()
        assert last_beat(built.path) == before
    (built.path / ".lock").write_text(note)
    assert built.lake.writer().name.startswith("process ")
    assert built.lake.writer().failure == ""
    assert last_beat(built.path) == before


def test_old_lakes_are_pruned(built: Store) -> None:
    """Those that a repair put aside, once they are old enough; nothing else of the store."""

    def files() -> set[Path]:
        return {path for path in built.path.rglob("*") if path.is_file()}

    before = files()
    for name, days in (("lake.before-20260101T000000", 100), ("lake.before-20260301T000000", 10)):
        (built.path / name / "lake").mkdir(parents=True)
        (built.path / name / "lake" / "part").write_bytes(b"12345")
        then = time.time() - days * 86_400
        os.utime(built.path / name, (then, then))
    assert prune_store(built.path, 90) == (1, 5)
    assert files() == before | {built.path / "lake.before-20260301T000000" / "lake" / "part"}


@pytest.mark.parametrize("check", [True, False])
def test_status_for_a_monitor(built: Store, check: bool) -> None:
    """0 and 1, and 2 where there is nothing to tell from; one line."""
    from typer.testing import CliRunner

    from flows.cli import app

    def asked(store: Path) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["status", "--check", "--store", str(store)])
        return result.exit_code, result.output

    if check:
        assert asked(built.path) == (0, "nothing needs a person\n")
        assert asked(built.path.parent / "none")[0] == 2
    else:
        ended(built.lake, DONE, hours=30)
        status, line = asked(built.path)
        assert status == 1
        assert line.startswith("no run ended")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
@pytest.mark.parametrize("name", ["gongkai.service", "gongkai-serve.service", "gongkai.timer"])
def test_units(name: str, tmp_path: Path) -> None:
    """Known to systemd, and with few rights."""
    for unit in HERE.glob("gongkai*.[st]*"):
        text = unit.read_text().replace("/opt/gongkai/bin/gongkai", sys.executable)
        (tmp_path / unit.name).write_text(text.replace("User=gongkai\nGroup=gongkai\n", ""))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)], capture_output=True, text=True, check=False
    )
    assert not [line for line in done.stderr.splitlines() if "gongkai" in line], done.stderr
    if name.endswith(".service"):
        line = ["systemd-analyze", "security", "--offline=yes", "--threshold=30", str(HERE / name)]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-300:]


def commands() -> dict[str, Any]:
    """The commands of the program, by name."""
    from typer.main import get_command

    from flows.cli import app

    return get_command(app).commands  # type: ignore[attr-defined]


def test_commands_of_units_and_docs_exist() -> None:
    """Every `gongkai …` with its options, in units, container, runbook and docs."""
    texts = [path.read_text() for path in (*HERE.iterdir(), ROOT / "docs" / "operations.md")]
    found = re.findall(r"(?:bin/|`|    )gongkai ([a-z]+)([^`\n#>|]*)", "\n".join(texts))
    assert len(found) > 20
    for name, rest in found:
        options = {option for parameter in commands()[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, (name, rest)


def test_container_file() -> None:
    """Instructions that exist, files that exist, a user without rights."""
    text = (HERE / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    known = "FROM WORKDIR COPY RUN ENV USER VOLUME STOPSIGNAL ENTRYPOINT CMD".split()
    assert {word for word, _ in lines} <= set(known)
    for word, rest in lines:
        if word == "COPY" and "--from" not in rest:
            assert all((ROOT / source).exists() for source in rest.split()[:-1])
    assert dict(lines)["USER"] == "10001"
    bases = [rest.split()[0] for word, rest in lines if word == "FROM"]
    assert len(set(bases)) == 1
    assert re.fullmatch(r"[a-z.]+/library/python:3\.\d+\.\d+-[a-z-]+", bases[0])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert json.loads(dict(lines)["ENTRYPOINT"]) == list(project["project"]["scripts"])
    assert json.loads(dict(lines)["CMD"])[0] in commands()


@pytest.mark.slow
def test_what_the_container_installs_is_whole(tmp_path: Path) -> None:
    """Its COPY and last pip lines, done here: every file of the packages is there, and the command begins."""
    build, there = tmp_path / "build", tmp_path / "there"
    build.mkdir()
    text = (HERE / "Containerfile").read_text().partition("\n\nFROM")[0].replace("\\\n", " ")
    for sources, to in re.findall(r"^COPY (.+) (\S+)$", text, re.MULTILINE):
        for source in sources.split():
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, build / to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, build / to)
    assert "--no-deps --no-build-isolation .\n" in f"{text}\n"
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=build, check=True)
    (wheel,) = (build / "dist").glob("gongkai-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(there)
    for room in ("extract", "transform", "expectations", "warehouse", "flows"):
        known = {path.relative_to(ROOT) for path in (ROOT / room).rglob("*") if "__pycache__" not in path.parts}
        assert {path.relative_to(there) for path in (there / room).rglob("*")} >= known
    line = [sys.executable, "-c", "import flows.cli as c; print(c.__file__); c.main()", "--version"]
    given = {**os.environ, "PYTHONPATH": str(there)}
    done = subprocess.run(line, cwd=there, env=given, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{there}/flows/cli.py\ngongkai ")


def builder() -> str:
    """A program that builds containers here; "" for none."""
    for name in ("podman", "docker"):
        if shutil.which(name) and not subprocess.run([name, "info"], capture_output=True, check=False).returncode:
            return name
    return ""


# Where nothing builds containers, what the file would do is checked above.
if BUILDER := builder():

    @pytest.mark.slow
    def test_the_container_runs() -> None:
        """Built, and begun on a read-only file system without rights: `status` tells that there is no warehouse yet."""
        subprocess.run([BUILDER, "build", "-f", HERE / "Containerfile", "-t", "gongkai-test", ROOT], check=True)
        line = [BUILDER, "run", "--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "gongkai-test"]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        assert (done.returncode, "no warehouse" in done.stderr) == (2, True), done.stderr


def test_units_are_closed() -> None:
    """What systemd-analyze would say where it is not installed: each setting stands in its section, few rights."""
    for name in ("gongkai.service", "gongkai-serve.service"):
        sections: dict[str, dict[str, str]] = {}
        for line in (HERE / name).read_text().splitlines():
            if line.startswith("["):
                sections[line.strip("[]")] = {}
            elif line and not line.startswith("#"):
                key, _, value = line.partition("=")
                assert re.fullmatch("[A-Z][A-Za-z]+", key), line
                sections[list(sections)[-1]][key] = value
        assert set(sections) <= {"Unit", "Service", "Install"}
        wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "CapabilityBoundingSet": "", "User": "gongkai"}
        assert wanted.items() <= sections["Service"].items()


def test_metrics_are_left_for_another_user(built: Store, tmp_path: Path) -> None:
    """The line the service runs after a night: whole or not at all, and readable whatever its umask."""
    (line,) = re.findall(r"^ExecStopPost=/bin/sh -c '(.*)'$", (HERE / "gongkai.service").read_text(), re.MULTILINE)
    (tmp_path / "metrics").mkdir()
    line = line.replace("/srv/gongkai/store", str(built.path)).replace(
        "/srv/gongkai/metrics", str(tmp_path / "metrics")
    )
    line = line.replace("/opt/gongkai/bin/gongkai", f"{sys.executable} -m flows.cli")
    subprocess.run(["/bin/sh", "-c", f"umask 077; {line}"], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    (left,) = (tmp_path / "metrics").iterdir()
    assert (left.name, left.stat().st_mode & 0o777) == ("gongkai.prom", 0o644)
    assert list(text_string_to_metric_families(left.read_text()))


def test_the_runbook_knows_its_messages() -> None:
    """Each heading stands in the code, each alert leads to a heading, each row of the fault table names its test."""
    runbook = (HERE / "runbook.md").read_text()
    rooms = [ROOT / room for room in ("flows", "warehouse", "extract")]
    code = "\n".join(path.read_text() for room in rooms for path in room.rglob("*.py"))
    headings = re.findall(r"^## (.*)$", runbook, re.MULTILINE)
    ours = {"No run", "A run failed", "No space left on device", "took more than … minutes"}
    for heading in headings:
        assert heading in ours or heading in code, heading
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert {rule["annotations"]["runbook"].partition("#")[2] for rule in ALERTS.values()} <= anchors
    table = (ROOT / "docs" / "operations.md").read_text().partition("| what went wrong")[2].partition("\n\n")[0]
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    drills = (ROOT / "docs" / "operations.md").read_text().partition("| lost |")[2].partition("\n\n")[0]
    named = {name for row in drills.splitlines()[2:] for name in re.findall(r"`([\w-]+)`", row.split("|")[-2])}
    assert named == {*DRILLS, "test_originals_come_from_where_they_came"}
    for row in table.splitlines()[2:]:
        names = re.findall(r"`(test_\w+)`", row)
        assert names, row
        for name in names:
            assert f"def {name}(" in tests, name
    faults = (ROOT / "tests" / "flows" / "test_faults.py").read_text()
    assert set(re.findall(r"^def (test_\w+)", faults, re.MULTILINE)) <= set(re.findall(r"test_\w+", table))
