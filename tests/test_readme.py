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
def test_the_commands_named_are_those_there_are(name: str) -> None:
    """Every command is named, and none that does not exist."""
    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = {word for line in commands(name) for word in line.split(" · ")}
    said = {word.split()[0] for word in named} | {"backup", "prune"}
    assert said == known
