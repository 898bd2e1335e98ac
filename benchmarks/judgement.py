"""How well errors are found: reports with planted errors of every kind, read from pages and judged as any other.

`make judgement` prints, by kind, how many planted breaks of a statutory identity were found, how many errors only a
comparison can see, how often the value that stood there is suggested, and the false alarms on clean reports. Every
agency reports two years; the error is planted in the second. The same seed gives the same reports.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from rich.console import Console
from rich.table import Table

from expectations.judge import frames_of, judge
from extract.read import Reading
from flows.compare import compare_alone
from tests.render import Key, Layout, render
from tests.strategies import ORGANISATIONS, broken_identities
from transform.agencies import Directory
from transform.interpret import Report, read_file
from transform.reference import divisions

REPORTS = 10_000
# Pages judged together; the reports of one agency stay in one batch.
BATCH = 1_000
_PROSE = {"六": "本年度未收取信息处理费。"}
APPLICANTS = ("natural", *ORGANISATIONS)

Numbers = dict[Key, Decimal]


@dataclass
class Found:
    """What became of the reports with one kind of error."""

    planted: int = 0
    breaking: int = 0  # of them, those that break a statutory identity
    told: int = 0  # of those, the ones that are not passed: a check fails, or a line is named as missing
    flagged: int = 0
    noted: Counter[str] = field(default_factory=Counter)  # reports by heuristic rule that failed on them
    determined: int = 0  # single wrong cells of section 三
    suggested: int = 0  # of them, those for which the value that stood there is suggested


# -- numbers -------------------------------------------------------------------------------------------------


def first_year(rng: Random) -> Numbers:
    """A consistent report of a town or county of 2022."""
    busy = rng.choice((3, 10, 40, 200))
    numbers = _requests(rng, busy, dict.fromkeys(APPLICANTS, 0))
    issued, in_force = rng.randrange(6), rng.randrange(10, 90)
    numbers |= _keyed({"rules_issued": 0, "rules_repealed": 0, "rules_in_force": 0})
    numbers |= _keyed({"normdoc_issued": issued, "normdoc_repealed": 0, "normdoc_in_force": in_force})
    numbers |= _keyed({name: rng.randrange(busy * 20) for name in ("licence_decisions", "penalty_decisions")})
    numbers |= _keyed({"coercion_decisions": rng.randrange(busy)})
    numbers["fee_amount_10k", ""] = Decimal(rng.randrange(busy * 10_000)) / 10_000
    return numbers | _cases(rng, numbers)


def next_year(rng: Random, before: Numbers) -> Numbers:
    """The year after: what was carried over comes in, documents in force follow, the rest changes a little."""
    carried = {a: int(before["req_carried_out", a]) for a in APPLICANTS}
    busy = max(3, int(before["req_new", "total"]))
    numbers = _requests(rng, busy, carried)
    issued = rng.randrange(6)
    repealed = rng.randrange(min(4, int(before["normdoc_in_force", ""])))
    in_force = int(before["normdoc_in_force", ""]) + issued - repealed
    numbers |= _keyed({"rules_issued": 0, "rules_repealed": 0, "rules_in_force": 0})
    numbers |= _keyed({"normdoc_issued": issued, "normdoc_repealed": repealed, "normdoc_in_force": in_force})
    for name in ("licence_decisions", "penalty_decisions", "coercion_decisions"):
        numbers[name, ""] = Decimal(int(before[name, ""] * rng.randrange(70, 150) / 100) + 1)
    numbers["fee_amount_10k", ""] = before["fee_amount_10k", ""] + Decimal(rng.randrange(1, 9)) / 4
    return numbers | _cases(rng, numbers)


def _requests(rng: Random, busy: int, carried: Mapping[str, int]) -> Numbers:
    outcomes = [line for line in LINES if line.startswith("res_") and line != "res_total"]
    numbers: Numbers = {(line, applicant): Decimal(0) for line in LINES for applicant in APPLICANTS}
    for applicant in APPLICANTS:
        new = rng.randrange(busy + 1) if applicant == "natural" else rng.randrange(max(2, busy // 6))
        numbers["req_new", applicant] = Decimal(new)
        numbers["req_carried_in", applicant] = Decimal(carried[applicant])
        open_ = new + carried[applicant]
        over = rng.randrange(open_ // 8 + 1)
        for _ in range(open_ - over):
            numbers[rng.choice(outcomes), applicant] += 1
        numbers["res_total", applicant] = Decimal(open_ - over)
        numbers["req_carried_out", applicant] = Decimal(over)
    for line in LINES:
        numbers[line, "total"] = sum((numbers[line, applicant] for applicant in APPLICANTS), Decimal(0))
    return numbers


def _cases(rng: Random, requests: Numbers) -> Numbers:
    """Fewer cases of review and litigation than requests."""
    most = int(requests["req_new", "total"]) // 12
    numbers: Numbers = {}
    for group in ("rev", "lit_direct", "lit_after_rev"):
        parts = {outcome: rng.randrange(most + 1) for outcome in ("upheld", "corrected", "other")}
        parts["pending"] = 0
        numbers |= _keyed({f"{group}_{name}": n for name, n in parts.items()} | {f"{group}_total": sum(parts.values())})
    return numbers


def _keyed(values: Mapping[str, int]) -> Numbers:
    return {(name, ""): Decimal(value) for name, value in values.items()}


LINES = tuple(
    """
    req_new req_carried_in res_full res_partial res_deny_state_secret res_deny_law_prohibited
    res_deny_security_stability res_deny_third_party res_deny_internal_affairs res_deny_process_info
    res_deny_enforcement_file res_deny_admin_query res_unable_not_held res_unable_need_creation res_unable_unclear
    res_reject_petition res_reject_duplicate res_reject_publication res_reject_excessive res_reject_confirm_reissue
    res_other_no_correction res_other_no_payment res_other_misc res_total req_carried_out
    """.split()
)


# -- errors --------------------------------------------------------------------------------------------------

# A change of this year's numbers; None where they offer no place for the error. The cell that is wrong, if it is one.
Error = Callable[[Random, Numbers, Numbers], tuple[Numbers, Key | None] | None]


def wrong_sum(rng: Random, now: Numbers, _: Numbers) -> tuple[Numbers, Key | None]:
    """A total of section 三 or 四 that its parts do not make."""
    totals = [key for key in now if key[1] == "total" or (key[0].endswith("_total") and not key[0].startswith("rules"))]
    key = rng.choice(totals)
    return now | {key: now[key] + rng.choice((1, 2, 10))}, key


def swapped_cells(rng: Random, now: Numbers, _: Numbers) -> tuple[Numbers, Key | None] | None:
    """Two different numbers of one line exchanged."""
    line = rng.choice(LINES)
    one, other = rng.sample([*APPLICANTS, "total"], 2)
    if now[line, one] == now[line, other]:
        return None
    return now | {(line, one): now[line, other], (line, other): now[line, one]}, None


def transposed_digits(rng: Random, now: Numbers, _: Numbers) -> tuple[Numbers, Key | None] | None:
    """12 for 21."""
    key = rng.choice([key for key in now if key[1]])
    digits = str(now[key])
    if len(digits) < 2 or digits[0] == digits[1] or digits[1] == "0":
        return None
    return now | {key: Decimal(digits[1] + digits[0] + digits[2:])}, key


def missing_row(rng: Random, now: Numbers, _: Numbers) -> tuple[Numbers, Key | None] | None:
    """A line of section 三 with numbers that is not printed."""
    line = rng.choice(LINES)
    if not now[line, "total"]:
        return None
    return {key: value for key, value in now.items() if key[0] != line}, None


def unit_slip(_: Random, now: Numbers, __: Numbers) -> tuple[Numbers, Key | None] | None:
    """Yuan entered where 万元 belong."""
    key = ("fee_amount_10k", "")
    return (now | {key: now[key] * 10_000}, None) if now[key] > 1 else None


def copied_year(_: Random, __: Numbers, before: Numbers) -> tuple[Numbers, Key | None]:
    """Last year's figures once more."""
    return dict(before), None


def carry_break(rng: Random, now: Numbers, _: Numbers) -> tuple[Numbers, Key | None]:
    """Another number carried in than was carried over, consistent in itself."""
    changed, more = dict(now), rng.choice((1, 2, 5))
    for line, applicant in ((line, a) for line in ("req_carried_in", "req_carried_out") for a in ("natural", "total")):
        changed[line, applicant] += more
    return changed, None


ERRORS: dict[str, Error | None] = {
    "clean": None, "wrong sum": wrong_sum, "swapped cells": swapped_cells, "transposed digits": transposed_digits,
    "missing row": missing_row, "unit slip": unit_slip, "copied year": copied_year, "carry-over break": carry_break,
}  # fmt: skip


# -- judging -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """An agency's two reports, the second with an error of a kind."""

    kind: str
    before: Numbers
    now: Numbers
    printed: Numbers
    cell: Key | None
    agency: str

    def page(self, year: int, numbers: Numbers) -> bytes:
        """One year's report as a text export."""
        values = {key: f"{value:f}" for key, value in numbers.items()}
        return render("2021", values, "txt", layout=Layout(agency=self.agency, year=year, prose=_PROSE))

    def files(self) -> Iterator[tuple[Reading, Report]]:
        """The second report, then the first, read from pages."""
        for year, numbers in ((2023, self.printed), (2022, self.before)):
            reading, report = read_file(self.page(year, numbers), "planted.txt")
            assert report is not None, reading.reason
            yield reading, report


def cases(count: int) -> Iterator[Case]:
    """Cases by kind in turn, each of an agency of its own."""
    rng = Random(2024)
    towns = iter(rng.sample(_towns(), count))
    for number in range(count):
        kind = list(ERRORS)[number % len(ERRORS)]
        change = ERRORS[kind]
        while True:
            before = first_year(rng)
            now = next_year(rng, before)
            changed = (now, None) if change is None else change(rng, now, before)
            if changed is not None:
                break
        yield Case(kind, before, now, *changed, next(towns))


def _towns() -> list[str]:
    directory = Directory.load()
    return [directory.agency(d.code).name for d in divisions() if d.level == 4 and d.name[-1] in "镇乡"]


def measure(reports: int) -> dict[str, Found]:
    """Plant, read, judge and compare; by kind what was found."""
    results = {kind: Found() for kind in ERRORS}
    batch: list[Case] = []
    for case in cases(reports // 2):
        batch.append(case)
        if len(batch) * 2 >= BATCH:
            _judge(batch, results)
            batch = []
    if batch:
        _judge(batch, results)
    return results


def _judge(batch: list[Case], results: dict[str, Found]) -> None:
    read = [list(case.files()) for case in batch]
    judgement = judge(frames_of(report for files in read for _, report in files))
    notes = compare_alone(file for files in read for file in files).checks
    noted: dict[str, set[str]] = {}
    for report_id, code in notes[notes["outcome"] == "fail"][["report_id", "check_code"]].itertuples(index=False):
        noted.setdefault(report_id, set()).add(code)
    for case, ((_, report), _) in zip(batch, read, strict=True):
        found = results[case.kind]
        found.planted += 1
        breaking = bool(broken_identities(case.printed))
        found.breaking += breaking
        told = judgement.verdicts[report.report_id].verdict != "pass"
        found.told += breaking and told
        found.flagged += told
        found.noted.update(noted.get(report.report_id, ()))
        if case.cell and case.cell[1]:
            suggested = {fact.key: fact.suggested for fact in report.facts if fact.suggested is not None}
            found.determined += 1
            found.suggested += suggested == {case.cell: case.now[case.cell]}


def show(results: Mapping[str, Found]) -> Table:
    """The measurement for people."""
    table = Table("error", "reports", "break an identity", "found", "not pass", "suggested right", "noted by", box=None)
    for kind, found in results.items():
        notes = ", ".join(f"{code} {count}" for code, count in found.noted.most_common(4))
        table.add_row(
            kind, str(found.planted), str(found.breaking), _share(found.told, found.breaking),
            _share(found.flagged, found.planted), _share(found.suggested, found.determined), notes,
        )  # fmt: skip
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else ""


def main() -> None:
    """Measure and print."""
    Console().print(show(measure(int(sys.argv[1]) if len(sys.argv) > 1 else REPORTS)))


if __name__ == "__main__":
    main()
