"""The READMEs: short, the same in both languages, and every command in them works."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from docs.make.cookbook import samples
from flows.cli import app

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh-CN.md")
_COMMAND = re.compile(r"^\.venv/bin/gongkai (.+?)(?:\s{2,}#.*)?$", re.M)


def commands(name: str) -> list[str]:
    """The command lines of a README, without their comments."""
    return _COMMAND.findall((ROOT / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples as `make run` leaves them."""
    return samples(tmp_path_factory.mktemp("readme") / "store")


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_read_in_a_few_minutes(name: str) -> None:
    """A screen for each of its parts at most."""
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= 120


@pytest.mark.parametrize(
    "line", [line for name in READMES for line in commands(name) if "panel" in line or "71b4" in line]
)
def test_the_question_is_answered_and_walked_back(line: str, store: Path) -> None:
    """On the samples, as printed."""
    done = CliRunner().invoke(app, [*shlex.split(line), "--store", str(store)])
    assert done.exit_code == 0, done.output
    assert "礼贤镇" in done.output


@pytest.mark.parametrize("name", READMES)
def test_the_answer_is_the_one_printed(name: str, store: Path) -> None:
    """Below the question, as a terminal shows it."""
    text = (ROOT / name).read_text("utf-8")
    question = next(line for line in commands(name) if "panel" in line)
    done = CliRunner().invoke(app, [*shlex.split(question), "--store", str(store)])
    printed = text.partition("```text\n")[2].partition("```")[0]
    shown = [line.rstrip() for line in done.output.splitlines()]
    assert shown[:-1] == printed.splitlines()
    assert len(shown) == 8


# What stands for itself in a README, and what is asked instead; None: not run here, but its options are looked up.
_MEANT = {
    "ingest": None, "serve": None, "sources": None, "dashboard": None,  # tests of their own run these
    "query": ["query", "SELECT 1"], "status": ["status", "--check"], "coverage": ["coverage", "--missing"],
    "review": ["review", "list"], "verify": ["verify", "--deep"], "delta": ["delta"], "bounds": ["bounds", "--json"],
    "dictionary": ["dictionary", "panel"], "export": ["export", "--json", "--to", "{folder}"],
    "explain": ["explain", "{sample}"],
}  # fmt: skip


def test_every_command_runs_and_has_the_options_named(store: Path, tmp_path: Path) -> None:
    """In both languages the same commands and options."""
    named: dict[str, set[str]] = {}
    for name in READMES:
        for line in re.findall(r"^\.venv/bin/gongkai (.+)$", (ROOT / name).read_text("utf-8"), re.M):
            for part in line.partition("#")[0].split(" · "):
                named.setdefault(part.split()[0], set()).update(re.findall(r"--[a-z-]+", line))
    assert named.keys() == _MEANT.keys()
    sample = ROOT / "data" / "samples" / "2021-礼贤镇.txt"
    for command, options in named.items():
        known = get_command(app).commands[command]  # type: ignore[attr-defined]
        parameters = [p for each in (known, *getattr(known, "commands", {}).values()) for p in each.params]
        there = {option for parameter in parameters for option in parameter.opts}
        assert options <= there, command
        if meant := _MEANT[command]:
            words = [word.format(folder=tmp_path / "release", sample=sample) for word in meant]
            done = CliRunner().invoke(app, [*words, "--store", str(store)])
            assert done.exit_code in (0, 1), done.output
            assert "failed" not in done.output


def test_shells_complete_commands(store: Path) -> None:
    """As `gongkai --install-completion` lets them ask."""
    asked = {"_GONGKAI_COMPLETE": "complete_bash", "COMP_WORDS": "gongkai expo", "COMP_CWORD": "1"}
    assert CliRunner().invoke(app, [], env=asked, prog_name="gongkai").output.strip() == "export"


@pytest.mark.parametrize("name", READMES)
def test_the_commands_named_are_those_there_are(name: str) -> None:
    """Every command is named, and none that does not exist."""
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = {word for line in commands(name) for word in line.split(" · ")}
    said = {word.split()[0] for word in named} | {"backup", "prune"}
    assert said == known
