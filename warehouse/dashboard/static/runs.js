// Runs: the ledger.
"use strict";
(() => {
  const { h, t, link, moment, rows, section, table, chart, colour, cards } = gongkai;
  /** Where the files of an outcome are listed. */
  const listOf = (outcome) => (outcome === "report" ? link("coverage", {}) : outcome === "duplicate" ? null : link("runs", { "refused-find": t(`document_outcomes.${outcome}`) }));

  gongkai.page = async () => {
    const found = await gongkai.load("runs");
    const runs = rows(found.runs);
    const checks = rows(found.checks);
    const ordered = [...runs].reverse();
    const verdicts = [["passed", "good"], ["flagged", "warn"], ["quarantined", "bad"], ["not_reports", "none"], ["unreadable", "c8"]];
    const refused = rows(found.refused);
    return [
      section(t("documents"), cards(rows(found.documents).map((row) => [row.files, t(`document_outcomes.${row.outcome}`), row.outcome, listOf(row.outcome)]))),
      section(t("by_run"), chart("runs", t("by_run"), {
        tooltip: { trigger: "axis" }, xAxis: { type: "category", data: ordered.map((row) => moment(row.started_at) || row.run_id) }, yAxis: { type: "value", minInterval: 1, name: t("file") },
        series: verdicts.map(([key, shade]) => ({ name: t(key), type: "bar", stack: "all", barMaxWidth: 40, itemStyle: { color: colour(shade) }, data: ordered.map((row) => row[key]) })),
        take: (point) => link("runs", { "ledger-find": ordered[point.dataIndex].run_id }),
      })),
      section(t("ledger"), table("ledger", t("ledger"), [
        { key: "run_id", title: t("run") },
        ...["started_at", "finished_at"].map((key) => ({ key, title: t(key), show: (v) => moment(v) })),
        ...["files_found", "files_read", "reports", "passed", "flagged", "quarantined", "not_reports", "unreadable", "compared"].map((key) => ({ key, title: t(key), number: true })),
      ], runs)),
      section(t("failures_by_run"), table("failures", t("failures_by_run"), [
        { key: "run_id", title: t("run") },
        { key: "severity", title: t("severity"), text: (v) => t(`severities.${v}`), show: (v) => t(`severities.${v}`) },
        { key: "outcome", title: t("outcome"), text: (v) => t(`outcomes.${v}`), show: (v) => t(`outcomes.${v}`) },
        { key: "places", title: t("places"), number: true },
      ], checks)),
      section(t("refused"), table("refused", t("refused"), [
        { key: "source_name", title: t("file"), show: (v) => h("span", { class: "long" }, v) },
        { key: "outcome", title: t("outcome"), text: (v) => t(`document_outcomes.${v}`), show: (v) => t(`document_outcomes.${v}`) },
        { key: "reason", title: t("reason"), text: (_, row) => gongkai.said(row, "reason"), show: (_, row) => h("span", { class: "long" }, gongkai.said(row, "reason")) },
        { key: "media_type", title: t("media_type") }, { key: "bytes", title: t("bytes"), number: true },
        { key: "first_seen", title: t("first_seen"), show: (v) => moment(v) },
      ], refused, { all: refused.length ? refused[0].of_all : 0 })),
    ];
  };
})();
