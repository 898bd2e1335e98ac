// Quality: verdicts over the years, rules that fail, worst reports, suggestions.
"use strict";
(() => {
  const { h, t, link, number, rows, reportLink, said, titleOf, ruleLink, count: counted, crumbs, section, help, choice, table, chart, colour, verdict } = gongkai;
  const SHADES = { source: "bad", reading: "c1", definition: "c2", "": "c7" };

  gongkai.page = async (state) => {
    const site = gongkai.site();
    if (state.run) return ofRun(state);
    await gongkai.loadForms();
    const found = await gongkai.load(state.p ? `quality/${state.p}` : "quality");
    const all = site.years.includes(Number(state.year)) ? state.year : "";
    const name = state.p ? (site.provinces.find(([code]) => code === state.p) || ["", ""])[1] : null;
    const coverage = rows(await gongkai.load("coverage")).filter((row) => row.province === name && row.prefecture === null && row.agency_level === null);
    const rules = rows(found.rules).filter((row) => String(row.report_year ?? "") === all);
    const controls = h("div", { class: "controls" },
      choice("p", t("province"), [["", t("country")], ...site.provinces.map(([code, n]) => [code, n || t("central")])], state.p || ""),
      choice("year", t("year"), [["", t("all")], ...site.years.map((year) => [year, year])], all));
    const verdicts = [["passed", "good"], ["flagged", "warn"], ["quarantined", "bad"], ["missing", "none"]];
    // The first of all years, or those of the year, with how many there are.
    const listed = (answer) => rows(answer).filter((row) => (all ? String(row.report_year) === all && row.place_in_year <= site.listed[1] : row.place <= site.listed[0]));
    const count = (list) => (list.length ? list[0][all ? "of_year" : "of_all"] : 0);
    const worst = listed(found.worst);
    const suggestions = listed(found.suggestions);
    const to = (row) => ruleLink(row.check_code, { p: state.p, year: all, kind: kindOf(row) });
    /** The rules of one severity: hints are many and would hide what the form itself states. */
    const ofSeverity = (severity) => {
      const own = rules.filter((row) => row.severity === severity);
      if (!own.length) return severity === "statutory" ? section(t(`rules_of.${severity}`), help(t("checks_none"))) : null;
      const top = [...new Set(own.map((row) => row.check_code))].slice(0, 12);
      const kinds = [...new Set(own.map(kindOf))].sort();
      const name = (kind) => (kind === "not_evaluable" ? t("outcomes.not_evaluable") : `${t("outcomes.fail")} · ${t(`attributions.${kind.slice(5)}`)}`);
      return section(t(`rules_of.${severity}`), chart(severity, t(`rules_of.${severity}`), {
        tooltip: { trigger: "axis", axisPointer: { type: "shadow" } }, xAxis: { type: "value", minInterval: 1, name: t("places"), nameLocation: "middle", nameGap: 26 }, grid: { left: 8, right: 16, top: 48, bottom: 30, containLabel: true },
        yAxis: { type: "category", inverse: true, data: top, axisLabel: { formatter: (code) => `${code} ${titleOf(code)}`, width: 260, overflow: "truncate" } },
        series: kinds.map((kind) => ({
          name: name(kind), type: "bar", stack: "all", barMaxWidth: 22, itemStyle: { color: colour(kind === "not_evaluable" ? "none" : SHADES[kind.slice(5)]) },
          data: top.map((code) => (own.find((row) => row.check_code === code && kindOf(row) === kind) || {}).places ?? null),
        })),
        take: (point) => ruleLink(String(point.name), { p: state.p, year: all, kind: kinds[point.seriesIndex] }),
      }, top.length > 6 ? "tall" : top.length < 4 ? "low" : ""), table(severity, t(`rules_of.${severity}`), ruleColumns(to, (row) => ruleLink(row.check_code, { p: state.p, year: all })), own));
    };
    return [
      controls,
      state.p || all ? null : await gongkai.storeParts(),
      section(t("verdicts"),
        chart("verdicts", t("verdicts"), {
          tooltip: { trigger: "axis" }, xAxis: { type: "category", data: coverage.map((row) => row.report_year), name: t("year") }, yAxis: { type: "value", minInterval: 1, name: t("agencies") },
          take: (point) => link("coverage", { p: state.p, year: String(point.name), state: { passed: "pass" }[verdicts[point.seriesIndex][0]] || verdicts[point.seriesIndex][0] }),
          series: verdicts.map(([key, shade]) => ({ name: t(key), type: "bar", stack: "all", barMaxWidth: 48, itemStyle: { color: colour(shade) }, data: coverage.map((row) => row[key]) })),
        }),
        h("details", null, h("summary", null, t("chart_data")), table("verdicts", t("verdicts"), [
          { key: "report_year", title: t("year") },
          ...["expected", "received", "passed", "flagged", "quarantined", "missing", "late"].map((key) => ({ key, title: t(key), number: true,
            show: (v, row) => (v ? h("a", { href: link("coverage", { p: state.p, year: String(row.report_year), state: key === "passed" ? "pass" : key }) }, number(v)) : "0") }))], coverage))),
      ofSeverity("statutory"), ofSeverity("heuristic"),
      section(t("worst"), table("worst", t("worst"), [
        { key: "agency_name", title: t("agency"), show: (value, row) => h("a", { href: reportLink(row) }, value || row.report_id) },
        { key: "report_year", title: t("year") },
        { key: "verdict", title: t("verdict"), text: (v) => t(`states.${v}`), show: (v) => verdict(v) },
        ...["broken", "open", "notes", "issues", "source", "reading", "definition"].map((key) => ({
          key, title: t(["source", "reading", "definition"].includes(key) ? `attributions.${key}` : key), number: true, show: (v, row) => (v ? h("a", { href: reportLink(row) }, number(v)) : "0") })),
        { key: "reason", title: t("reason"), text: (_, row) => said(row, "reason"), show: (_, row) => h("span", { class: "long" }, said(row, "reason")) },
      ], worst, { page: 20, all: count(worst) })),
      section(t("suggestions"), help(t("suggestions_help")), table("suggestions", t("suggestions"), [
        { key: "agency_name", title: t("agency"), show: (value, row) => h("a", { href: reportLink(row, cell(row)) }, value) },
        { key: "report_year", title: t("year") },
        { key: "indicator_code", title: t("indicator"), text: (v, row) => gongkai.indicator(v, row.edition), show: (v, row) => gongkai.indicator(v, row.edition) },
        { key: "applicant_code", title: t("applicant"), text: (v) => gongkai.applicant(v), show: (v) => gongkai.applicant(v) },
        { key: "printed", title: t("printed"), number: true, show: (v) => v || "□" },
        { key: "suggested_value", title: t("suggested"), number: true, show: (v) => h("b", null, number(v)) },
        { key: "unit", title: t("unit"), show: (v) => gongkai.unit(v) },
      ], suggestions, { page: 20, all: count(suggestions) })),
    ];
  };
  /** The rules that failed in a run, as it found them. */
  async function ofRun({ run, severity, outcome }) {
    const n = (await gongkai.runs()).findIndex((one) => one.run_id === run);
    const found = n < 0 ? [] : rows((await gongkai.load(`judged/${n}`)).rules);
    const own = found.filter((row) => (!severity || row.severity === severity) && (!outcome || row.outcome === outcome));
    const to = (row) => ruleLink(row.check_code, { run, kind: kindOf(row) });
    return [
      crumbs([[t("pages.runs"), link("runs", {})], [run, link("runs", { run })], [t("failures_by_run"), null]]),
      section([t("failures_by_run"), severity && t(`severities.${severity}`), outcome && t(`outcomes.${outcome}`)].filter(Boolean).join(" · "), table("judged", t("failures_by_run"), ruleColumns(to, (row) => ruleLink(row.check_code, { run })), own, { none: t("checks_none") })),
    ];
  }
  const kindOf = (row) => (row.outcome === "not_evaluable" ? "not_evaluable" : `fail ${row.attribution ?? ""}`);
  /** The columns of a table of rules: what failed how often, where the counts and the rule lead. */
  const ruleColumns = (to, whole) => [
    { key: "check_code", title: t("rule"), text: (code) => `${code} ${titleOf(code)}`, show: (code, row) => h("a", { href: whole(row) }, h("b", null, code), " ", titleOf(code)) },
    { key: "outcome", title: t("outcome"), text: (v) => t(`outcomes.${v}`), show: (v) => t(`outcomes.${v}`) },
    { key: "attribution", title: t("attribution"), text: (v) => t(`attributions.${v}`), show: (v) => t(`attributions.${v}`) },
    ...["places", "reports"].map((key) => ({ key, title: t(key), number: true, show: (v, row) => counted(v, to(row)) })),
  ];
  const cell = (row) => [row.indicator_code, row.applicant_code].filter(Boolean).join("/");
})();
