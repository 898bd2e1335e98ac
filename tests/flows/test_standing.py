"""A change of code or data: what it concerns is read again, nothing else, and the store is as if it were new."""

import ast
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from expectations import rules
from extract.essence import essence, of_code
from flows import fingerprint as prints
from flows.fingerprint import Change, change, inputs
from flows.plan import lay_out
from flows.sources.declared import named_sources
from flows.sources.find import with_transcripts
from flows.standing import Standing
from tests.flows.nights import CONTENT, night, page, tree
from tests.flows.test_corrections import ask
from tests.flows.test_corrections import page as quiet
from transform.agencies import Directory, gazetteer
from transform.corrections import Corrections
from transform.reference import Alias, aliases, divisions
from warehouse.lake.store import Lake
from warehouse.schema import arrow_schema

ROOT = Path(__file__).parents[2]
ALIAS = Alias("温州市瓯海新名区", "330304000000", "former", "", "", "made up", "")
ROW = "transform/reference/aliases.csv#" + ",".join(ALIAS)
PLACES = (
    "浙江省温州市乐清市人民政府",
    "温州市瓯海新名区人民政府",
    "温州市瓯海新名区财政局",
    "浙江省温州市瓯海区人民政府",
)


def code() -> list[Path]:
    """Every module a reading depends on."""
    return [path for room in ("extract", "transform", "expectations") for path in (ROOT / room).rglob("*.py")]


def test_of_code_counts_what_it_does() -> None:
    """Of every module exactly comments, docstrings and blank lines are left out."""
    for path in code():
        text = path.read_text("utf-8")
        texts = [
            node.body[0].value
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
            if isinstance(node.body[0].value.value, str)
        ]
        left_out = {(text.lineno, text.col_offset) for text in texts}
        lines = text.splitlines()
        kept = [
            token.string
            for token in tokenize.generate_tokens(StringIO(text).readline)
            if token.type not in (tokenize.COMMENT, tokenize.ENDMARKER, tokenize.DEDENT)
            and (token.start[0], len(lines[token.start[0] - 1][: token.start[1]].encode())) not in left_out
        ]
        assert "".join("".join(kept).split()) == "".join(of_code(text).split()), path


def test_a_comment_changes_nothing_and_a_number_does() -> None:
    """Blank lines, comments and docstrings come and go."""
    before = 'def f():\n    """Old."""\n    return "# no comment"  # why\n'
    after = '# New.\n\ndef f():\n    """New,\n\n    and longer."""\n\n    return "# no comment"\n'
    assert of_code(before) == of_code(after)
    assert of_code(before) != of_code(before.replace("# no", "#  no"))
    assert (
        essence("a.yaml", b"# new\na: [1]  # why\n") == essence("a.yaml", b"a:\n- 1\n") != essence("a.yaml", b"a: [2]")
    )


def test_what_hangs_on_a_change() -> None:
    """Rows of aliases and words of rules concern some; whatever else changes concerns all."""
    now = inputs()
    words = "expectations/rules.yaml#words/R3-BAL"
    assert change({**now, words: "other"}, now) == Change((words,), rules=frozenset({"R3-BAL"}))
    assert change(now, {**now, ROW: ""}) == Change((ROW,), names=frozenset({ALIAS.alias}))
    spelt = "extract/forms/2021.yaml#also/其他处理=别的处理"
    assert change(now, {**now, spelt: ""}) == Change((spelt,), labels=frozenset({"别的处理"}))
    for item in ("extract/forms/2021.yaml", "transform/numbers.py", "expectations/rules.yaml"):
        assert change({**now, item: "other"}, now).concerns_all
    assert change(now, {**now, ROW.replace("former", "official"): ""}).concerns_all
    both = change({**now, words: "", "extract/read.py": ""}, now)
    wrong = "again for what is wrong with it: expectations/rules.yaml, words of R3-BAL"
    assert both.in_words(is_read=True) == f"read {wrong}; what a document says: extract/read.py"
    assert both.in_words(is_read=False) == f"computed {wrong}"


def test_an_alias_concerns_every_name_it_answers_otherwise() -> None:
    """A directory with a further row differs in no answer that was not told to be concerned."""
    pick = Random(24)
    rows = [row for row in aliases() if row.kind in prints._IN_NAMES and not row.former_code]
    names = [f"{row.alias}{end}" for row in pick.sample(aliases(), 60) for end in ("", "人民政府", "财政局")]
    names += [
        f"{division.name}{pick.choice(['人民政府', '卫生健康局', ''])}" for division in pick.sample(DIVISIONS, 1500)
    ]
    for row in pick.sample(rows, 3):
        further = row._replace(alias=pick.choice(DIVISIONS).name, kind=pick.choice(["agency", "former", "merged"]))
        before, after = Directory(), Directory([further])
        for name in names:
            if before.resolve(name) != after.resolve(name):
                assert further.alias in name


DIVISIONS = [division for division in divisions() if division.level > 1]


def content(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the warehouse says, but for times, runs and which version read a file."""
    columns = {**CONTENT, "document": "* EXCLUDE (first_seen, fingerprint)"}
    return {view: ask(store, f"SELECT {what} FROM {view} ORDER BY ALL") for view, what in columns.items()}


@pytest.fixture
def with_inputs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str]], None]]:
    """Let the inputs of a reading be others."""

    def become(other: dict[str, str]) -> None:
        monkeypatch.setattr(prints, "inputs", lambda: other)
        monkeypatch.setattr("flows.standing.inputs", lambda: other)
        prints._digest_of_all.cache_clear()

    yield become
    prints._digest_of_all.cache_clear()


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of reports in order and not, of four agencies, two of them under a name nobody knows; and its files."""
    folder = tmp_path_factory.mktemp("standing")
    (folder / "in").mkdir()
    for number, agency in enumerate(PLACES):
        (folder / "in" / f"{number}.html").write_bytes(page(2023, agency=agency))
        broken = {("res_total", "total"): f"{number + 3}"} if number % 2 else {}
        (folder / "in" / f"{number}.txt").write_bytes(quiet(broken, agency=agency))
    night([folder / "in"], folder / "store")
    return folder


@pytest.fixture
def store(original: Path, tmp_path: Path) -> Path:
    """A copy of it, and of its files."""
    shutil.copytree(original, tmp_path, dirs_exist_ok=True)
    return tmp_path / "store"


def test_one_alias_more(
    store: Path, with_inputs: Callable[[dict[str, str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reports under its name are read again, and no other."""
    with_inputs({**inputs(), ROW: ""})
    monkeypatch.setattr(gazetteer, "aliases", lambda: [*aliases(), ALIAS])
    Directory.load.cache_clear()
    try:
        before = tree(store)
        sources = named_sources([str(store.parent / "in")], None)
        plan = lay_out(sources, Lake(store), Corrections(), unpack=False)
        assert plan.in_words[0].startswith("8 files found: 0 new, 4 again, 4 unchanged")
        assert plan.again == {f"computed again for whose it is: {ROW}": 4}
        assert tree(store) == before
        told = night([store.parent / "in"], store)
        assert sorted(line.source_name for line in told.lines) == ["1.html", "1.txt", "2.html", "2.txt"]
        night([store.parent / "in"], store.parent / "fresh")
        assert content(store) == content(store.parent / "fresh")
        assert {row[0] for row in ask(store, "SELECT agency_id FROM report")} >= {"330304000000", "330304000000-财政局"}
        assert not night([store.parent / "in"], store).lines
    finally:
        Directory.load.cache_clear()


def test_one_rule_reworded(
    store: Path, with_inputs: Callable[[dict[str, str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reports that break it are read again, and no other."""
    with_inputs({**inputs(), "expectations/rules.yaml#words/R3-BAL": "other"})
    book = rules._book()
    rule = book["rules"]["R3-BAL"]
    other = {**book, "rules": {**book["rules"], "R3-BAL": {**rule, "fail": {"zh": "不平", "en": "Out of balance."}}}}
    monkeypatch.setattr(rules, "_book", lambda: other)
    rules.load_rules.cache_clear()
    try:
        told = night([store.parent / "in"], store)
        assert sorted(line.source_name for line in told.lines) == ["1.txt", "3.txt"]
        night([store.parent / "in"], store.parent / "fresh")
        assert content(store) == content(store.parent / "fresh")
        messages = ask(store, "SELECT message_en FROM quality_check WHERE check_code = 'R3-BAL' AND outcome = 'fail'")
        assert {str(message).partition(".")[0] for (message,) in messages} == {"Out of balance"}
    finally:
        monkeypatch.undo()
        rules.load_rules.cache_clear()


def test_one_spelling_more(store: Path, with_inputs: Callable[[dict[str, str]], None]) -> None:
    """What may hold a label is read again: what says so somewhere, what was read in doubt, what is no report."""
    clean = quiet(agency="江苏省宿迁市泗洪县人民政府")
    (store.parent / "in" / "says.txt").write_bytes(clean + "本年　制發（份）数".encode())
    (store.parent / "in" / "damaged.txt").write_bytes(clean.replace("行政规范性文件".encode(), "行政规范".encode()))
    (store.parent / "in" / "notice.txt").write_text("关于做好政府信息公开工作年度报告的通知", "utf-8")
    night([store.parent / "in"], store)
    with_inputs({**inputs(), "extract/forms/2021.yaml#also/本年制发件数=本年制发份数": ""})
    standing = Standing(Lake(store))
    documents = Lake(store).documents().to_pylist()
    known = {row["source_name"]: standing.why_not(row) for row in documents}
    assert {name for name, why in known.items() if why} == {"says.txt", "damaged.txt", "notice.txt"}
    spelt = "extract/forms/2021.yaml, 本年制发件数=本年制发份数"
    assert known["says.txt"] == f"read again for what a document says: {spelt}"


def test_what_is_in_doubt_is_told_in_bounded_memory(
    store: Path, with_inputs: Callable[[dict[str, str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transcripts of many reports are more than memory: they are looked through, never kept."""
    told = [
        {"document_sha256": f"{n:064}", "read_with": "", "transcript": f"{n}" + "年报" * 3_000} for n in range(12_000)
    ]
    lake = Lake(store)
    run = lake.runs().to_pylist()[-1]
    lake.commit({"transcript": pa.Table.from_pylist(told, schema=arrow_schema("transcript"))}, run)
    with_inputs({**inputs(), "extract/forms/2021.yaml#also/本年制发件数=本年制发份数": ""})
    monkeypatch.setattr("warehouse.lake.store._MEMORY", "150MB")
    standing = Standing(Lake(store))
    assert not any(standing.why_not(row) for row in lake.documents().to_pylist())


def test_what_concerns_the_reading_of_others_leaves_a_transcript_good(
    store: Path, with_inputs: Callable[[dict[str, str]], None]
) -> None:
    """A further spelling that a report does not hold, then another rule: it is computed, though its readers changed."""
    spelt = {**inputs(), "extract/forms/2021.yaml#also/本年制发件数=本年制发份数": ""}
    with_inputs(spelt)
    assert not night([store.parent / "in"], store).lines
    with_inputs({**spelt, "transform/numbers.py": "other"})
    plan = lay_out(named_sources([str(store.parent / "in")], None), Lake(store), Corrections(), unpack=False)
    assert plan.again == {"computed again for what it means: transform/numbers.py": 8}
    assert all(file.transcript for file in with_transcripts(plan.files, Lake(store)))
    with_inputs({**spelt, "extract/read.py": "other"})
    plan = lay_out(named_sources([str(store.parent / "in")], None), Lake(store), Corrections(), unpack=False)
    assert [file.transcript for file in with_transcripts(plan.files, Lake(store))] == [""] * 8


# Run in a process of its own, for what a form says is settled once: the forms of a folder read one, into some stores.
_SCRIPT = """
import sys
from pathlib import Path
import extract.forms
forms, source, *stores = map(Path, sys.argv[1:])
extract.forms.files = lambda package: forms
from tests.flows.nights import night
from tests.prepared import build_on_it_as_told
build_on_it_as_told()
for store in stores:
    print(*sorted(line.source_name for line in night([source], store).lines))
"""


def test_a_form_with_one_spelling_more(tmp_path: Path) -> None:
    """Its readings are those of a fresh store, and what surely does not hold the label is not read again."""
    forms, less = ROOT / "extract" / "forms", tmp_path / "forms"
    spelling = "also: [规范性文件]"
    shutil.copytree(forms, less, ignore=shutil.ignore_patterns("__pycache__"))
    text = (less / "2021.yaml").read_text("utf-8")
    assert spelling in text
    (less / "2021.yaml").write_text(text.replace(spelling, "also: []"), "utf-8")
    source = tmp_path / "in"
    source.mkdir()
    for number, agency in enumerate(PLACES):
        data = page(2023, agency=agency).decode()
        label = "规范性文件" if number == 2 else "行政规范性文件"
        (source / f"{number}.html").write_text(data.replace("行政规范性文件", label), "utf-8")

    def run(folder: Path, *stores: Path) -> list[str]:
        command = [sys.executable, "-c", _SCRIPT, *map(str, (folder, source, *stores))]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.splitlines()

    store, fresh = tmp_path / "store", tmp_path / "fresh"
    every = " ".join(f"{number}.html" for number in range(len(PLACES)))
    assert run(less, store) == [every]
    before = content(store)
    assert run(forms, store, fresh) == ["2.html", every]
    assert content(store) != before
    assert content(store) == content(fresh)


def test_a_store_that_does_not_know_what_it_was_read_with(store: Path) -> None:
    """Without the note everything is read again, and the reason is told."""
    for note in (store / "inputs").iterdir():
        note.unlink()
    standing = Standing(Lake(store))
    standing.lake.commits()
    documents = standing.lake.documents().to_pylist()
    assert not any(standing.why_not(row) for row in documents)
    whys = {standing.why_not({**row, "fingerprint": "0123"}) for row in documents}
    assert whys == {"read again for a version of which nothing is known"}
