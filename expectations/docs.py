"""Data Docs of a run: pages that open offline and speak to people who have never heard of the project.

The front page tells in both languages which rules failed, where, and with which values; behind it stand the pages that
Great Expectations renders of its own results, freed of everything they would fetch from elsewhere.
"""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from lxml import html

from expectations.judge import Judgement
from expectations.rules import load_rules
from expectations.suites import LISTED

# Runs whose pages are kept.
KEPT = 10

_HEADINGS = {
    "Status": "", "Expectation": "检查 · expectation", "Observed Value": "结果 · observed",
    "Unexpected Value": "两侧 · sides",
    "Count": "次数 · count", "report_id": "年报 · report", "table_key": "表 · table", "check_code": "规则 · rule",
    "location": "位置 · place", "agency_name": "机关 · agency", "report_year": "年度 · year", "found": "实为 · found",
    "indicator_code": "指标 · indicator", "applicant_code": "申请人 · applicant",
}  # fmt: skip
_OFFENDER = (
    "机关 · agency", "年度 · year", "结果 · outcome", "说明 · what is wrong", "建议 · suggestion", "归因 · attribution",
)  # fmt: skip
_SEVERITY = {"critical": "严重 · critical", "statutory": "法定 · statutory", "heuristic": "提示性规则 · heuristic"}
_OUTCOME = {"fail": "不成立 · fails", "not_evaluable": "无法判断 · not evaluable"}
# What would be fetched from elsewhere, does nothing without scripts, or speaks to programmers.
_DROPPED = (
    "//script | //link | //style | //nav | //footer | //noscript | //img | //p[a[@data-toggle]] "
    "| //div[contains(@class, 'collapse')]"
)


_INTRODUCTION = """
<p>每份年报的表内勾稽、与正文及历年的比较，由 Great Expectations 判定。
法定勾稽不成立的照登并标注，经验规则只作提示。</p>
<p>The arithmetic of each report, and comparisons with its prose and other years, as decided by Great Expectations.
Where an identity of the form fails, the report is loaded and marked; heuristic rules are hints.</p>
"""


_DIRECTLY = (
    "年报为数甚少，直接按同一套期望判定，未运行 Great Expectations，故无其自有页面。 · "
    "So few reports are held directly against the same suites; Great Expectations did not run and has no pages of them."
)


class DataDocs:
    """The pages of one run, written as its parts are judged. `folder` holds a folder a run; old ones are removed."""

    def __init__(self, folder: Path, run_id: str) -> None:
        self.home = folder / run_id
        self.evaluated: Counter[str] = Counter()
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.failing: dict[str, list[pd.DataFrame]] = defaultdict(list)
        self.verdicts: Counter[str] = Counter()
        self.quarantined: list[tuple[str, str]] = []
        self.pages: list[tuple[str, str, int]] = []

    def add(self, judgement: Judgement) -> None:
        """Take in what was judged, and write Great Expectations' own pages of it."""
        checks = judgement.checks
        evaluated = checks[checks["outcome"] != "not_applicable"]["check_code"].value_counts()
        self.evaluated.update({str(code): int(count) for code, count in evaluated.items()})
        failing = checks[checks["outcome"].isin([*_OUTCOME])]
        for key, rows in failing.groupby(["check_code", "outcome"], observed=True):
            code, outcome = map(str, key)
            self.outcomes[code, outcome] += len(rows)
            room = LISTED - sum(len(listed) for listed in self.failing[code])
            if room > 0:
                self.failing[code].append(rows.head(room).copy())  # a view would keep all rows of the chunk in memory
        for report_id, verdict in judgement.verdicts.items():
            self.verdicts[verdict.verdict] += 1
            if verdict.verdict == "quarantined" and len(self.quarantined) < LISTED:
                self.quarantined.append((report_id, verdict.reason))
        self.home.mkdir(parents=True, exist_ok=True)
        for result in judgement.results:
            self._write_result(result)

    def close(self) -> Path | None:
        """Write the front page and remove the oldest runs; None if nothing was judged."""
        if not self.home.exists():
            return None
        front = self.home / "index.html"
        front.write_text(_page("数据质量 · Data quality", self._front()), encoding="utf-8")
        others = sorted(path for path in self.home.parent.iterdir() if path.is_dir() and path != self.home)
        for old in others[: 1 - KEPT]:  # never this one, even if the clock was set back
            shutil.rmtree(old)
        return front

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
        verdicts = {"pass": "通过 · pass", "flagged": "存疑 · flagged", "quarantined": "隔离 · quarantined"}
        cards = "".join(f"<li><b>{self.verdicts[v]}</b>{label}</li>" for v, label in verdicts.items())
        parts = [
            f'{_INTRODUCTION}<ul class="cards">{cards}</ul>',
            "<h2>规则 · Rules</h2>",
            _table(["规则 · rule", "", "程度 · severity", "检查 · evaluated", *_OUTCOME.values()], self._rules()),
        ]
        if self.quarantined:
            rows = [[escape(report_id), escape(reason)] for report_id, reason in self.quarantined]
            parts += ["<h2>隔离的年报 · Quarantined</h2>", _table(["年报 · report", "理由 · reason"], rows)]
        for code, frames in self.failing.items():
            rule = load_rules()[code]
            parts.append(f'<h2 id="{code}">{code} {escape(rule.title.zh)} · {escape(rule.title.en)}</h2>')
            parts.append(f"<p>{escape(rule.source.zh)} · {escape(rule.source.en)}</p>")
            rows = [row for frame in frames for row in _offenders(frame)]
            parts.append(_table(_OFFENDER, rows))
            total = sum(self.outcomes[code, outcome] for outcome in _OUTCOME)
            if total > len(rows):
                parts.append(
                    f"<p>… 共 {total} 处，全部见视图 quality_check · {total} in all, see the view quality_check</p>"
                )
        if not self.pages:
            parts.append(f"<p>{_DIRECTLY}</p>")
            return "\n".join(parts)
        links = [[f'<a href="{name}">{suite}</a>', str(failed)] for name, suite, failed in self.pages]
        parts += ["<h2>Great Expectations</h2>", _table(["suite", "未满足的期望 · unmet expectations"], links)]
        return "\n".join(parts)

    def _rules(self) -> Iterator[list[str]]:
        """The rules that found most first."""
        found = {code: [self.outcomes[code, outcome] for outcome in _OUTCOME] for code in load_rules()}
        for code, rule in sorted(load_rules().items(), key=lambda item: -sum(found[item[0]])):
            counts = found[code]
            name = f'<a href="#{code}">{code}</a>' if any(counts) else code
            title = f"{escape(rule.title.zh)}<br>{escape(rule.title.en)}"
            severity = _SEVERITY[rule.severity] + (f" {rule.grade}" if rule.grade else "")
            yield [name, title, severity, str(self.evaluated[code]), *(str(count or "") for count in counts)]


def _offenders(frame: pd.DataFrame) -> Iterator[list[str]]:
    columns = ["agency_name", "report_year", "outcome", "message_zh", "message_en", "suggested_value", "attribution"]
    for name, year, outcome, zh, en, suggested, attribution in frame[columns].itertuples(index=False, name=None):
        value = "" if suggested is None or pd.isna(suggested) else f"{suggested:f}"
        yield [
            escape(str(name)), "" if pd.isna(year) else str(year), _OUTCOME[outcome], f"{escape(zh)}<br>{escape(en)}",
            value, escape(attribution),
        ]  # fmt: skip


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
