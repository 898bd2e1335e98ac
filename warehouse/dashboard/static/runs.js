// Runs: the ledger, and the files a run read or the store holds, by what became of them.
"use strict";
(() => {
  const { h, t, link, moment, number, count, rows, reportLink, said, section, help, table, chart, colour, cards, crumbs, ofRun } = gongkai;
  const outcomeName = (outcome) => t(`document_outcomes.${outcome}`);

  /** The files of an outcome: as a run read them, or as the store holds them by now. */
  async function fileList(state, found) {
    const ended = await gongkai.runs();
    const { run, outcome } = state;
    const n = ended.findIndex((one) => one.run_id === run);
    const held = !run || state.held;
    const counted = (row) => (held ? row.held : row.files);
    const own = rows(found.files).filter((row) => (!run || row.run === n) && (!outcome || row.outcome === outcome) && counted(row));
    const all = own.reduce((sum, row) => sum + counted(row), 0);
    const here = (row) => {
      const at = run || ended[row.run].run_id;
      return row.outcome === "report" ? link("reports", { run: at }) : link("runs", { run: at, outcome: row.outcome, held: state.held || (run ? "" : "1") });
    };
    const title = `${[run, outcome && outcomeName(outcome), run ? null : t("files_held")].filter(Boolean).join(" · ")} · ${number(all)}`;
    const steps = [[t("pages.runs"), link("runs", {})], ...(run && outcome && !state.held ? [[run, link("runs", { run })]] : []), [outcome ? outcomeName(outcome) : run, null]];
    const each = (name, key, show) => [crumbs(steps), section(title, table(name, title, [
      { key, title: t(key), text: show, show: (_, row) => h("a", { href: here(row) }, show(row[key], row)) },
      { key: "files", title: t("file"), number: true, show: (_, row) => count(counted(row), here(row)) },
    ], own.map((row) => ({ ...row, files: counted(row) }))))];
    if (!outcome) return each("outcomes", "outcome", (v) => outcomeName(v));
    if (!run && all > gongkai.few) return each("byrun", "run", (v) => ended[v].run_id);
    const lists = await Promise.all(own.map(async (row) => rows((await gongkai.load(`files/${outcome}/${row.run}`)).files)));
    return [crumbs(steps), section(title, table("files", title, [
      { key: "source_name", title: t("file"), show: (v, row) => h("span", { class: "long" }, row.report_id && row.agency_id !== undefined ? h("a", { href: reportLink(row) }, v) : v) },
      { key: "reason", title: t("reason"), text: (_, row) => said(row, "reason"), show: (_, row) => h("span", { class: "long" }, said(row, "reason")) },
      { key: "media_type", title: t("media_type") }, { key: "bytes", title: t("bytes"), number: true },
      { key: "first_seen", title: t("first_seen"), show: (v) => h("time", null, moment(v)) },
    ], lists.flat().filter((row) => (held ? row.is_held : row.is_read))))];
  }

  gongkai.page = async (state) => {
    const found = await gongkai.load("runs");
    if (state.run || state.outcome) return fileList(state, found);
    const runs = rows(found.runs);
    const ordered = [...runs].reverse();
    const verdicts = [["passed", "good"], ["flagged", "warn"], ["quarantined", "bad"], ["not_reports", "none"], ["unreadable", "c8"]];
    const refused = rows(found.refused);
    const held = new Map();
    for (const row of rows(found.files)) held.set(row.outcome, (held.get(row.outcome) || 0) + row.held);
    return [
      section(t("documents"), cards([...held].filter(([, files]) => files).map(([outcome, files]) => [files, outcomeName(outcome), outcome, outcome === "report" ? link("reports") : link("runs", { outcome })]))),
      section(t("by_run"), chart("runs", t("by_run"), {
        tooltip: { trigger: "axis" }, xAxis: { type: "category", data: ordered.map((row) => moment(row.started_at) || row.run_id) }, yAxis: { type: "value", minInterval: 1, name: t("file") },
        series: verdicts.map(([key, shade]) => ({ name: t(key), type: "bar", stack: "all", barMaxWidth: 40, itemStyle: { color: colour(shade) }, data: ordered.map((row) => row[key]) })),
        take: (point) => ofRun(ordered[point.dataIndex].run_id, verdicts[point.seriesIndex][0]),
      })),
      section(t("ledger"), table("ledger", t("ledger"), [
        { key: "run_id", title: t("run"), show: (v) => h("a", { href: link("runs", { run: v }) }, v) },
        ...["started_at", "finished_at"].map((key) => ({ key, title: t(key), show: (v) => h("time", null, moment(v)) })),
        ...["files_found", "files_read", "reports", "passed", "flagged", "quarantined", "not_reports", "unreadable", "compared"].map((key) => ({ key, title: t(key), number: true, show: (v, row) => count(v, ofRun(row.run_id, key)) })),
      ], runs), help(t("ledger_help"))),
      section(t("failures_by_run"), table("failures", t("failures_by_run"), [
        { key: "run_id", title: t("run"), show: (v) => h("a", { href: link("quality", { run: v }) }, v) },
        { key: "severity", title: t("severity"), text: (v) => t(`severities.${v}`), show: (v) => t(`severities.${v}`) },
        { key: "outcome", title: t("outcome"), text: (v) => t(`outcomes.${v}`), show: (v) => t(`outcomes.${v}`) },
        { key: "places", title: t("places"), number: true, show: (v, row) => count(v, link("quality", { run: row.run_id, severity: row.severity, outcome: row.outcome })) },
      ], rows(found.checks))),
      section(t("refused"), table("refused", t("refused"), [
        { key: "source_name", title: t("file"), show: (v) => h("span", { class: "long" }, v) },
        { key: "outcome", title: t("outcome"), text: (v) => outcomeName(v), show: (v) => outcomeName(v) },
        { key: "reason", title: t("reason"), text: (_, row) => said(row, "reason"), show: (_, row) => h("span", { class: "long" }, said(row, "reason")) },
        { key: "media_type", title: t("media_type") }, { key: "bytes", title: t("bytes"), number: true },
        { key: "first_seen", title: t("first_seen"), show: (v) => h("time", null, moment(v)) },
      ], refused, { all: refused.length ? refused[0].of_all : 0 })),
    ];
  };
})();
