// Reports: every reading of a report that a count is made of: those that stand, those of a run, those that stood after it.
"use strict";
(() => {
  const { h, t, link, number, count, rows, reportLink, verdict, said, section, help, choice, table } = gongkai;
  const VERDICTS = ["pass", "flagged", "quarantined", "wrong"];
  const PARTS = ["counted", "other", "unknown"];

  const provinceOf = (code) => (gongkai.site().provinces.find(([one]) => one === code) || ["", ""])[1] || t("central");
  /** The report of a reading, where it lies now, at the cell it fails at. */
  const to = (row) => (row.lies ? link("report", { at: row.lies, id: row.report_id }) : row.until === null ? reportLink(row, row.cell) : null);

  gongkai.page = async (state) => {
    const data = await gongkai.load("reports");
    const runs = await gongkai.runs();
    const numberOf = (id) => runs.findIndex((run) => run.run_id === id);
    const [run, after, compared] = [state.run, state.after, state.compared].map((id) => (id ? numberOf(id) : null));
    // What a run found is what it read; what stands, or stood, is judged with what comparisons raised.
    const found = (row) => (run === null ? row.verdict : row.read_as);
    const inTime = (row) => (compared !== null ? (row.compared || []).includes(compared) : run !== null ? row.run === run : after !== null ? row.run <= after && (row.until === null || row.until > after) : row.until === null);
    const judged = (row) => !state.verdict || (state.verdict === "wrong" ? found(row) === "quarantined" || (found(row) === "flagged" && row.is_current) : found(row) === state.verdict);
    const fits = (row) => inTime(row) && judged(row) && (!state.part || row.part === state.part) && (!state.year || String(row.report_year ?? "none") === state.year);
    const counts = compared === null ? rows(data.counts) : rows(data.compared).map((row) => ({ ...row, compared: [row.run] }));
    const sum = (list) => list.reduce((all, row) => all + row.reports, 0);
    const wanted = counts.filter((row) => fits(row) && (!state.p || row.province === state.p));
    const provinces = [...new Set(wanted.map((row) => row.province))].sort();
    const years = [...new Set(counts.map((row) => String(row.report_year ?? "none")))].sort();
    const listed = state.p || sum(counts.filter((row) => provinces.includes(row.province))) <= gongkai.few;
    const list = listed && (await Promise.all(provinces.map(async (p) => rows((await gongkai.load(`reports/${p}`)).reports)))).flat().filter(fits);
    const time = (key) => choice(key, t(key), [["", t("all")], ...[...runs].reverse().map((one) => [one.run_id, gongkai.runName(one)])], state[key] || "");
    return [
      h("div", { class: "controls" },
        choice("p", t("province"), [["", t("country")], ...gongkai.site().provinces.map(([code, n]) => [code, n || t("central")])], state.p || ""),
        choice("year", t("year"), [["", t("all")], ...years.map((year) => [year, year === "none" ? t("work.none") : year])], state.year || ""),
        choice("verdict", t("verdict"), [["", t("all")], ...VERDICTS.map((v) => [v, v === "wrong" ? t("tiles.wrong") : t(`states.${v}`)])], state.verdict || ""),
        choice("part", t("part"), [["", t("all")], ...PARTS.map((part) => [part, t(`parts.${part}`)])], state.part || ""),
        time(["after", "compared"].find((key) => state[key]) || "run")),
      section(`${t("reports")} · ${number(sum(wanted))}`, help(t(compared !== null ? "readings.compared" : run !== null ? "readings.run" : after !== null ? "readings.after" : "readings.now")), list
        ? table("readings", t("reports"), [
          { key: "agency_name", title: t("agency"), show: (v, row) => (to(row) ? h("a", { href: to(row) }, v || row.report_id) : v || row.report_id) },
          { key: "report_year", title: t("year") },
          { key: "verdict", title: t("verdict"), text: (_, row) => t(`states.${found(row)}`), show: (_, row) => verdict(found(row)) },
          { key: "scope", title: t("scope"), text: (v) => t(`scopes.${v}`), show: (v) => t(`scopes.${v}`) },
          ...[(row) => t(row.until !== null ? "readings.superseded" : row.is_current ? "current" : "not_current")].map((say) => ({ key: "is_current", title: t("version_column"), text: (_, row) => say(row), show: (_, row) => say(row) })),
          { key: "run", title: t("run"), text: (v) => runs[v].run_id, show: (v) => h("a", { href: link("runs", { run: runs[v].run_id }) }, gongkai.runName(runs[v])) },
          { key: "reason", title: t("reason"), text: (_, row) => said(row, "reason"), show: (_, row) => h("span", { class: "long" }, said(row, "reason")) },
          { key: "source_name", title: t("file"), show: (v) => h("span", { class: "long" }, v) },
        ].filter(({ key }) => !["reason", "source_name"].includes(key) || list.some((row) => row[key])), list, { none: t("filter_none") })
        : [help(t("by_province_help")), table("provinces", t("reports"), [
          { key: "province", title: t("province"), text: provinceOf, show: (v) => h("a", { href: link("reports", { ...state, p: v }) }, provinceOf(v)) },
          { key: "reports", title: t("reports"), number: true, show: (v, row) => count(v, link("reports", { ...state, p: row.province })) },
        ], provinces.map((province) => ({ province, reports: sum(wanted.filter((row) => row.province === province)) })))]),
    ];
  };
})();
