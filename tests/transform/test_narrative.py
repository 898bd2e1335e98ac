"""What the prose states in figures: taken only where phrase and number leave no doubt."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transform.narrative import fees, sketches, statements
from transform.reference import narrative_words

CASES = [
    # sentence, quantity → value
    (
        "2023年，全县共收到政府信息公开申请12件，答复11件，结转下年度继续办理1件。",
        {"received": 12, "decided": 11, "carried_out": 1},
    ),
    ("本年新受理依申请公开政府信息1,953件，结转自上年度46件。", {"received": 1953, "carried_in": 46}),
    (
        "收到申请５件，其中予以公开3件、部分公开1件，不予公开1件。",
        {"received": 5, "granted": 3, "partly_granted": 1, "refused": 1},
    ),
    ("另有103件顺延到下年度答复。", {"carried_out": 103}),
    ("政府信息公开行政复议7件，行政诉讼9件。", {"reviews": 7, "lawsuits": 9}),
    ("2023年，我局未收到政府信息公开申请。", {"received": 0}),
    ("全年没有收到公民、法人或者其他组织的政府信息公开申请。", {"received": 0}),
    ("现行有效行政规范性文件393件。", {"normdocs_in_force": 393}),
    # a part of the whole, another year, another thing
    ("未收到因政府信息公开申请引起的行政复议。", {}),
    ("2022年未收到政府信息公开申请。", {}),
    ("其中网络申请4件，信函申请2件。", {}),
    ("2022年共收到政府信息公开申请30件。", {}),
    ("予以公开及部分公开258件，占33.9%。", {}),
    ("因本机关不掌握等原因无法提供265件。", {}),
    ("收到行政复议申请3件。", {}),
    ("办理人大建议答复15件，受理群众来信留言20件。", {}),
    ("较上年增长12.3%，占比4件。", {}),
]


@pytest.mark.parametrize(("sentence", "expected"), CASES, ids=[case[0][:12] for case in CASES])
def test_figures_are_taken_where_nothing_narrows_them_down(sentence: str, expected: dict[str, int]) -> None:
    """Phrase at the start of a clause, number beside it, no other year in the sentence."""
    assert {s.quantity: int(s.value or 0) for s in statements([sentence], 2023)} == expected


def test_only_the_chapter_before_the_tables_is_held_against_them() -> None:
    """Later chapters speak of plans and of single offices."""
    lines = ["一、总体情况", "收到申请5件。", "二、主动公开政府信息情况", "收到申请9件。"]
    assert [int(s.value or 0) for s in statements(lines, 2023)] == [5]
    assert statements(lines, None) == []


def test_a_sentence_broken_over_lines_is_one_sentence() -> None:
    """Text layers of PDFs end their lines anywhere."""
    lines = ["全年收到政府信息公开申请以及各类咨询中的申请", "12件，均已按期答复。其余的另行统计。"]
    assert [
        (s.quantity, s.value)
        for s in statements(["全年依法认真办理，共收到政府信息公开申请", "12件，均已答复。"], 2023)
    ] == [("received", Decimal(12))]
    assert statements(lines, 2023) == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("发出收费通知的件数和总金额以及实际收取的总金额均为0。", (0, 0, 0)),
        ("全年发出收费通知2件，总金额300元，实际收取总金额200元。", (2, 300, 200)),
        ("全年收取政府信息公开信息处理费3940元。", (..., ..., 3940)),
        ("收取信息处理费0.02万元。", (..., ..., 200)),
        ("本年度未收取信息处理费。", (..., ..., None)),
        ("严格落实《政府信息公开信息处理费管理办法》。", (..., ..., ...)),
        ("收取行政事业性收费300元。", (..., ..., ...)),
    ],
)
def test_fees_are_read_as_stated(sentence: str, expected: tuple[object, ...]) -> None:
    """Notices, billed, collected; ... is not stated, None is said in words to be none: never a 0."""
    found = {s.quantity: s.value for s in fees([sentence])}
    names = ("infofee_notices", "infofee_billed_yuan", "infofee_collected_yuan")
    assert tuple(found.get(name, ...) for name in names) == expected


def test_amounts_of_single_agencies_are_summed() -> None:
    """Five agencies named one by one."""
    (split,) = [s for s in fees(["收取信息处理费2950元，其中甲局420元，乙局2530元。"]) if s.quantity == "split"]
    assert split.value == 2950


def test_sketches_are_alike_for_the_same_words_with_other_numbers() -> None:
    """Short chapters have none: all agencies use the same words there."""
    words = "本机关及时公开了群众关心的各项政策文件和办事指南并回应社会关切" * 9
    one, other = (sketches(["一、总体情况", f"{year}年{words}", "二、主动公开政府信息情况"]) for year in (2022, 2023))
    assert one == other
    assert len(one) == 1
    assert sketches(["一、总体情况", "没有什么可说的。"]) == []


@given(st.data())
def test_what_a_pattern_matches_holds_one_of_its_words(data: st.DataObject) -> None:
    """Sentences without these words are passed over, so none of them may be one that a pattern takes a figure from."""
    quantity = data.draw(st.sampled_from(sorted(narrative_words()["quantities"].values(), key=str)))
    pattern = data.draw(st.sampled_from(quantity["patterns"]))
    said = data.draw(st.from_regex(pattern.replace("~", "[^,;]{0,3}").replace("N", "9件"), fullmatch=True))
    assert any(word in said for word in quantity["with"])
