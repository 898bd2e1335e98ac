// Coverage: a heat map from the country down to the agencies of a county.
"use strict";
(() => {
  const { h, t, link, number, count, rate, rows, reportLink, said, section, help, choice, table, cards } = gongkai;
  const STEPS = [0.2, 0.4, 0.6, 0.8, 1];

  // Where provinces lie, by the first two digits of their codes: a tile each, in rows of a map.
  const TILES = {
    65: [1, 2], 15: [7, 2], 23: [9, 1], 22: [9, 2], 21: [9, 3], 62: [3, 3], 64: [4, 3], 14: [6, 3], 13: [7, 3], 11: [7, 4], 12: [8, 4],
    63: [2, 4], 61: [5, 4], 41: [6, 4], 37: [8, 5], 54: [1, 5], 51: [4, 5], 50: [5, 5], 42: [6, 5], 34: [7, 5], 32: [8, 6], 31: [9, 6],
    52: [4, 6], 43: [5, 6], 36: [6, 6], 33: [8, 7], 53: [3, 6], 45: [4, 7], 44: [5, 7], 35: [7, 7], 46: [4, 8], 66: [2, 2],
  };
  const STATES = ["missing", "quarantined", "flagged", "unreadable", "pass", "late"];

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
    if (state.c) parts.push([state.c === "/" ? t("itself", { name: state.f === "/" ? nameOf(state.p) : state.f }) : state.c, { p: state.p, f: state.f, c: state.c, s: state.s }]);
    if (state.state) parts.push([t(state.state === "late" || !STATES.includes(state.state) ? state.state : `states.${state.state}`), {}]);
    return gongkai.crumbs(parts.map(([name, values]) => [name, link("coverage", { ...values, level: state.level, year: state.year })]));
  }

  /** The provinces as a map of tiles, each in the shade of its share received. */
  function tileMap(entries, year, level) {
    const tiles = entries.filter((entry) => TILES[entry.into.p] && entry.by[year]).map((entry) => {
      const row = entry.by[year];
      const [column, line] = TILES[entry.into.p];
      const short = entry.name.replace(/(维吾尔|壮族|回族)?(自治区|特别行政区)$|生产建设兵团$|[省市]$/g, "");
      const spoken = t("heat_cell", { ...row, name: entry.name, year });
      return h("li", { class: `tile ${shade(row)} x${column} y${line}` }, h("a", { href: link("coverage", { p: entry.into.p, year: String(year), level }), title: spoken },
        h("b", null, short), h("span", null, row.expected ? `${Math.floor(100 * row.received_rate)}%` : "—"), h("span", { class: "hidden" }, ` ${spoken}`)));
    });
    return tiles.length > 1 ? section(t("map", { year }), help(t("map_help")), scale(), h("ul", { class: "tiles" }, tiles)) : null;
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
    const spoken = t("heat_cell", { ...row, name: entry.name, year });
    return h("td", { class: shade(row), title: spoken }, h("a", { href: link("coverage", { ...state, ...entry.into, year: String(year) }) },
      `${number(row.received)}/${number(row.expected)}`, row.late ? h("small", null, ` ${t("late")} ${number(row.late)}`) : null, h("span", { class: "hidden" }, ` ${spoken}`)));
  }

  const ICON = { pass: "✓", flagged: "!", quarantined: "✕", missing: "–", none: "" };
  function agencyCell(entry, year) {
    const row = entry.by[year];
    if (!row) return h("td", { class: "none" });
    const spoken = `${entry.name} ${year}: ${t(`states.${row.state}`)}${row.is_late ? `, ${t("late")}` : ""}${row.reason ? `; ${said(row, "reason")}` : ""}`;
    const shown = [ICON[row.state], " ", t(`states.${row.state}`), row.is_late ? h("small", null, ` ${t("late")}`) : null];
    return h("td", { class: `state ${row.state}`, title: spoken }, row.report_id ? h("a", { href: reportLink(row) }, shown, h("span", { class: "hidden" }, ` ${spoken}`)) : h("span", null, shown));
  }

  gongkai.page = async (state) => {
    const years = gongkai.site().years;
    if (!years.length) return help(t("nothing"));
    const level = ["0", "1", "2", "3", "4"].includes(state.level) ? state.level : "";
    const year = years.includes(Number(state.year)) ? Number(state.year) : years.at(-1);
    if (state.year === "all" && state.state) return ofAllYears(state, level);
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
    const listed = (values) => link("coverage", { p: state.p, f: state.f, c: state.c, s: state.s, level, year: String(year), ...values });
    const summary = whole ? cards([[whole.expected, `${year} · ${t("expected")}`, null, listed({ state: "expected" })], [whole.received, t("received"), null, listed({ state: "received" })],
      [whole.passed, t("passed"), "pass", listed({ state: "pass" })], [whole.flagged, t("flagged"), "flagged", listed({ state: "flagged" })],
      [whole.quarantined, t("quarantined"), "quarantined", listed({ state: "quarantined" })], [whole.missing, t("missing"), "missing", listed({ state: "missing" })],
      [whole.late, t("late"), "late", listed({ state: "late" })],
      ...(whole.unreadable ? [[whole.unreadable, t("unreadable"), "unreadable", listed({ state: "unreadable" })]] : [])]) : null;
    if (state.state) {
      const entries = state.p ? [] : children(regions, state, level);
      return [crumbs(state), controls, summary, await stateList(state, year, level, entries)];
    }
    if (state.c) return [crumbs(state), controls, summary, ...(await agencies(state, years, level, year))];
    const entries = children(regions, state, level);
    const list = entries.map((entry) => ({ ...entry.by[year], entry })).filter((row) => row.report_year);
    return [
      crumbs(state), controls, summary,
      state.p ? null : tileMap(entries, year, level),
      section(t("heat"), help(t("heat_help")), scale(), heat(t("heat"), entries.map((entry) => ({
        row: entry, head: h("a", { href: below(entry, state, level) }, entry.name),
      })), years, (entry, y) => regionCell(entry, y, { p: state.p, f: state.f, level: state.level }))),
      section(t("in_year", { year }), table("coverage", t("in_year", { year }), [
        { key: "name", title: t("region"), text: (_, row) => row.entry.name, show: (_, row) => h("a", { href: below(row.entry, state, level) }, row.entry.name) },
        ...["expected", "received", "passed", "flagged", "quarantined", "missing", "late"].map((key) => ({ key, title: t(key), number: true,
          show: (value, row) => (value ? h("a", { href: link("coverage", { p: state.p, f: state.f, level, year: String(year), ...strip(row.entry.into), state: key === "passed" ? "pass" : key }) }, number(value)) : "0") })),
        { key: "received_rate", title: t("received_rate"), number: true, show: (value) => rate(value) },
      ], list)),
      state.p ? null : await gongkai.storeParts(),
    ];
  };
  /** The agencies and years of the country, or of a province, that are in a state, whatever the year. */
  async function ofAllYears(state, level) {
    const wanted = state.state;
    const years = gongkai.site().years;
    const controls = h("div", { class: "controls" },
      choice("p", t("province"), [["", t("country")], ...gongkai.site().provinces.map(([code, n]) => [code, n || t("central")])], state.p || ""),
      choice("year", t("year"), [["all", t("all")], ...years.map((y) => [y, y])], "all"));
    if (state.p) return [crumbs(state), controls, await stateTable(state, level, t("all"), () => true)];
    const column = { pass: "passed" }[wanted] || wanted;
    const entries = children(rows(await gongkai.load("coverage")), state, level);
    const list = entries.map((entry) => ({ name: entry.name, p: entry.into.p, n: Object.values(entry.by).reduce((all, row) => all + row[column], 0) }));
    return [crumbs(state), controls, byProvince(state, t("all"), list.filter((row) => row.n))];
  }
  const nameOfView = (code) => (gongkai.site().provinces.find(([c]) => c === code) || ["", ""])[1];
  const strip = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value));

  const below = (entry, state, level) => link("coverage", { p: state.p, level, ...strip(entry.into), f: entry.into.f ?? state.f });

  const stateTitle = (wanted, year) => `${year} · ${t(STATES.includes(wanted) && wanted !== "late" ? `states.${wanted}` : wanted)}`;

  /** What a count stands for: the agencies of a region and year in a state; of the whole country, province by province. */
  async function stateList(state, year, level, entries) {
    if (state.p) return stateTable(state, level, year, (row) => row.report_year === year);
    const column = { pass: "passed" }[state.state] || state.state;
    return byProvince(state, year, entries.map((entry) => ({ name: entry.name, n: (entry.by[year] || {})[column], p: entry.into.p })).filter((row) => row.n));
  }
  function byProvince(state, year, list) {
    const title = stateTitle(state.state, year);
    return section(title, table("states", title, [
      { key: "name", title: t("province"), show: (v, row) => h("a", { href: link("coverage", { ...state, p: row.p }) }, v) },
      { key: "n", title: t(state.year === "all" ? "reports" : "agencies"), number: true, show: (v, row) => count(v, link("coverage", { ...state, p: row.p })) },
    ], list, { none: t("state_none") }));
  }
  async function stateTable(state, level, year, inTime) {
    const title = stateTitle(state.state, year);
    const fits = { expected: () => true, received: (row) => row.report_id, late: (row) => row.is_late }[state.state] || ((row) => row.state === state.state);
    const inside = (row) => (!state.f || (row.prefecture ?? "") === (state.f === "/" ? "" : state.f)) && (!state.c || (row.county ?? "") === (state.c === "/" ? "" : state.c));
    const list = rows((await gongkai.load(`list/${state.p}`)).years).filter((row) => inTime(row) && (!level || String(row.agency_level) === level) && inside(row) && fits(row));
    return section(title, table("states", title, [
      { key: "agency_name", title: t("agency"), show: (v, row) => h("a", { href: link("agency", { a: row.agency_id }) }, v) },
      { key: "report_year", title: t("year") },
      { key: "prefecture", title: t("region"), text: (v, row) => [v, row.county].filter(Boolean).join(" "), show: (v, row) => [v, row.county].filter(Boolean).join(" ") },
      { key: "state", title: t("state"), text: (v) => t(`states.${v}`), show: (v) => gongkai.verdict(v) },
      { key: "is_late", title: t("late"), text: (v) => (v ? t("late") : ""), show: (v) => (v ? t("late") : "") },
      { key: "reason", title: t("reason"), text: (_, row) => said(row, "reason"), show: (_, row) => h("span", { class: "long" }, said(row, "reason")) },
      { key: "report_id", title: t("pages.report"), show: (v, row) => (v ? h("a", { href: reportLink(row) }, t("to_report")) : "") },
    ].filter(({ key }) => key !== "report_year" || state.year === "all"), list, { none: t("state_none") }));
  }

  async function agencies(state, years, level, year) {
    const all = rows((await gongkai.load(`agency/${state.s}`)).years).filter((row) => !level || String(row.agency_level) === level);
    const found = new Map();
    for (const row of all) {
      if (!found.has(row.agency_id)) found.set(row.agency_id, { name: row.agency_name, id: row.agency_id, by: {} });
      found.get(row.agency_id).by[row.report_year] = row;
    }
    return [
      section(t("heat_agencies"), help(t("heat_help_agencies")), heat(t("heat_agencies"), [...found.values()].map((entry) => ({
        row: entry, head: h("a", { href: link("agency", { a: entry.id }) }, entry.name),
      })), years, agencyCell)),
      section(`${year} · ${t("agencies")}`, table("agencies", t("agencies"), [
        { key: "agency_name", title: t("agency"), show: (value, row) => h("a", { href: link("agency", { a: row.agency_id }) }, value) },
        { key: "state", title: t("state"), text: (value) => t(`states.${value}`), show: (value) => gongkai.verdict(value) },
        { key: "is_late", title: t("late"), text: (value) => (value ? t("late") : ""), show: (value) => (value ? t("late") : "") },
        { key: "published_on", title: t("published_on") },
        { key: "reason", title: t("reason"), text: (_, row) => said(row, "reason"), show: (_, row) => h("span", { class: "long" }, said(row, "reason")) },
        { key: "report_id", title: t("pages.report"), show: (value, row) => (value ? h("a", { href: reportLink(row) }, value) : "") },
      ], all.filter((row) => row.report_year === year))),
    ];
  }
})();
