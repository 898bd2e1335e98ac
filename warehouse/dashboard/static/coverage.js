// Coverage: a heat map from the country down to the agencies of a county.
"use strict";
(() => {
  const { h, t, link, go, number, rate, rows, reportLink, section, help, choice, table, cards } = gongkai;
  const STEPS = [0.2, 0.4, 0.6, 0.8, 1];

  const shade = (row) => (row.expected ? `r${STEPS.findIndex((step) => (row.received_rate ?? 0) <= step)}` : "none");

  /** What lies in the chosen region: {key, name, values for the next state, by: year → row}. */
  function children(regions, state, level) {
    const found = new Map();
    const take = (key, name, into, row) => {
      if (!found.has(key)) found.set(key, { name, into, by: {} });
      found.get(key).by[row.report_year] = row;
    };
    for (const row of regions) {
      if (String(row.agency_level ?? "") !== level) continue;
      if (!state.p) {
        if (row.province !== null && row.prefecture === null) take(row.province, row.province || t("central"), { p: codeOf(row.province), f: null, c: null, s: null }, row);
      } else if (state.f === undefined) {
        // Directly under a province: its prefectures, and the counties that belong to none.
        if (row.prefecture && row.county === null) take(row.prefecture, row.prefecture, { f: row.prefecture }, row);
        else if (row.prefecture === "" && row.county !== null) take(`/${row.county}`, row.county || t("itself", { name: nameOf(state.p) }), { f: "/", c: row.county || "/", s: row.shard }, row);
      } else if (row.prefecture === state.f && row.county !== null) {
        take(row.county, row.county || t("itself", { name: state.f }), { c: row.county || "/", s: row.shard }, row);
      }
    }
    const entries = [...found.values()];
    return state.p ? entries : entries.sort((a, b) => (a.into.p < b.into.p ? -1 : 1)); // provinces by their codes
  }
  const codeOf = (name) => (gongkai.site().provinces.find(([, n]) => n === name) || [""])[0];
  const nameOf = (code) => (gongkai.site().provinces.find(([c]) => c === code) || ["", ""])[1] || t("central");

  /** What the shades of the map mean. */
  const scale = () => h("ul", { class: "scale", "aria-label": t("legend") },
    STEPS.map((step, n) => h("li", null, h("span", { class: `r${n}` }), `≤ ${100 * step}%`)),
    h("li", null, h("span", { class: "none" }), t("states.none")));

  function crumbs(state) {
    const parts = [[t("country"), {}]];
    if (state.p) parts.push([nameOf(state.p), { p: state.p }]);
    if (state.f && state.f !== "/") parts.push([state.f, { p: state.p, f: state.f }]);
    if (state.c) parts.push([state.c === "/" ? t("itself", { name: state.f === "/" ? nameOf(state.p) : state.f }) : state.c, null]);
    return h("nav", { class: "crumbs", "aria-label": t("region") }, h("ol", null, parts.map(([name, values], index) =>
      h("li", null, index < parts.length - 1 ? h("a", { href: link("coverage", { ...values, level: state.level }) }, name)
        : h("span", { "aria-current": "location" }, name)))));
  }

  function heat(caption, names, years, cell) {
    return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      h("table", { class: "heat", id: "heat" }, h("caption", { class: "hidden" }, caption),
        h("thead", null, h("tr", null, h("th", { scope: "col" }, t("region")), years.map((year) => h("th", { scope: "col" }, year)))),
        h("tbody", null, names.map(({ head, row }) => h("tr", null, h("th", { scope: "row" }, head), years.map((year) => cell(row, year)))))));
  }

  function regionCell(entry, year, state) {
    const row = entry.by[year];
    if (!row) return h("td", { class: "none" });
    const said = t("heat_cell", { ...row, name: entry.name, year });
    return h("td", { class: shade(row), title: said }, h("a", { href: link("coverage", { ...state, ...entry.into, year: String(year) }) },
      `${number(row.received)}/${number(row.expected)}`, row.late ? h("small", null, ` ${t("late")} ${number(row.late)}`) : null, h("span", { class: "hidden" }, ` ${said}`)));
  }

  const ICON = { pass: "✓", flagged: "!", quarantined: "✕", missing: "–", none: "" };
  function agencyCell(entry, year) {
    const row = entry.by[year];
    if (!row) return h("td", { class: "none" });
    const said = `${entry.name} ${year}: ${t(`states.${row.state}`)}${row.is_late ? `, ${t("late")}` : ""}${row.reason ? `; ${row.reason}` : ""}`;
    const shown = [ICON[row.state], " ", t(`states.${row.state}`), row.is_late ? h("small", null, ` ${t("late")}`) : null];
    return h("td", { class: `state ${row.state}`, title: said }, row.report_id ? h("a", { href: reportLink(row) }, shown, h("span", { class: "hidden" }, ` ${said}`)) : h("span", null, shown));
  }

  gongkai.page = async (state) => {
    const years = gongkai.site().years;
    if (!years.length) return help(t("nothing"));
    const level = ["0", "1", "2", "3", "4"].includes(state.level) ? state.level : "";
    const year = years.includes(Number(state.year)) ? Number(state.year) : years.at(-1);
    const above = rows(await gongkai.load("coverage"));
    const regions = state.p ? rows((await gongkai.load(`coverage/${state.p}`)).regions) : above;
    const controls = h("div", { class: "controls" },
      choice("level", t("level"), [["", t("all")], ...["0", "1", "2", "3", "4"].map((l) => [l, gongkai.pair(gongkai.site().texts.levels[l])])], level),
      choice("year", t("year"), years.map((y) => [y, y]), year));
    // Figures of the region as a whole are a row of the view, too.
    const whole = above.concat(state.p ? regions : []).find((row) => row.report_year === year && String(row.agency_level ?? "") === level &&
      (!state.p ? row.province === null
        : state.f === undefined ? row.province === nameOfView(state.p) && row.prefecture === null
        : state.c === undefined ? row.prefecture === state.f && row.county === null && row.province === undefined
        : row.province === undefined && row.prefecture === (state.f === "/" ? "" : state.f) && row.county === (state.c === "/" ? "" : state.c)));
    const summary = whole ? cards([[whole.expected, `${year} · ${t("expected")}`], [whole.received, t("received")], [whole.passed, t("passed"), "pass"],
      [whole.flagged, t("flagged"), "flagged"], [whole.quarantined, t("quarantined"), "quarantined"], [whole.missing, t("missing"), "missing"], [whole.late, t("late"), "late"]]) : null;
    if (state.c) return [crumbs(state), controls, summary, ...(await agencies(state, years, level, year))];
    const entries = children(regions, state, level);
    const list = entries.map((entry) => ({ ...entry.by[year], entry })).filter((row) => row.report_year);
    return [
      crumbs(state), controls, summary,
      section(t("heat"), help(t("heat_help")), scale(), heat(t("heat"), entries.map((entry) => ({
        row: entry, head: h("a", { href: link("coverage", { p: state.p, level: state.level, ...strip(entry.into), f: entry.into.f ?? state.f }) }, entry.name),
      })), years, (entry, y) => regionCell(entry, y, { p: state.p, f: state.f, level: state.level }))),
      section(t("in_year", { year }), table("coverage", t("in_year", { year }), [
        { key: "name", title: t("region"), text: (_, row) => row.entry.name, show: (_, row) => row.entry.name },
        ...["expected", "received", "passed", "flagged", "quarantined", "missing", "late"].map((key) => ({ key, title: t(key), number: true })),
        { key: "received_rate", title: t("received_rate"), number: true, show: (value) => rate(value) },
      ], list)),
      state.p ? null : await gongkai.storeParts(),
    ];
  };
  const nameOfView = (code) => (gongkai.site().provinces.find(([c]) => c === code) || ["", ""])[1];
  const strip = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value));

  async function agencies(state, years, level, year) {
    const all = rows((await gongkai.load(`agency/${state.s}`)).years).filter((row) => !level || String(row.agency_level) === level);
    const found = new Map();
    for (const row of all) {
      if (!found.has(row.agency_id)) found.set(row.agency_id, { name: row.agency_name, id: row.agency_id, by: {} });
      found.get(row.agency_id).by[row.report_year] = row;
    }
    return [
      section(t("heat_agencies"), help(t("heat_help_agencies")), heat(t("heat_agencies"), [...found.values()].map((entry) => ({
        row: entry, head: h("a", { href: link("compare", { a: entry.id }) }, entry.name),
      })), years, agencyCell)),
      section(`${year} · ${t("agencies")}`, table("agencies", t("agencies"), [
        { key: "agency_name", title: t("agency") },
        { key: "state", title: t("state"), text: (value) => t(`states.${value}`), show: (value) => gongkai.verdict(value) },
        { key: "is_late", title: t("late"), text: (value) => (value ? t("late") : ""), show: (value) => (value ? t("late") : "") },
        { key: "published_on", title: t("published_on") },
        { key: "reason", title: t("reason") },
        { key: "report_id", title: t("pages.report"), show: (value, row) => (value ? h("a", { href: reportLink(row) }, value) : "") },
      ], all.filter((row) => row.report_year === year))),
    ];
  }
})();
