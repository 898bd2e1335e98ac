// Today: data as of when, what the last run brought, what is missing or wrong, and what to decide first.
"use strict";
(() => {
  const { h, t, link, moment, rows, reportLink, section, help, table, chart, colour, cards, indicator, applicant } = gongkai;
  const VERDICTS = [["passed", "good"], ["flagged", "warn"], ["quarantined", "bad"]];

  gongkai.page = async () => {
    await gongkai.loadForms();
    const found = await gongkai.load("today");
    const [run] = rows(found.run);
    const [counts] = rows(found.counts);
    const causes = rows(found.causes);
    const history = rows(found.history);
    const cell = (row) => (row.kind === "suggestion" ? row.what : null);
    const words = (row) => {
      if (row.kind !== "suggestion") return gongkai.english() ? row.en : row.zh;
      const [code, who] = row.what.split("/");
      return [indicator(code), who && applicant(who)].filter(Boolean).join(" · ");
    };
    const tiles = [
      [counts.arrived, t("tiles.arrived"), "report", link("coverage", {})],
      [counts.missing, t("tiles.missing"), "missing", link("coverage", {})],
      [counts.wrong, t("tiles.wrong"), "quarantined", link("quality", {})],
      ...(causes.length ? [[causes[0].reports, t("tiles.first"), "first", reportLink(causes[0], cell(causes[0]))]] : []),
    ];
    return [
      run ? h("p", { class: "help", id: "as-of" }, t("as_of", { moment: moment(run.as_of) })) : null,
      cards(tiles),
      run ? section(t("brought"), help(t("last_run", { run: run.run_id, moment: moment(run.started_at) })),
        cards([["files_found"], ["files_read"], ["passed", "pass"], ["flagged", "flagged"], ["quarantined", "quarantined"], ["not_reports", "missing"], ["unreadable", "unreadable"]]
          .filter(([key]) => run[key] !== null).map(([key, kind]) => [run[key], t(key), kind]))) : null,
      section(t("causes"), causes.length ? [help(t("causes_help")), table("causes", t("causes"), [
        { key: "what", title: t("cause"), text: (v, row) => `${words(row)} ${v}`.trim(), show: (v, row) => [words(row) || h("b", null, v), words(row) ? h("small", null, ` ${v}`) : null] },
        { key: "kind", title: t("cause_kind"), text: (v) => t(`cause_kinds.${v}`), show: (v) => t(`cause_kinds.${v}`) },
        { key: "reports", title: t("settles"), number: true },
        { key: "report_id", title: t("example"), text: (_, row) => `${row.agency_name ?? ""} ${row.report_year ?? ""}`,
          show: (_, row) => h("a", { href: reportLink(row, cell(row)) }, `${row.agency_name || "?"} · ${row.report_year ?? "?"}`) },
      ], causes, { page: 20, all: causes[0].of_all })] : help(t("causes_none"))),
      section(t("store_verdicts"), history.length > 1 ? chart("history", t("store_verdicts"), {
        tooltip: { trigger: "axis" }, xAxis: { type: "category", data: history.map((row) => moment(row.started_at) || row.run_id) }, yAxis: { type: "value", name: t("reports") },
        series: VERDICTS.map(([key, shade]) => ({ name: t(key), type: "bar", stack: "all", barMaxWidth: 40, itemStyle: { color: colour(shade) }, data: history.map((row) => row[key]) })),
      }) : null, table("history", t("store_verdicts"), [
        { key: "started_at", title: t("run"), show: (v, row) => moment(v) || row.run_id },
        ...VERDICTS.map(([key]) => ({ key, title: t(key), number: true })),
      ], [...history].reverse())),
      await gongkai.storeParts(),
    ];
  };
})();
