// Today: data as of when, what the last run brought, what is missing or wrong, and what to decide first.
"use strict";
(() => {
  const { h, t, link, moment, rows, section, help, table, chart, colour, cards, count, rate, indicator, applicant, ofRun } = gongkai;
  const VERDICTS = [["passed", "good", "pass"], ["flagged", "warn", "flagged"], ["quarantined", "bad", "quarantined"]];

  // What changed since the last run, and where the worklist shows it.
  const SINCE = { new: { since: "new" }, settled: { since: "settled", state: "all" } };

  gongkai.page = async () => {
    await gongkai.loadForms();
    const found = await gongkai.load("today");
    const [run] = rows(found.run);
    const [counts] = rows(found.counts);
    const causes = rows(found.causes);
    const history = rows(found.history).map((row) => ({ ...row, pass_rate: row.passed / (row.passed + row.flagged + row.quarantined || 1) }));
    const [progress] = rows(found.progress);
    const KINDS = { new: "report", settled: "pass", open: "flagged", reopened: "flagged", told: "duplicate", confirmed: "duplicate", kept: "pass", corrected: "pass" };
    const words = (row) => {
      if (row.kind === "suggestion") return row.what.split("/").map((code, n) => (n ? applicant(code) : indicator(code))).join(" · ");
      if (row.kind === "value") return t("work.no_number", { kind: t(`kinds.${row.what}`) });
      if (row.kind === "other") return t(`states.${row.what}`);
      return (gongkai.english() ? row.en : row.zh) || row.what || t("work.no_name");
    };
    const code = (row) => (["value", "other"].includes(row.kind) || words(row) === row.what ? "" : row.what);
    const toDo = (row) => link("worklist", { cause: `${row.kind}:${row.what}` });
    const stood = (row, verdict) => link("reports", { after: row.run_id, verdict }); // what stood after a run
    const tiles = [
      [counts.arrived, t("tiles.arrived"), "report", link("reports", {})],
      [counts.missing, t("tiles.missing"), "missing", link("coverage", { state: "missing", year: "all" })],
      [counts.wrong, t("tiles.wrong"), "quarantined", link("reports", { verdict: "wrong" })],
      [causes.length ? causes[0].settles : 0, t("tiles.first"), "first", causes.length ? toDo(causes[0]) : link("worklist", {})],
    ];
    return [
      run ? h("p", { class: "help", id: "as-of" }, t("as_of", { moment: moment(run.as_of) })) : null,
      cards(tiles),
      run ? h("section", { id: "brought" }, h("h2", null, t("brought")), help(t("last_run", { run: run.run_id, moment: moment(run.started_at) })),
        cards([["files_found"], ["files_read"], ["passed", "pass"], ["flagged", "flagged"], ["quarantined", "quarantined"], ["not_reports", "missing"], ["unreadable", "unreadable"]]
          .filter(([key]) => run[key] !== null).map(([key, kind]) => [run[key], t(key), kind, run[key] ? ofRun(run.run_id, key) : null]))) : null,
      section(t("causes"), causes.length ? [help(t("causes_help")), table("causes", t("causes"), [
        { key: "what", title: t("cause"), text: (v, row) => `${words(row)} ${code(row)}`.trim(), show: (v, row) => [h("a", { href: toDo(row) }, words(row)), h("small", null, ` ${code(row)}`)] },
        { key: "kind", title: t("cause_kind"), text: (v) => t(`cause_kinds.${v}`), show: (v) => t(`cause_kinds.${v}`) },
        ...[["settles", "settles"], ["reports", "concerns"]].map(([key, title]) => ({ key, title: t(title), number: true, show: (v, row) => count(v, toDo(row)) })),
      ], causes, { page: 20, all: causes[0].of_all })] : help(t("causes_none"))),
      section(t("work.progress"), cards(Object.entries(KINDS).map(([key, kind]) => [progress[key], t(key in SINCE ? `work.since.${key}` : `work.states.${key}`), kind,
        link("worklist", SINCE[key] || { state: key })]))),
      section(t("store_verdicts"), history.length > 1 ? chart("history", t("store_verdicts"), {
        tooltip: { trigger: "axis" }, xAxis: { type: "category", data: history.map((row) => moment(row.started_at) || row.run_id) }, yAxis: [{ type: "value", minInterval: 1, name: t("reports") }, { type: "value", min: 0, max: 1, name: t("pass_rate"), axisLabel: { formatter: (v) => rate(v) }, splitLine: { show: false } }],
        series: VERDICTS.map(([key, shade]) => ({ name: t(key), type: "bar", stack: "all", barMaxWidth: 40, itemStyle: { color: colour(shade) }, data: history.map((row) => row[key]) }))
          .concat({ name: t("pass_rate"), type: "line", yAxisIndex: 1, itemStyle: { color: colour("text") }, tooltip: { valueFormatter: (v) => rate(v) }, data: history.map((row) => row.pass_rate) }),
        take: (point) => stood(history[point.dataIndex], (VERDICTS[point.seriesIndex] || [])[2]),
      }) : null, table("history", t("store_verdicts"), [
        { key: "started_at", title: t("run"), show: (v, row) => h("a", { href: stood(row) }, moment(v) || row.run_id) },
        ...VERDICTS.map(([key, , verdict]) => ({ key, title: t(key), number: true, show: (v, row) => count(v, stood(row, verdict)) })),
        { key: "pass_rate", title: t("pass_rate"), number: true, show: rate },
      ], [...history].reverse())),
      await gongkai.storeParts(),
    ];
  };
})();
