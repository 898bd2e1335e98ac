"""Data Docs of a run: pages that open offline and speak to people who have never heard of the project.

The front page of a run tells in both languages, on a screen or two, when it was, what came of it and its ten top
causes; behind it stand, as an annex, the pages that Great Expectations renders of its own results, freed of everything
they would fetch from elsewhere.
"""

import json
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pandas as pd
from lxml import html

from expectations.judge import Judgement
from expectations.rules import load_rules
from expectations.suites import LISTED
from transform.words import Chinese

# Runs whose pages are kept.
KEPT = 10

_HEADINGS = {
    "Status": "", "Expectation": "检查 · expectation", "Observed Value": "结果 · observed",
    "Unexpected Value": "两侧 · sides",
    "Count": "次数 · count", "report_id": "年报 · report", "table_key": "表 · table", "check_code": "规则 · rule",
    "location": "位置 · place", "agency_name": "机关 · agency", "report_year": "年度 · year", "found": "实为 · found",
    "indicator_code": "指标 · indicator", "applicant_code": "申请人 · applicant",
}  # fmt: skip
# Causes and quarantined reports a front page tells of; the dashboard has all of them.
TOP = 10
# Where `gongkai dashboard` builds its pages, seen from those of a run.
_SITE = "../../dashboard/"
_EXAMPLE = ("report_id", "agency_id", "agency_name", "report_year", "outcome", "message_zh", "message_en")
_VERDICTS = {"quarantined": "隔离 · quarantined", "flagged": "存疑 · flagged", "pass": "通过 · pass"}
_SEVERITY = {"critical": "严重 · critical", "statutory": "法定 · statutory", "heuristic": "提示性规则 · heuristic"}
_OUTCOME = {"fail": "不成立 · fails", "not_evaluable": "无法判断 · not evaluable"}
_CAUSE = ("规则 · rule", "年报 · reports", *_OUTCOME.values(), "例 · such as", "说明 · what is wrong")
# What would be fetched from elsewhere, does nothing without scripts, or speaks to programmers.
_DROPPED = (
    "//script | //link | //style | //nav | //footer | //noscript | //img | //p[a[@data-toggle]] "
    "| //div[contains(@class, 'collapse')]"
)


_INTRODUCTION = """
<p>每份年报的表内勾稽、与正文及历年的比较，由 Great Expectations 判定。
法定勾稽不成立的照登并标注，提示性规则仅供参考。链接指向 gongkai dashboard 生成的看板。</p>
<p>The arithmetic of each report, and comparisons with its prose and other years, as decided by Great Expectations.
Where an identity of the form fails, the report is loaded and marked; heuristic rules are hints. Links lead to the pages
of gongkai dashboard.</p>
"""


_DIRECTLY = (
    "仅一份年报，直接按同一套期望判定，未运行 Great Expectations，故无其自有页面。 · "
    "A report that comes alone is held directly against the same suites: Great Expectations has no pages of it."
)


class DataDocs:
    """The pages of one run, written as its parts are judged. `folder` holds a folder a run; old ones are removed.

    `index.html` and `index.json` of the run tell what it found, those of the folder which runs there are.
    """

    def __init__(self, folder: Path, run_id: str) -> None:
        self.home = folder / run_id
        self.evaluated: Counter[str] = Counter()
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.reports: dict[str, set[str]] = defaultdict(set)
        self.examples: dict[str, dict[str, Any]] = {}
        self.verdicts: Counter[str] = Counter()
        self.quarantined: list[tuple[_Whose, str]] = []
        self.pages: list[tuple[str, str, int]] = []
        self.chinese = Chinese({code: rule.title.zh for code, rule in load_rules().items()})

    def add(self, judgement: Judgement) -> None:
        """Take in what was judged, and write Great Expectations' own pages of it."""
        checks = judgement.checks
        evaluated = checks[checks["outcome"] != "not_applicable"]["check_code"].value_counts()
        self.evaluated.update({str(code): int(count) for code, count in evaluated.items()})
        failing = checks[checks["outcome"].isin([*_OUTCOME])]
        for key, rows in failing.groupby(["check_code", "outcome"], observed=True):
            code, outcome = map(str, key)
            self.outcomes[code, outcome] += len(rows)
            self.reports[code].update(map(str, rows["report_id"]))
            if code not in self.examples or (outcome == "fail" and self.examples[code]["outcome"] != "fail"):
                first = rows.iloc[0]
                self.examples[code] = {name: first[name] for name in _EXAMPLE}
        for report_id, verdict in judgement.verdicts.items():
            self.verdicts[verdict.verdict] += 1
            if verdict.verdict == "quarantined" and len(self.quarantined) < TOP:
                self.quarantined.append((_whose(report_id, checks), verdict.reason))
        self.home.mkdir(parents=True, exist_ok=True)
        for result in judgement.results:
            self._write_result(result)

    def close(self) -> Path | None:
        """Write the front page and the index of runs, remove the oldest runs; None if nothing was judged."""
        if not self.home.exists():
            return None
        front = self.home / "index.html"
        front.write_text(_page(f"数据质量 · Data quality · {_moment(self.home.name)}", self._front()), encoding="utf-8")
        told = json.dumps(self._told(), ensure_ascii=False, indent=1)
        (self.home / "index.json").write_text(told + "\n", encoding="utf-8")
        others = sorted(path for path in self.home.parent.iterdir() if path.is_dir() and path != self.home)
        for old in others[: 1 - KEPT]:  # never this one, even if the clock was set back
            shutil.rmtree(old)
        _write_index(self.home.parent)
        return front

    def _causes(self) -> list[str]:
        """Codes of rules that found something: what the form states before hints, then by reports."""
        rank = ["critical", "statutory", "heuristic"]
        rules = load_rules()
        return sorted(
            self.examples, key=lambda code: (rank.index(rules[code].severity), -len(self.reports[code]), code)
        )

    def _told(self) -> dict[str, Any]:
        """The run for machines."""
        causes = [
            {"check_code": code, "severity": load_rules()[code].severity, "reports": len(self.reports[code]),
             "evaluated": self.evaluated[code], **{name: self.outcomes[code, name] for name in _OUTCOME}}
            for code in self._causes()
        ]  # fmt: skip
        return {"run_id": self.home.name, "verdicts": dict(self.verdicts), "causes": causes}

    def _write_result(self, result: Any) -> None:
        renderer = import_module("great_expectations.render.renderer").ValidationResultsPageRenderer
        view = import_module("great_expectations.render.view").DefaultJinjaPageView
        for one in result.results:
            for name in ("unexpected_list", "partial_unexpected_list"):
                if name in one.result:
                    one.result[name] = one.result[name][:LISTED]
        suite = result.suite_name
        name = f"{suite}-{1 + sum(page[0].startswith(suite) for page in self.pages)}.html"
        failed = sum(not one.success for one in result.results)
        body = _offline(view().render(renderer().render(result)))
        text = _page(f"{suite} · Great Expectations", f'<p><a href="index.html">← 总览 · overview</a></p>{body}')
        (self.home / name).write_text(text, encoding="utf-8")
        self.pages.append((name, suite, failed))

    def _front(self) -> str:
        cards = "".join(
            f'<li class="{v}"><a href="{_reports(_SITE, self.home.name, v)}"><b>{count:,}</b>{label}</a></li>'
            for v, label in _VERDICTS.items()
            for count in [self.verdicts[v]]
        )
        causes = self._causes()
        parts = [
            f'<p><a href="../index.html">← 历次运行 · all runs</a></p>{_INTRODUCTION}<ul class="cards">{cards}</ul>',
            f"<h2>最主要的原因 · Top causes ({min(TOP, len(causes))} / {len(causes)})</h2>",
            _table(_CAUSE, [self._cause(code) for code in causes[:TOP]]) if causes else "<p>没有 · none</p>",
        ]
        if self.quarantined:
            rows = [
                [_linked(whose), f"{escape(self.chinese(reason))}<br>{escape(reason)}"]
                for whose, reason in self.quarantined
            ]
            parts += ["<h2>隔离的年报 · Quarantined</h2>", _table(["年报 · report", "理由 · reason"], rows)]
            if (every := self.verdicts["quarantined"]) > len(rows):
                address = _reports(_SITE, self.home.name, "quarantined")
                parts.append(f'<p><a href="{address}">… 全部 {every:,} 份 · all {every:,}</a></p>')
        if not self.pages:
            return "\n".join([*parts, f"<p>{_DIRECTLY}</p>"])
        links = [
            [f'<a href="{name}">{suite}</a>', f'<a href="{name}">{failed}</a>'] for name, suite, failed in self.pages
        ]
        annex = _table(["suite", "未满足的期望 · unmet expectations"], links)
        heads = ["规则 · rule", "", "程度 · severity", "检查 · evaluated", *_OUTCOME.values()]
        parts += [
            f'<div id="rules">{_folded("全部规则 · All rules", _table(heads, self._rules()))}</div>',
            _folded("附：Great Expectations 的原始页面 · Annex: Great Expectations' own pages", annex),
        ]
        return "\n".join(parts)

    def _cause(self, code: str) -> list[str]:
        """A cause as a row: the rule, how often, and the first report it was found in."""
        rule, first = load_rules()[code], self.examples[code]
        name = escape(str(first["agency_name"]))
        if isinstance(first["agency_id"], str) and first["agency_id"]:
            name = f'<a href="{_SITE}agency.html#a={quote(first["agency_id"])}">{name}</a>'
        year = "" if pd.isna(first["report_year"]) else f" {first['report_year']}"
        link = f'<a href="{_SITE}rule.html#code={code}"><b>{code}</b> {escape(rule.title.zh)}</a>'
        return [
            f"{link}<br>{escape(rule.title.en)}<br>{_SEVERITY[rule.severity]}",
            self._counted(len(self.reports[code]), code), *self._outcomes(code), name + year,
            f"{escape(first['message_zh'])}<br>{escape(first['message_en'])}",
        ]  # fmt: skip

    def _rules(self) -> Iterator[list[str]]:
        """The rules that found most first."""
        found = {code: [self.outcomes[code, outcome] for outcome in _OUTCOME] for code in load_rules()}
        for code, rule in sorted(load_rules().items(), key=lambda item: -sum(found[item[0]])):
            name = f'<a href="{_SITE}rule.html#code={code}">{code}</a>'
            title = f"{escape(rule.title.zh)}<br>{escape(rule.title.en)}"
            severity = _SEVERITY[rule.severity] + (f" {rule.grade}" if rule.grade else "")
            yield [name, title, severity, f"{self.evaluated[code]:,}", *self._outcomes(code)]

    def _outcomes(self, code: str) -> list[str]:
        """How often the run found each outcome of a rule, as links to where."""
        return [self._counted(self.outcomes[code, outcome], code, outcome) for outcome in _OUTCOME]

    def _counted(self, count: int, code: str, outcome: str = "") -> str:
        """A count of what the run found of a rule, with the list of it on the dashboard; nothing for none."""
        kind = f"&amp;kind={outcome}" if outcome else ""
        address = f"{_SITE}rule.html#code={code}&amp;run={quote(self.home.name)}{kind}"
        return f'<a href="{address}">{count:,}</a>' if count else ""


class _Whose(NamedTuple):
    """A report by what its checks say of agency and year, as far as it has any."""

    report_id: str
    agency_id: str = ""
    agency_name: str = ""
    report_year: str = ""


def _whose(report_id: str, checks: pd.DataFrame) -> _Whose:
    rows = checks[checks["report_id"] == report_id]
    if rows.empty:
        return _Whose(report_id)
    said = rows.iloc[0][["agency_id", "agency_name", "report_year"]]
    return _Whose(report_id, *("" if pd.isna(word) else str(word) for word in said))


def _linked(whose: _Whose) -> str:
    """A report with its page on the dashboard."""
    shard = whose.agency_id[:6] if whose.agency_id[:6].isdigit() else "none"
    at = f"{shard}/{whose.report_year or 0}"
    told = f"{whose.agency_name or whose.report_id} {whose.report_year}".strip()
    return f'<a href="{_SITE}report.html#at={at}&amp;id={quote(whose.report_id)}">{escape(told)}</a>'


def _reports(site: str, run_id: str, verdict: str) -> str:
    """The address of the reports of a run with a verdict, on the dashboard."""
    return f"{site}reports.html#run={quote(run_id)}&amp;verdict={verdict}"


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>{body}</details>"


def _moment(run_id: str) -> str:
    """When a run began, where its id says so."""
    found = re.match(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)", run_id)
    return "{}-{}-{} {}:{} UTC".format(*found.groups()) if found else run_id


def _write_index(folder: Path) -> None:
    """The pages of all runs that are kept, the newest first; the same for machines."""
    told = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*/index.json"), reverse=True)]
    heads = ["运行 · run", *_VERDICTS.values(), "原因 · causes"]
    rows = [
        [f'<a href="{quote(run["run_id"])}/index.html">{escape(_moment(run["run_id"]))}</a>',
         *(f'<a href="{_reports("../dashboard/", run["run_id"], verdict)}">{count:,}</a>' if count else "0"
           for verdict in _VERDICTS for count in [run["verdicts"].get(verdict, 0)]),
         f'<a href="{quote(run["run_id"])}/index.html#rules">{len(run["causes"])}</a>' if run["causes"] else "0"]
        for run in told
    ]  # fmt: skip
    body = f'<p><a href="../dashboard/index.html">看板 · dashboard</a></p>{_table(heads, rows)}'
    (folder / "index.html").write_text(_page("历次运行的数据质量 · Data quality by run", body), encoding="utf-8")
    (folder / "index.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _offline(page: str) -> str:
    """The sections of a page of Great Expectations, for people and without anything from elsewhere."""
    root = html.document_fromstring(page)
    for element in root.xpath(_DROPPED):
        element.drop_tree()
    for link in root.xpath("//a"):
        link.drop_tag()
    for icon in root.xpath("//i"):
        good = "success" in icon.get("class", "")
        icon.text, icon.tag = ("✓" if good else "✗"), "b"
        icon.set("class", "good" if good else "bad")
    for head in root.xpath("//th"):
        text = head.text_content().strip()
        if text in _HEADINGS:
            head.text = _HEADINGS[text]
    sections = root.xpath("//div[contains(@class, 'ge-section')]")
    return "\n".join(html.tostring(section, encoding="unicode") for section in sections)


def _table(heads: Sequence[str], rows: Iterator[list[str]] | list[list[str]]) -> str:
    head = "".join(f"<th>{text}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _page(title: str, body: str) -> str:
    style = files(__package__).joinpath("docs.css").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{style}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
