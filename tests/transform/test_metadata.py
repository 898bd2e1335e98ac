"""What portals print around a report: every declared label is found, in a table, a line, and above its value."""

import pytest

from extract.reading import Rows
from transform.metadata import labels, metadata_of


def grid(*rows: list[str], statutory: bool = False) -> Rows:
    """A table of these texts."""
    return Rows(list(rows), statutory)


@pytest.mark.parametrize("label", labels())
def test_every_declared_label_is_found(label: str) -> None:
    """In a table, bracketed or spaced; in a line, alone or among others; on a line of its own."""
    spaced = " ".join(label)
    for blocks in (
        [grid([label, "某值"])],
        [grid([f"[ {spaced} ]", "某值", "文 种", "其他"])],
        [f"{label}：某值"],
        [f"打印 字体：大 {spaced}: 某值 浏览次数：12"],
        [f"【{label}】：某值"],
        [f"{label}：", "某值"],
    ):
        assert metadata_of(blocks) == {label: "某值"}


def test_words_of_the_report_are_no_metadata() -> None:
    """A label inside a word, in a sentence, without a value, or in a statutory table says nothing."""
    assert metadata_of(["填报单位：某局", "本单位：", "各单位名称如下。"]) == {}
    assert metadata_of(["发布机构：", "索引号：某号"]) == {"索引号": "某号"}
    assert metadata_of([grid(["单位", "某局"], statutory=True)]) == {}


def test_the_first_value_of_a_label_counts() -> None:
    """Lists of further pages stand below a report."""
    assert metadata_of(["发布日期：2024-01-17", "发布日期：2019-01-01"]) == {"发布日期": "2024-01-17"}
