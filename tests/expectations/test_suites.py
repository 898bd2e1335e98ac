import gc
import subprocess
import sys
from typing import Any

import pandas as pd
import pytest

from expectations.rules import load_requirements, load_rules
from expectations.suites import (
    FIRST_YEAR,
    REPORT_NEEDS,
    comparisons,
    identities,
    identity_suite,
    report_suite,
)
from expectations.validate import validate
from extract.forms import load_forms


@pytest.fixture(scope="module")
def metas() -> list[dict[str, Any]]:
    """What the suite of identities says of each of its expectations."""
    return [expectation.meta or {} for expectation in identity_suite().expectations]


def test_importing_the_room_does_not_import_great_expectations() -> None:
    """Workers that only read files are ready in a fraction of a second."""
    code = "import expectations.judge, sys; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("outcome", "with_words_for"), [("fail", "fail"), ("not_evaluable", "not_evaluable")])
def test_one_expectation_for_each_identity_of_the_forms(
    metas: list[dict[str, Any]], outcome: str, with_words_for: str
) -> None:
    """Every (code, table) is judged once for each outcome that has words."""
    rendered = [(m["name"], m["table_key"]) for m in metas if m.get("outcome") == outcome]
    stated = [key for key in identities() if getattr(load_rules()[key[0]], with_words_for)]
    assert sorted(rendered) == sorted(stated)


def test_a_code_is_of_one_table() -> None:
    """The suites look for the rows of a rule by its code alone."""
    codes = [code for code, _ in (*identities(), *comparisons())]
    assert len(codes) == len(set(codes))


def test_expectations_carry_titles_sources_and_notices(metas: list[dict[str, Any]]) -> None:
    """What Data Docs and the dashboard show comes from the rules and the forms."""
    notices = {form.edition: form.notice for form in load_forms().values()}
    by_code = {meta["name"]: meta for meta in metas if meta.get("outcome") == "fail"}
    assert by_code["R3-BAL"]["notices"] == [notices["2019"], notices["2021"]]
    assert by_code["R2-ITEMS"]["notices"] == [notices["2019"]]
    for code, meta in by_code.items():
        rule = load_rules()[code]
        assert (meta["title_zh"], meta["title_en"]) == (rule.title.zh, rule.title.en)
        assert (meta["source_zh"], meta["severity"]) == (rule.source.zh, rule.severity)


def test_the_report_suite_holds_every_requirement() -> None:
    """A requirement in the rules is one that is judged, with the years filled in."""
    metas = [expectation.meta for expectation in report_suite(2030).expectations if expectation.meta]
    assert {meta["name"] for meta in metas} == set(load_requirements())
    plausible = next(meta for meta in metas if meta["name"] == "year_plausible")
    assert f"{FIRST_YEAR} and 2030" in plausible["title_en"]
    assert "2030" in plausible["title_zh"]


def test_a_frame_that_cannot_be_judged_raises() -> None:
    """A column that is not there is an error, never a pass."""
    frame = pd.DataFrame({"report_id": ["a"], "agency_id": ["x"]})
    with pytest.raises(RuntimeError, match="could not be evaluated on the reports"):
        validate(frame, report_suite(2030), ("report_id",))


def test_nothing_of_a_frame_stays_in_memory() -> None:
    """Great Expectations ties a mask for every condition into cycles, which no large run has room for."""
    asked = ("report_year", *REPORT_NEEDS)
    frame = pd.DataFrame({"report_id": [f"r{n}" for n in range(50)], **dict.fromkeys(asked, 1)})
    suite = report_suite(2030)
    validate(frame, suite, ("report_id",), (), asked)  # what is made once
    gc.disable()
    try:
        before = sum(isinstance(thing, pd.Series) for thing in gc.get_objects())
        validate(frame, suite, ("report_id",), (), asked)
        assert sum(isinstance(thing, pd.Series) for thing in gc.get_objects()) == before
    finally:
        gc.enable()
