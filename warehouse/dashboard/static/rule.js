// Rule: what a rule or an issue says, and every report it was found in.
"use strict";
(() => {
  const { h, t, link, number, count, rows, reportLink, section, help, choice, table, chart, colour, cards, crumbs, place, ruleLink } = gongkai;
  const SHADES = { "fail source": "bad", "fail reading": "c1", "fail definition": "c2", "fail ": "c7", "not_evaluable": "none", "issue reading": "warn" };

  const both = (entry, name) => entry[`${name}_${gongkai.english() ? "en" : "zh"}`];
  const provinceOf = (code) => (gongkai.site().provinces.find(([one]) => one === code) || ["", ""])[1] || t("central");
  const kindOf = (row) => (row.outcome === "not_evaluable" ? "not_evaluable" : `${row.outcome} ${row.attribution ?? ""}`);
  const kindName = (kind) => {
    const [outcome, attribution] = kind.split(" ");
    return outcome === "fail" && attribution !== undefined ? `${t("outcomes.fail")} · ${t(`attributions.${attribution}`)}` : outcome === "issue" ? t("issue") : t(`outcomes.${outcome}`);
  };

  async function chooseRule() {
    const { rules, issues } = await gongkai.load("catalogue");
    const list = (name, title, entries, key) => section(title, table(name, title, [
      { key, title: t("rule"), text: (code, row) => `${code} ${both(row, "title")}`, show: (code, row) => h("a", { href: ruleLink(code) }, h("b", null, code), " ", both(row, "title")) },
      { key: "severity", title: t("severity"), text: (v) => t(`severities.${v}`), show: (v) => t(`severities.${v}`) },
    ], entries));
    return [list("allrules", t("rules_all"), rows(rules), "check_code"), list("allissues", t("issues_all"), rows(issues), "code")];
  }

  function meaning(entry, example) {
    const facts = [
      [t("means"), both(entry, "means") || both(entry, "source")],
      [t("exceptions"), both(entry, "exceptions")],
      [t("next_step"), both(entry, "next")],
      [t("example"), example && [gongkai.english() ? example.message_en : example.message_zh, " ",
        h("a", { href: reportLink(example, example.cells.split(" ")[0].replace("*", "")) }, `${example.agency_name || "?"} · ${example.report_year ?? "?"}`)]],
    ].filter(([, text]) => text && text.length);
    return h("dl", { class: "facts" }, facts.map(([name, text]) => [h("dt", null, name), h("dd", null, text)]));
  }

  /** Whether a finding is of a kind, or of any attribution of an outcome. */
  const isKind = (row, kind) => !kind || kind === kindOf(row) || kind === row.outcome;
  /** A report is a row, whatever was found in it. */
  function merged(list) {
    const found = new Map();
    for (const row of list) {
      const key = `${row.report_id || row.location} ${row.run}`;
      const known = found.get(key);
      found.set(key, known ? { ...known, places: known.places + row.places, kinds: [...new Set([...known.kinds, kindOf(row)])] } : { ...row, kinds: [kindOf(row)] });
    }
    return [...found.values()];
  }
  /** What reports of some provinces have of a rule, stood it or not. */
  const failing = async (code, provinces) => (await Promise.all(provinces.map(async (p) => rows((await gongkai.load(`failing/${code}/${p}`)).reports)))).flat();
  function failingTable(list) {
    const version = (row) => t(!row.stands ? "readings.superseded" : row.is_current ? "current" : "not_current");
    const to = (row) => (row.report_id ? reportLink(row, row.cell && row.cell !== "*" ? row.cell : null) : null);
    return table("failing", t("failing_reports"), [
      { key: "agency_name", title: t("agency"), show: (value, row) => (to(row) ? h("a", { href: to(row) }, value || row.report_id) : "") },
      { key: "report_year", title: t("year") },
      { key: "outcome", title: t("outcome"), text: (_, row) => row.kinds.map(kindName).join("；"), show: (_, row) => row.kinds.map(kindName).join("；") },
      { key: "location", title: t("location"), text: (v) => place(v) || v, show: (v, row) => [place(v) || v, row.places > 1 ? h("small", null, ` ${t("and_more", { n: number(row.places - 1) })}`) : null] },
      { key: "places", title: t("places"), number: true, show: (v, row) => count(v, to(row)) },
      { key: "is_current", title: t("version_column"), text: (_, row) => version(row), show: (_, row) => version(row) },
    ], merged(list), { none: t("filter_none") });
  }
  /** What a run found of the rule, whatever became of it since. */
  async function ofRun(state, found) {
    const { code, run, kind, p } = state;
    const n = (await gongkai.runs()).findIndex((one) => one.run_id === run);
    const counts = found ? rows(found.judged).filter((row) => row.run === n && isKind(row, kind) && (!p || row.province === p)) : [];
    const provinces = [...new Set(counts.map((row) => row.province))].sort();
    const sum = (key, province) => counts.filter((row) => !province || row.province === province).reduce((all, row) => all + row[key], 0);
    const here = (province) => ruleLink(code, { run, kind, p: province });
    return [
      kind ? help(kindName(kind)) : null,
      section(`${t("failing_reports")} · ${run}`, p || sum("reports") <= gongkai.few ? failingTable((await failing(code, provinces)).filter((row) => row.run === n && isKind(row, kind)))
        : [help(t("by_province_help")), table("provinces", t("failing_reports"), [
          { key: "province", title: t("province"), text: (v) => provinceOf(v), show: (v) => h("a", { href: here(v) }, provinceOf(v)) },
          ...["reports", "places"].map((key) => ({ key, title: t(key), number: true, show: (v, row) => count(v, here(row.province)) })),
        ], provinces.map((province) => ({ province, reports: sum("reports", province), places: sum("places", province) })))]),
    ];
  }

  gongkai.page = async (state) => {
    if (!state.code) return chooseRule();
    const { code } = state;
    await gongkai.loadForms();
    const catalogue = await gongkai.load("catalogue");
    const entry = [...rows(catalogue.rules), ...rows(catalogue.issues)].find((one) => (one.check_code || one.code) === code);
    gongkai.name(entry ? `${code} ${both(entry, "title")}` : code);
    const found = gongkai.site().found.includes(code) ? await gongkai.load(`rule/${code}`) : null;
    const counts = found ? rows(found.counts) : [];
    const whole = counts.filter((row) => row.report_year === null && row.province === null);
    const byYear = counts.filter((row) => row.report_year !== null);
    const byProvince = counts.filter((row) => row.province !== null);
    const provinces = [...new Set(byProvince.map((row) => row.province))].sort();
    const sum = (list, key) => list.reduce((all, row) => all + row[key], 0);
    const wanted = (row) => isKind(row, state.kind) && (!state.year || String(row.report_year) === state.year);
    const here = (values) => ruleLink(code, { p: state.p, year: state.year, kind: state.kind, ...values });
    const kinds = [...new Set(counts.map(kindOf))].sort();
    const head = [
      crumbs([...(state.run ? [[t("pages.runs"), link("runs", {})], [state.run, link("quality", { run: state.run })]] : [[t("pages.quality"), link("quality", {})]]), [code, null]]),
      entry ? h("p", null, h("span", { class: `badge ${entry.severity}` }, t(`severities.${entry.severity}`)), " ",
        entry.grade ? h("span", { class: "badge" }, t(`grades.${entry.grade}`)) : null) : null,
      entry ? meaning(entry, found && rows(found.example)[0]) : null,
    ];
    if (state.run) return [...head, ...(await ofRun(state, found))];
    if (!counts.length) return [...head, help(t("rule_none"))];
    const shown = state.p ? (provinces.includes(state.p) ? [state.p] : []) : sum(whole, "reports") <= gongkai.few ? provinces : null;
    const years = [...new Set(byYear.map((row) => row.report_year))].sort();
    const list = shown && (await failing(code, shown)).filter((row) => row.stands && row.report_id && wanted(row));
    return [
      ...head,
      cards(whole.map((row) => [row.reports, `${kindName(kindOf(row))} · ${t("reports")}`, { fail: "quarantined", issue: "flagged" }[row.outcome] || "missing", ruleLink(code, { kind: kindOf(row) })])),
      h("div", { class: "controls" },
        choice("p", t("province"), [["", t("country")], ...provinces.map((p) => [p, provinceOf(p)])], state.p || ""),
        choice("year", t("year"), [["", t("all")], ...years.map((year) => [year, year])], state.year || ""),
        choice("kind", t("outcome"), [["", t("all")], ...kinds.map((kind) => [kind, kindName(kind)])], state.kind || "")),
      section(t("failing_reports"), list
        ? failingTable(list)
        : [help(t("by_province_help")), table("provinces", t("failing_reports"), [
          { key: "province", title: t("province"), text: (v) => provinceOf(v), show: (v) => h("a", { href: here({ p: v }) }, provinceOf(v)) },
          { key: "reports", title: t("reports"), number: true, show: (v, row) => count(v, here({ p: row.province })) },
          { key: "places", title: t("places"), number: true, show: (v, row) => count(v, here({ p: row.province })) },
        ], provinces.map((province) => {
          const own = byProvince.filter((row) => row.province === province && isKind(row, state.kind));
          return { province, reports: sum(own, "reports"), places: sum(own, "places") };
        }).filter((row) => row.reports))]),
      section(t("trend"), chart("trend", t("trend"), {
        tooltip: { trigger: "axis" }, xAxis: { type: "category", data: years, name: t("year") }, yAxis: { type: "value", minInterval: 1, name: t("reports") },
        series: kinds.map((kind) => ({ name: kindName(kind), type: "bar", stack: "all", barMaxWidth: 48, itemStyle: { color: colour(SHADES[kind] || "c7") },
          data: years.map((year) => sum(byYear.filter((row) => row.report_year === year && kindOf(row) === kind), "reports")) })),
        take: (point) => here({ year: String(point.name), kind: kinds[point.seriesIndex] }),
      }), h("details", null, h("summary", null, t("chart_data")), table("trend", t("trend"), [
        { key: "report_year", title: t("year"), show: (v) => h("a", { href: here({ year: String(v) }) }, v) },
        { key: "outcome", title: t("outcome"), text: (_, row) => kindName(kindOf(row)), show: (_, row) => kindName(kindOf(row)) },
        ...["reports", "places"].map((key) => ({ key, title: t(key), number: true, show: (v, row) => count(v, here({ year: String(row.report_year), kind: kindOf(row) })) })),
      ], byYear))),
    ];
  };
})();
