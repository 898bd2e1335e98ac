// Quality: verdicts over the years, rules that fail, worst reports, suggestions.
"use strict";
(() => {
  const { h, t, number, rows, reportLink, section, help, choice, table, chart, colour, verdict } = gongkai;

  gongkai.page = async (state) => {
    const site = gongkai.site();
    if (state.list === "unknown") return gongkai.storeUnknown();
    const titles = site.rules;
    await gongkai.loadForms();
    const found = await gongkai.load(state.p ? `quality/${state.p}` : "quality");
    const all = site.years.includes(Number(state.year)) ? state.year : "";
    const name = state.p ? (site.provinces.find(([code]) => code === state.p) || ["", ""])[1] : null;
    const coverage = rows(await gongkai.load("coverage")).filter((row) => row.province === name && row.prefecture === null && row.agency_level === null);
    const rules = rows(found.rules).filter((row) => String(row.report_year ?? "") === all);
    const title = (code) => (titles[code] ? titles[code][gongkai.english() ? 1 : 0] : code);
    const controls = h("div", { class: "controls" },
      choice("p", t("province"), [["", t("country")], ...site.provinces.map(([code, n]) => [code, n || t("central")])], state.p || ""),
      choice("year", t("year"), [["", t("all")], ...site.years.map((year) => [year, year])], all));
    const verdicts = [["passed", "good"], ["flagged", "warn"], ["quarantined", "bad"], ["missing", "none"]];
    // The first of all years, or those of the year, with how many there are.
    const listed = (answer) => rows(answer).filter((row) => (all ? String(row.report_year) === all && row.place_in_year <= site.listed[1] : row.place <= site.listed[0]));
    const count = (list) => (list.length ? list[0][all ? "of_year" : "of_all"] : 0);
    const worst = listed(found.worst);
    const suggestions = listed(found.suggestions);
    const top = [...new Set(rules.map((row) => row.check_code))].slice(0, 15);
    const kinds = ["source", "reading", "definition", ""].filter((kind) => rules.some((row) => row.attribution === kind));
    return [
      controls,
      state.p || all ? null : await gongkai.storeParts(),
      section(t("verdicts"),
        chart("verdicts", t("verdicts"), {
          tooltip: { trigger: "axis" }, xAxis: { type: "category", data: coverage.map((row) => row.report_year) }, yAxis: { type: "value" },
          series: verdicts.map(([key, shade]) => ({ name: t(key), type: "bar", stack: "all", barMaxWidth: 48, itemStyle: { color: colour(shade) }, data: coverage.map((row) => row[key]) })),
        }),
        h("details", null, h("summary", null, t("chart_data")), table("verdicts", t("verdicts"), [
          { key: "report_year", title: t("year") },
          ...["expected", "received", "passed", "flagged", "quarantined", "missing", "late"].map((key) => ({ key, title: t(key), number: true }))], coverage))),
      section(t("rules"),
        rules.length ? chart("rules", t("rules"), {
          tooltip: { trigger: "axis", axisPointer: { type: "shadow" } }, xAxis: { type: "value" },
          yAxis: { type: "category", inverse: true, data: top, axisLabel: { formatter: (code) => code } },
          series: kinds.flatMap((kind) => ["fail", "not_evaluable"].map((outcome) => ({ kind, outcome })))
            .filter(({ kind, outcome }) => rules.some((row) => row.attribution === kind && row.outcome === outcome))
            .map(({ kind, outcome }) => ({
              name: `${t(`outcomes.${outcome}`)} · ${t(`attributions.${kind}`)}`, type: "bar", stack: "all", barMaxWidth: 22,
              data: top.map((code) => (rules.find((row) => row.check_code === code && row.attribution === kind && row.outcome === outcome) || {}).places ?? null),
            })),
        }, top.length > 6 ? "tall" : "") : null,
        table("rules", t("rules"), [
          { key: "check_code", title: t("rule"), text: (code) => `${code} ${title(code)}`, show: (code) => [h("b", null, code), " ", title(code)] },
          { key: "severity", title: t("severity"), text: (v) => t(`severities.${v}`), show: (v) => t(`severities.${v}`) },
          { key: "outcome", title: t("outcome"), text: (v) => t(`outcomes.${v}`), show: (v) => t(`outcomes.${v}`) },
          { key: "attribution", title: t("attribution"), text: (v) => t(`attributions.${v}`), show: (v) => t(`attributions.${v}`) },
          { key: "places", title: t("places"), number: true }, { key: "reports", title: t("reports"), number: true },
        ], rules)),
      section(t("worst"), table("worst", t("worst"), [
        { key: "agency_name", title: t("agency"), show: (value, row) => h("a", { href: reportLink(row) }, value || row.report_id) },
        { key: "report_year", title: t("year") },
        { key: "verdict", title: t("verdict"), text: (v) => t(`states.${v}`), show: (v) => verdict(v) },
        ...["broken", "open", "notes", "issues"].map((key) => ({ key, title: t(key), number: true })),
        ...["source", "reading", "definition"].map((key) => ({ key, title: t(`attributions.${key}`), number: true })),
        { key: "reason", title: t("reason"), show: (v) => h("span", { class: "long" }, v) },
      ], worst, { page: 20, all: count(worst) })),
      section(t("suggestions"), help(t("suggestions_help")), table("suggestions", t("suggestions"), [
        { key: "agency_name", title: t("agency"), show: (value, row) => h("a", { href: reportLink(row, cell(row)) }, value) },
        { key: "report_year", title: t("year") },
        { key: "indicator_code", title: t("indicator"), text: (v, row) => gongkai.indicator(v, row.edition), show: (v, row) => gongkai.indicator(v, row.edition) },
        { key: "applicant_code", title: t("applicant"), text: (v) => gongkai.applicant(v), show: (v) => gongkai.applicant(v) },
        { key: "printed", title: t("printed"), number: true, show: (v) => v || "□" },
        { key: "suggested_value", title: t("suggested"), number: true, show: (v) => h("b", null, number(v)) },
        { key: "unit", title: t("unit") },
      ], suggestions, { page: 20, all: count(suggestions) })),
    ];
  };
  const cell = (row) => [row.indicator_code, row.applicant_code].filter(Boolean).join("/");
})();
