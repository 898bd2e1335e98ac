"""Texts of the program in Chinese: what is stored in English is said in words a reader expects, without codes."""

import re
from collections.abc import Callable
from importlib.resources import files

import pytest
import yaml

from expectations.rules import load_rules
from extract.issues import issue_kinds
from transform.words import Chinese

CHINESE = Chinese({code: rule.title.zh for code, rule in load_rules().items()})
WORDS = re.compile(r"[A-Za-z]{3,}")


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (
            "R3-ROW res_total: sum 1, total 0; word for number: penalty_items_delta",
            "各类申请人之和等于总计（（七）总计：各项相加1，总计0）；以文字代替数字（行政处罚 / 本年增/减）",
        ),
        ("R3-ROW not evaluable: res_full (+10)", "各类申请人之和等于总计：无法判断（（一）予以公开，另有10处）"),
        ("agency not found: 某局 (title)", "找不到填报机关（某局，标题）"),
        (
            "read a second way (the bare lines of the file): the same figures in the same order",
            "以另一种方式（文件的原始文本行）再读一遍：数字及次序相同",
        ),
        ("proactive / penalty_items_delta", "主动公开 / 行政处罚 / 本年增/减"),
        ("某局 <b>", "某局 <b>"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_text_is_said_in_chinese(stored: str | None, said: str) -> None:
    """Reasons, evidence and places; what comes from a page stays as it is."""
    assert CHINESE(stored) == said


def test_every_finding_and_expectation_of_a_rule_is_known() -> None:
    """The two short texts every rule has are in the catalogue: filled in, no English word is left of them."""
    values = {"left": "1", "right": "2", "printed": "三", "location": "total"}
    for code, rule in load_rules().items():
        for template in (rule.found, rule.expected):
            text = template.format_map(values)
            assert not WORDS.search(CHINESE(text)), (code, text, CHINESE(text))


def test_every_expectation_of_the_catalogue_of_issues_is_known() -> None:
    """No English word is left of what an issue expected."""
    for code, kind in issue_kinds().items():
        assert not WORDS.search(CHINESE(kind.expected)), (code, kind.expected)


def _says(code: str) -> Callable[[str], bool]:
    return lambda text: issue_kinds()[code].title.zh in text


def test_every_issue_has_a_chinese_name_in_a_reason() -> None:
    """As reasons of a quarantined report name it."""
    for code in issue_kinds():
        assert _says(code)(CHINESE(f"{code.replace('_', ' ')}: x (title)")), code


def test_every_sentence_is_said_in_one_way() -> None:
    """A second entry for the same English would never be used."""
    sentences = yaml.safe_load((files("transform.reference") / "words.yaml").read_text("utf-8"))
    english = [sentence for sentence, _ in sentences]
    assert sorted(english) == sorted(set(english))
