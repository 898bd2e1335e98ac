"""Numbers as agencies print them: consistent over a report, in every spelling seen in print.

`consistent_numbers` draws what is meant, `spellings` how it is printed; `broken_identities` is the
arithmetic of the form written out a second time, so that tests do not ask the program whether the
program is right.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from hypothesis import strategies as st

from extract.forms import Column, load_forms
from tests.render import PAGE, STYLES, Key, Layout, addresses

EDITIONS = tuple(load_forms())
SECTIONED = tuple(e for e, form in load_forms().items() if "review" in form.tables)  # of sections 二 to 四
# The two vintages of the form of Shanghai.
PUDONG = (
    *("sh_03", "sh_11", "sh_24", "sh_26"),
    *(f"sh_{number}" for number in (*range(27, 34), *range(37, 55))),
)
DINGXI = (
    *("sh_refused", "sh_not_held", "sh_refused_other", "sh_first_appeals"),
    *(f"sh_exempt_{number}" for number in range(1, 7)),
)
# Lines printed in some places only: sub-rows in Beijing, an extra row in Hubei, （六） left unsplit.
LOCAL = {
    "2004": (PUDONG, DINGXI),
    "fj": (("fj_req_fax", "fj_req_email", "fj_req_letter", "fj_req_other"), ("fj_req_letter_fax", "fj_ans_other")),
    "fj_dept": ((),),
    "2014": ((), ("lg_pub_documents", "lg_pub_plans")),
    "2019": ((), ("other_mgmt_inspection", "other_mgmt_confirmation"), ("other_docs",)),
    "2021": ((), ("res_other",)),
}
# The sums of the statistical forms before 2019, a second time: check, total, parts.
SUMS = {
    "L-REQ": ("lg_req_received", ("lg_req_in_person", "lg_req_fax", "lg_req_online", "lg_req_letter")),
    "L-CLOSED": ("lg_closed", ("lg_closed_ontime", "lg_closed_extended")),
    "L-REFUSE": (
        "lg_ans_refuse",
        tuple(f"lg_refuse_{r}" for r in "state_secret trade_secret privacy security not_gov_info law_other".split()),
    ),
    "L-ANS": (
        "lg_ans_total",
        (
            *("lg_ans_already_public", "lg_ans_agree", "lg_ans_partial", "lg_ans_refuse"),
            *("lg_ans_not_this_agency", "lg_ans_not_exist", "lg_ans_need_correction", "lg_ans_other_channel"),
        ),
    ),
    "L-REV": ("lg_rev_total", ("lg_rev_upheld", "lg_rev_corrected", "lg_rev_other")),
    "L-LIT": ("lg_lit_total", ("lg_lit_upheld", "lg_lit_corrected", "lg_lit_other")),
    "SH-REQ": ("sh_12", tuple(f"sh_{number}" for number in range(13, 19))),
    "SH-REFUSE": ("sh_27", tuple(f"sh_{number}" for number in range(28, 34))),
    "SH-REFUSE-OLD": (
        "sh_refused",
        ("sh_22", "sh_23", "sh_not_held", "sh_25", "sh_refused_other", *(f"sh_exempt_{n}" for n in range(1, 7))),
    ),
    "SH-ANS": ("sh_19", tuple(f"sh_{number}" for number in range(20, 28))),
    "SH-ANS-OLD": ("sh_19", ("sh_20", "sh_21", "sh_refused")),
    "SH-STAFF": ("sh_49", ("sh_50", "sh_51")),
    "L-STAFF": ("lg_staff_total", ("lg_staff_full", "lg_staff_part")),
    "FJ-REQ": ("fj_req", tuple(f"fj_req_{way}" for way in "in_person fax email online letter other".split())),
    "FJ-REQ-SHORT": ("fj_req", tuple(f"fj_req_{way}" for way in "in_person online letter_fax".split())),
    "FJ-ANS": ("fj_ans", tuple(f"fj_ans_{kind}" for kind in "granted partial refused other".split())),
    "FJD-REFUSE": (
        "fjd_refused",
        tuple(f"fjd_refused_{why}" for why in "not_exist secret unclear excessive third_party other".split()),
    ),
    "FJD-CLOSED": ("fjd_req_closed", ("fjd_given", "fjd_refused")),
    "FJD-REQ": ("fjd_req", ("fjd_req_pending", "fjd_req_closed")),
    "FJD-INQUIRIES": ("fjd_inquiries", tuple(f"fjd_inquiries_{way}" for way in "phone counter online other".split())),
}
ORGANISATIONS = ("org_business", "org_research", "org_ngo", "org_legal", "org_other")
ABSENCE_SIGNS = {
    "": "blank",
    "-": "dash",
    "—": "dash",
    "——": "dash",
    "－": "dash",
    "/": "slash",
    "／": "slash",
    "无": "word",
}

_OUTCOMES = ("upheld", "corrected", "other", "pending")
_FULL_WIDTH = str.maketrans("0123456789+-.,", "０１２３４５６７８９＋－．，")


def column_types(edition: str) -> dict[Key, str]:
    """count, delta or amount for every cell an edition can carry."""
    return {key: type_ for key, type_, _ in _meanings(edition)}


def column_units(edition: str) -> dict[Key, str]:
    """The unit of every cell an edition can carry."""
    return {key: unit for key, _, unit in _meanings(edition)}


def _meanings(edition: str) -> Iterator[tuple[Key, str, str]]:
    for table in load_forms()[edition].tables.values():
        yield from table.meanings.values()


def complete(numbers: Mapping[Key, int | Decimal]) -> dict[Key, Decimal]:
    """The numbers with totals that fit, and as many requests carried over as the balance asks for."""
    found = {key: Decimal(value) for key, value in numbers.items()}
    for total, parts in SUMS.values():
        if {(line, "") for line in (total, *parts)} <= found.keys():
            found[total, ""] = sum((found[part, ""] for part in parts), Decimal(0))
    if ("req_new", "total") not in found:
        return found
    results = sorted({line for line, _ in found if line.startswith("res_") and line != "res_total"})
    for applicant in ("natural", *ORGANISATIONS):
        found["res_total", applicant] = sum((found[line, applicant] for line in results), Decimal(0))
        surplus = found["req_new", applicant] + found["req_carried_in", applicant] - found["res_total", applicant]
        if surplus < 0:
            found["req_new", applicant] -= surplus
        found["req_carried_out", applicant] = max(surplus, Decimal(0))
    for line in ("req_new", "req_carried_in", *results, "res_total", "req_carried_out"):
        found[line, "total"] = sum((found[line, a] for a in ("natural", *ORGANISATIONS)), Decimal(0))
    for group in ("rev", "lit_direct", "lit_after_rev"):
        found[f"{group}_total", ""] = sum((found[f"{group}_{outcome}", ""] for outcome in _OUTCOMES), Decimal(0))
    for line in {line.removesuffix("_items_delta") for line, _ in found if line.endswith("_items_delta")}:
        found[f"{line}_items_prev", ""] = max(found[f"{line}_items_prev", ""], -found[f"{line}_items_delta", ""])
    return found


def distinct_numbers(edition: str, local: Iterable[str] = ()) -> dict[Key, Decimal]:
    """A consistent report with a different number in nearly every cell, so that no exchange goes unseen."""
    types = column_types(edition)
    numbers: dict[Key, int | Decimal] = {}
    for place, key in enumerate(addresses(edition, local)):
        plain = 11 + place * 7 % 211 + place
        numbers[key] = {
            "count": Decimal(plain),
            "delta": Decimal(plain % 29 - 14),
            "amount": Decimal(plain) / 8,
        }[types[key]]
    return complete(numbers)


@st.composite
def consistent_numbers(draw: st.DrawFn, edition: str, local: tuple[str, ...] = ()) -> dict[Key, Decimal]:
    """Numbers that satisfy every identity: a quiet or busy report with some cells chosen freely."""
    types = column_types(edition)
    keys = addresses(edition, local)
    numbers: dict[Key, int | Decimal] = dict.fromkeys(keys, 0)
    if draw(st.booleans()):
        numbers.update(distinct_numbers(edition, local))
    free = st.integers(0, 10**7) | st.integers(0, 30)
    for key, value in draw(st.dictionaries(st.sampled_from(keys), free, max_size=12)).items():
        if types[key] == "delta":
            numbers[key] = value if draw(st.booleans()) else -value
        elif types[key] == "amount":
            numbers[key] = Decimal(value).scaleb(-draw(st.integers(0, 6)))
        else:
            numbers[key] = value
    return complete(numbers)


@st.composite
def spelt(draw: st.DrawFn, value: Decimal, type_: str, unit: str) -> str:
    """One way to print a number that is meant in a unit."""
    plain = format(value, "f")
    ways = [plain, plain, f"{value:,f}", plain.translate(_FULL_WIDTH)]
    if type_ == "delta" and value > 0:
        ways += [f"+{plain}", f"＋{plain}", f"增{plain}", f"增加{plain}"]
    elif type_ == "delta" and value < 0:
        ways += [f"减{plain[1:]}", f"减少{plain[1:]}", f"－{plain[1:]}"]
    elif type_ == "amount":
        in_10k = value / 10_000 if unit == "元" else value
        ways += [f"{in_10k:f}万元", f"{in_10k * 10_000:f}元"]
    else:
        ways += [f"{plain}件"]
    return draw(st.sampled_from(ways))


@st.composite
def spellings(draw: st.DrawFn, edition: str, numbers: Mapping[Key, Decimal]) -> dict[Key, str]:
    """The numbers as printed: some dressed up, some zeros as a sign of absence."""
    types, units = column_types(edition), column_units(edition)
    printed = {key: format(value, "f") for key, value in numbers.items()}
    zeros = [key for key, value in numbers.items() if not value]
    for key in draw(st.lists(st.sampled_from(list(numbers)), max_size=15, unique=True)):
        printed[key] = draw(spelt(numbers[key], types[key], units[key]))
    if zeros:
        signs = st.dictionaries(st.sampled_from(zeros), st.sampled_from(list(ABSENCE_SIGNS)), max_size=20)
        printed.update(draw(signs))
    return printed


@st.composite
def layouts(draw: st.DrawFn, shape: str) -> Layout:
    """Any layout of a shape, its encoding true or not to what the page declares."""
    style = draw(st.sampled_from(STYLES[shape]))
    flags = ["spellings", "definitions", "split", "front"]
    flags += ["broken"] if style in ("tabbed", PAGE) else []
    flags += ["nbsp", "thead", "ragged", "nested", "chrome", "hidden"] if style == PAGE else []
    return Layout(
        style=style,
        padding=draw(st.sampled_from(["", " ", "\xa0", "\u3000"])),
        encoding=draw(st.sampled_from(["utf-8", "gb18030"])),
        declared=draw(st.sampled_from(["utf-8", "gb2312"])),
        wrap=draw(st.sampled_from(["", "p", "spans"])),
        year=draw(st.integers(2019, 2025)),
        **{flag: draw(st.booleans()) for flag in flags},
    )


def broken_identities(numbers: Mapping[Key, Decimal | None]) -> set[tuple[str, str]]:
    """(check, place) of the identities of sections 三 and 四 and of older forms that do not hold, absent as 0."""

    def value(line: str, applicant: str = "") -> Decimal:
        return numbers.get((line, applicant)) or Decimal(0)

    broken: set[tuple[str, str]] = set()
    lines = {line for line, applicant in numbers if applicant}
    results = [line for line in lines if line.startswith("res_") and line != "res_total"]
    for line in lines:
        if value(line, "total") != sum(value(line, a) for a in ("natural", *ORGANISATIONS)):
            broken.add(("R3-ROW", line))
    for applicant in ("natural", *ORGANISATIONS, "total"):
        if value("res_total", applicant) != sum(value(line, applicant) for line in results):
            broken.add(("R3-TOT", applicant))
        came = value("req_new", applicant) + value("req_carried_in", applicant)
        if came != value("res_total", applicant) + value("req_carried_out", applicant):
            broken.add(("R3-BAL", applicant))
    for group in ("rev", "lit_direct", "lit_after_rev"):
        if value(f"{group}_total") != sum(value(f"{group}_{outcome}") for outcome in _OUTCOMES):
            broken.add(("R4-SUM", group))
    for check, (total, parts) in SUMS.items():
        if {(line, "") for line in (total, *parts)} <= numbers.keys() and value(total) != sum(map(value, parts)):
            broken.add((check, total))
    return broken


def columns_of(edition: str, table: str) -> tuple[Column, ...]:
    """The value columns of the first block of a table."""
    return load_forms()[edition].tables[table].blocks[0].leaves
