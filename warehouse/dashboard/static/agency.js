// Agency: its reports through the years, what is open, its figures, its names, and who is like it.
"use strict";
(() => {
  const { h, t, link, pair, rows, shardOf, reportLink, verdict, said, section, help, choice, table, chart, crumbs, regionSteps, finder, titleOf, ruleLink, unit, place, number } = gongkai;
  const MOST_PEERS = 24;
  const SIGN = { pass: "✓", flagged: "!", quarantined: "✕", missing: "–", unreadable: "?", none: "" };

  /** Agencies of the same kind beside one: of the same region above, level and type. */
  function peersOf(own, index) {
    const above = { 1: 0, 2: 2, 3: 4 }[own.level] ?? 6;
    const near = own.id.slice(0, own.type === "dept" ? 6 : above);
    return index.filter(([id, , level, type]) => id !== own.id && level === own.level && type === own.type && id.startsWith(near));
  }

  gongkai.page = async (state) => {
    if (!state.a) return section(t("find_agency"), await finder((row) => h("a", { href: link("agency", { a: row.agency_id }) }, row.agency_name, h("small", null, ` ${row.agency_id}`))));
    const province = (/^\d{2}/.exec(state.a) || ["none"])[0];
    const [id, ofAgency, level, type] = (gongkai.site().provinces.some(([code]) => code === province) && (await gongkai.indexOf(province)).find(([one]) => one === state.a)) || [];
    if (!id) return help(t("agency_unknown"));
    const own = { id, name: ofAgency, level, type };
    gongkai.name(own.name);
    await gongkai.loadForms();
    const shard = await gongkai.load(`agency/${shardOf(state.a)}`);
    const mine = (name) => rows(shard[name]).filter((row) => row.agency_id === state.a);
    const [about] = mine("about");
    const years = mine("years");
    const reports = mine("reports");
    const findings = mine("findings");
    const names = mine("names");
    const reforms = mine("reforms");
    const site = gongkai.site();
    const code = site.series[state.series] ? state.series : "req_new";
    const series = mine("series").filter((row) => row.series_code === code);
    const [, , measure, cells] = site.series[code];
    const peers = peersOf(own, await gongkai.indexOf(own.level === 1 ? null : province)); // those of a province lie in other provinces
    const scopes = [...new Set(series.map((row) => row.scope))];
    return [
      crumbs([...regionSteps(about), [own.name, null]]),
      h("p", { class: "help" }, [...new Set([own.id, pair(site.texts.levels[own.level]), own.type && t(`types.${own.type}`)])].filter(Boolean).join(" · "),
        about.parent_name ? [" · ", t("above"), " ", h("a", { href: link("agency", { a: about.parent_id }) }, about.parent_name)] : null,
        " · ", h("a", { href: link("compare", { a: own.id }) }, t("pages.compare"))),
      section(t("years"), years.length ? h("ol", { class: "years" }, years.map((row) => {
        const text = [h("b", null, row.report_year), h("span", null, SIGN[row.state], " ", t(`states.${row.state}`)), row.is_late ? h("small", null, t("late")) : null];
        return h("li", { class: `state ${row.state}`, title: said(row, "reason") || null }, row.report_id ? h("a", { href: reportLink(row) }, text) : h("span", null, text));
      })) : help(t("agency_no_report")),
      reports.length ? table("versions", t("years"), [
        { key: "report_year", title: t("year"), show: (v, row) => h("a", { href: reportLink(row) }, v ?? "?") },
        { key: "verdict", title: t("verdict"), text: (v) => t(`states.${v}`), show: (v) => verdict(v) },
        { key: "scope", title: t("scope"), text: (v) => t(`scopes.${v}`), show: (v) => t(`scopes.${v}`) },
        { key: "edition", title: t("edition") },
        { key: "version", title: t("version_column"), text: (v, row) => `${v} ${row.is_current ? t("current") : t("not_current")}`, show: (v, row) => `${v} · ${row.is_current ? t("current") : t("not_current")}${row.relation && row.relation !== "only" ? ` · ${t(`relations.${row.relation}`)}` : ""}` },
        { key: "published_on", title: t("published_on") },
        { key: "source_name", title: t("original"), show: (v) => h("span", { class: "long" }, /^https?:\/\//.test(v) ? h("a", { href: v, rel: "noreferrer external" }, v) : v) },
      ], [...reports].reverse()) : null),
      section(t("open_findings"), findings.length ? table("findings", t("open_findings"), [
        { key: "report_year", title: t("year"), show: (v, row) => h("a", { href: reportLink(row, row.cell && row.cell !== "*" ? row.cell : null) }, v ?? "?") },
        { key: "code", title: t("rule"), text: (v) => `${v} ${titleOf(v)}`, show: (v) => h("a", { href: ruleLink(v) }, h("b", null, v), " ", titleOf(v)) },
        { key: "severity", title: t("severity"), text: (v) => t(`severities.${v}`), show: (v) => t(`severities.${v}`) },
        { key: "outcome", title: t("outcome"), text: (v) => (v === "issue" ? t("issue") : t(`outcomes.${v}`)), show: (v) => (v === "issue" ? t("issue") : t(`outcomes.${v}`)) },
        { key: "attribution", title: t("attribution"), text: (v) => t(`attributions.${v}`), show: (v) => t(`attributions.${v}`) },
        { key: "location", title: t("location"), text: (v) => place(v) || v, show: (v, row) => h("a", { href: reportLink(row, row.cell && row.cell !== "*" ? row.cell : null) }, place(v) || v || t("pages.report")) },
        { key: "places", title: t("places"), number: true, show: (v, row) => h("a", { href: reportLink(row, row.cell && row.cell !== "*" ? row.cell : null) }, number(v)) },
      ], [...findings].sort((a, b) => RANK.indexOf(a.severity) - RANK.indexOf(b.severity) || b.report_year - a.report_year), { page: 20 }) : help(t("checks_none"))),
      section(t("trend"), h("div", { class: "controls" }, choice("series", t("series"), Object.entries(site.series).map(([key, both]) => [key, pair(both)]), code)),
        series.length ? [chart("series", pair(site.series[code]), {
          tooltip: { trigger: "axis" }, xAxis: { type: "category", data: site.years, name: t("year") }, yAxis: { type: "value", name: unit(measure) },
          series: scopes.map((scope) => ({ name: t(`scopes.${scope}`), type: "line", connectNulls: false, symbolSize: 10,
            data: site.years.map((year) => {
              const row = series.find((one) => one.report_year === year && one.scope === scope);
              return row ? { value: row.value, symbol: gongkai.symbol(row) } : null;
            }) })),
          take: (point) => {
            const row = series.find((one) => String(one.report_year) === String(point.name) && t(`scopes.${one.scope}`) === point.seriesName);
            return row && reportLink(row, cells[row.edition]);
          },
        }), help(t("hollow_help")), table("series", t("trend"), [
          { key: "report_year", title: t("year"), show: (v, row) => h("a", { href: reportLink(row) }, v) },
          { key: "scope", title: t("scope"), text: (v) => t(`scopes.${v}`), show: (v) => t(`scopes.${v}`) },
          { key: "value", title: measure ? `${t("value")} (${unit(measure)})` : t("value"), number: true, show: (v, row) => h("a", { href: reportLink(row, cells[row.edition]) }, number(v)) },
          { key: "change", title: t("change"), number: true, show: (v, row) => (v === null ? "" : h("a", { href: reportLink(row, cells[row.edition]) }, number(v))) },
          { key: "doubt", title: t("doubt"), text: (v) => (v ? t(`doubts.${v}`) : ""), show: (v) => (v ? `○ ${t(`doubts.${v}`)}` : "") },
          { key: "is_break", title: t("is_break"), text: (v) => (v ? t("break_yes") : ""), show: (v) => (v ? `◆ ${t("break_yes")}` : "") },
        ], series)] : help(t("series_none"))),
      reforms.length ? section(t("reforms"), h("ul", { class: "found" }, reforms.map((row) => h("li", null, t(`reform_kinds.${row.is_after ? "after" : "before"}_${row.how}`, { year: row.last_year ?? "?" }), " ",
        h("a", { href: link("agency", { a: row.other_id }) }, row.other_name))))) : null,
      names.length ? section(t("names"), table("names", t("names"), [
        { key: "alias", title: t("name_column") },
        { key: "kind", title: t("kind"), text: (v) => t(`name_kinds.${v}`), show: (v) => t(`name_kinds.${v}`) },
        { key: "valid_from", title: t("valid_from") }, { key: "valid_to", title: t("valid_to") },
      ], names)) : null,
      peers.length ? section(t("peers"), h("ul", { class: "found" }, peers.slice(0, MOST_PEERS).map(([id, name]) => h("li", null, h("a", { href: link("agency", { a: id }) }, name)))),
        h("p", null, h("a", { href: link("compare", { a: [own.id, ...peers.slice(0, 7).map(([id]) => id)].join(",") }) }, t("compare_peers", { n: number(Math.min(7, peers.length)) })))) : null,
    ];
  };
  const RANK = ["critical", "statutory", "heuristic"];
})();
