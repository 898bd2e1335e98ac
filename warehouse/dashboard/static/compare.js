// Compare: chosen agencies through the years, outcomes, reviews and lawsuits, rankings.
"use strict";
(() => {
  const { h, t, go, link, number, count, rate, rows, shardOf, reportLink, section, help, choice, table, chart, finder, pair } = gongkai;
  const MOST = 8;
  const RATES = ["full_rate", "partial_rate", "deny_rate", "unable_rate", "reject_rate", "other_rate"];

  // Of a figure or a share that is made of several cells, the first of them.
  const CELLS = {
    full_rate: "res_full", partial_rate: "res_partial", grant_rate: "res_full", deny_rate: "res_deny", unable_rate: "res_unable",
    reject_rate: "res_reject", other_rate: "res_other", open_rate: "req_carried_out", rev_concluded: "rev_upheld", rev_corrected_rate: "rev_corrected",
    lit_total: "lit_direct_total", lit_concluded: "lit_direct_upheld", lit_corrected: "lit_direct_corrected", lit_corrected_rate: "lit_direct_corrected",
  };
  /** A figure with the cell it stands in. */
  const figure = (key, show = number) => (v, row) => (v === null ? "" : h("a", { href: reportLink(row, CELLS[key] || key) }, show(v)));
  /** A share, likewise. */
  const share = (key) => figure(key, rate);
  /** How many agencies a rank is among, with the list of them. */
  const among = (row, p, n) => count(n, link("compare", { list: "ranking", year: String(row.report_year), p, level: String(row.agency_level), type: row.agency_type, scope: row.scope }));
  const codeOf = (id) => (/^\d{2}/.exec(id || "") || ["none"])[0];

  const scope = (row) => t(`scopes.${row.scope}`);
  const chosenIn = (state) => (state.a ? state.a.split(",").filter(Boolean).slice(0, MOST) : []);

  async function loadAgencies(ids) {
    const found = { series: [], rates: [], review: [], ranks: [] };
    const names = new Map();
    for (const id of ids) {
      const shard = await gongkai.load(`agency/${shardOf(id)}`).catch(() => null); // an address may name what is not there
      const about = shard && rows(shard.about).find((row) => row.agency_id === id);
      if (about) names.set(id, about.agency_name);
      for (const kind of about ? Object.keys(found) : []) {
        found[kind].push(...rows(shard[kind]).filter((row) => row.agency_id === id).map((row) => ({ ...row, name: about.agency_name })));
      }
    }
    return { ...found, names };
  }
  /** Rows of one line in a chart: an agency, and the scope where it reports several. */
  function lines(list) {
    const found = new Map();
    for (const row of list) {
      const key = `${row.agency_id} ${row.scope}`;
      if (!found.has(key)) found.set(key, { name: row.name, scope: row.scope, agency: row.agency_id, by: {} });
      found.get(key).by[row.report_year] = row;
    }
    const all = [...found.values()];
    return all.map((line) => ({ ...line, name: all.filter((o) => o.agency === line.agency).length > 1 ? `${line.name} · ${t(`scopes.${line.scope}`)}` : line.name }));
  }
  const agencyColumn = { key: "name", title: "", show: (value, row) => h("a", { href: reportLink(row) }, value) };
  const common = () => [{ ...agencyColumn, title: t("agency") }, { key: "report_year", title: t("year") },
    { key: "scope", title: t("scope"), text: (_, row) => scope(row), show: (_, row) => scope(row) }];

  gongkai.page = async (state) => {
    const site = gongkai.site();
    if (!site.years.length) return help(t("nothing"));
    // The year asked for, else the last one of the agencies chosen, else the last one anybody reports on.
    const asked = site.years.includes(Number(state.year)) ? Number(state.year) : 0;
    const own = asked || !state.a ? [] : (await loadAgencies(chosenIn(state))).rates.map((row) => row.report_year);
    if (state.list === "ranking" && asked) return rankingList(state, asked);
    const year = asked || (own.length ? Math.max(...own) : site.years.filter((y) => site.rankings.includes(String(y))).at(-1) || site.years.at(-1));
    const code = site.series[state.series] ? state.series : "req_new";
    const ranking = await loadRanking(state, year);
    const chosen = chosenIn(state).length ? chosenIn(state) : [...new Set(ranking.map((row) => row.agency_id))].slice(0, 3);
    const found = await loadAgencies(chosen);
    const series = found.series.filter((row) => row.series_code === code);
    const [zh, en, measure, cells] = site.series[code];
    const cellOf = (row) => cells[row.edition];
    const before = (row) => series.find((one) => one.agency_id === row.agency_id && one.scope === row.scope && one.report_year === row.report_year - 1);
    const label = `${pair([zh, en])}${measure ? ` (${gongkai.unit(measure)})` : ""}`;
    const inYear = (list) => list.filter((row) => row.report_year === year);
    const mixed = lines(inYear(found.rates));
    const choose = (ids) => go({ a: ids.join(",") });
    const chips = h("ul", { class: "chips", "aria-label": t("chosen") }, chosen.map((id) => h("li", null, h("a", { href: link("agency", { a: id }) }, found.names.get(id) || id),
      h("button", { type: "button", "aria-label": t("remove", { name: found.names.get(id) || id }), onclick: () => choose(chosen.filter((one) => one !== id)) }, "×"))));
    // Names of the whole country are loaded once somebody looks for one.
    const chooser = h("details", { open: Boolean(state.find) }, h("summary", null, t("find_agency")));
    const search = () => finder((row) => h("button", { type: "button", onclick: () => choose([...new Set([...chosen, row.agency_id])].slice(-MOST)) },
      h("span", null, row.agency_name), h("small", null, ` ${row.agency_id} · ${t("add")}`)));
    chooser.addEventListener("toggle", async () => chooser.append(await search()), { once: true });
    return [
      h("div", { class: "chooser" }, chips, chooser),
      h("div", { class: "controls" },
        choice("series", t("series"), Object.entries(site.series).map(([key, [z, e]]) => [key, pair([z, e])]), code),
        choice("year", t("year"), site.years.map((y) => [y, y]), year)),
      section(`${t("trend")} · ${label}`,
        chart("trend", label, {
          tooltip: { trigger: "axis" }, xAxis: { type: "category", data: site.years, name: t("year") }, yAxis: { type: "value", name: gongkai.unit(measure) },
          series: lines(series).map((line) => ({
            name: line.name, type: "line", connectNulls: false, symbolSize: 8,
            data: site.years.map((y) => (line.by[y] ? { value: line.by[y].value, symbol: gongkai.symbol(line.by[y]) } : null)),
          })),
          take: (point) => {
            const line = lines(series).find((one) => one.name === point.seriesName);
            return line && line.by[point.name] && reportLink(line.by[point.name], cellOf(line.by[point.name]));
          },
        }),
        help(t("break_help")), help(t("hollow_help")),
        table("series", label, [...common(),
          { key: "value", title: t("value"), number: true, show: (v, row) => h("a", { href: reportLink(row, cellOf(row)) }, number(v)) },
          { key: "value_before", title: t("value_before"), number: true, show: (v, row) => (before(row) ? h("a", { href: reportLink(before(row), cellOf(before(row))) }, number(v)) : number(v)) },
          ...[["change", number], ["change_rate", rate]].map(([key, said]) => ({ key, title: t(key), number: true, show: (v, row) => (v === null ? "" : h("a", { href: reportLink(row, cellOf(row)) }, said(v))) })),
          { key: "edition", title: t("edition") },
          { key: "is_break", title: t("is_break"), text: (v) => (v ? t("break_yes") : ""), show: (v) => (v ? `◆ ${t("break_yes")}` : "") },
        ], series)),
      section(`${t("mix")} · ${year}`,
        mixed.length ? chart("mix", t("mix"), {
          tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, valueFormatter: (v) => rate(v) },
          xAxis: { type: "value", max: 1, axisLabel: { formatter: (v) => rate(v) } },
          yAxis: { type: "category", inverse: true, data: mixed.map((line) => line.name), axisLabel: { width: 150, overflow: "truncate" } },
          series: RATES.map((key) => ({ name: t(`rates.${key}`), type: "bar", stack: "all", barMaxWidth: 26, data: mixed.map((line) => line.by[year][key]) })),
          take: (point) => reportLink(mixed[point.dataIndex].by[year], CELLS[RATES[point.seriesIndex]]),
        }) : null,
        table("rates", t("mix"), [...common(), ...["req_new", "res_total"].map((key) => ({ key, title: t(key), number: true, show: figure(key) })),
          ...["grant_rate", ...RATES, "open_rate"].map((key) => ({ key, title: t(`rates.${key}`), number: true, show: share(key) }))], found.rates)),
      section(t("review"),
        chart("review", t("review_columns.rev_corrected"), {
          tooltip: { trigger: "axis" }, xAxis: { type: "category", data: site.years }, yAxis: { type: "value", name: t("review_columns.rev_corrected") },
          series: lines(found.review).map((line) => ({ name: line.name, type: "bar", barMaxWidth: 30, data: site.years.map((y) => (line.by[y] ? line.by[y].rev_corrected : null)) })),
          take: (point) => reportLink(lines(found.review)[point.seriesIndex].by[point.name], "rev_corrected"),
        }),
        table("review", t("review"), [...common(), ...["rev_total", "rev_concluded", "rev_corrected", "rev_corrected_rate", "lit_total", "lit_concluded", "lit_corrected", "lit_corrected_rate"]
          .map((key) => ({ key, title: t(`review_columns.${key}`), number: true, show: key.endsWith("_rate") ? share(key) : figure(key) }))], found.review)),
      section(t("ranks"), table("ranks", t("ranks"), [...common(), { key: "req_new", title: t("req_new"), number: true, show: figure("req_new") },
        ...["rank_in_province", "rank_nationwide"].map((key) => ({ key, title: t(key), number: true, text: (v, row) => `${v} / ${row[key.replace("rank", "of")]}`, show: (v, row) => [number(v), " / ", among(row, key === "rank_in_province" ? codeOf(row.agency_id) : "", row[key.replace("rank", "of")])] })),
        { key: "deny_rank_in_province", title: t("deny_rank"), number: true }], found.ranks)),
      section(`${t("ranking")} · ${year}`, help(t("ranking_help", { n: site.listed[2] })),
        h("div", { class: "controls" },
          choice("p", t("province"), [["", t("country")], ...site.provinces.map(([c, n]) => [c, n || t("central")])], state.p || ""),
          choice("level", t("level"), [["", t("all")], ...["0", "1", "2", "3", "4"].map((l) => [l, pair(site.texts.levels[l])])], state.level || ""),
          choice("type", t("type"), [["", t("all")], ...Object.keys(site.texts.types).map((key) => [key, t(`types.${key}`)])], state.type || "")),
        table("ranking", t("ranking"), [
          { key: "agency_name", title: t("agency"), show: (value, row) => h("a", { href: reportLink(row) }, value) },
          { key: "agency_level", title: t("level"), text: (v) => pair(site.texts.levels[v]), show: (v) => pair(site.texts.levels[v]) },
          { key: "agency_type", title: t("type"), text: (v) => t(`types.${v}`), show: (v) => t(`types.${v}`) },
          { key: "scope", title: t("scope"), text: (_, row) => scope(row), show: (_, row) => scope(row) },
          { key: "req_new", title: t("req_new"), number: true, show: figure("req_new") },
          { key: "rank", title: t("rank"), number: true }, { key: "of", title: t("of"), number: true, show: (v, row) => among(row, state.p, v) },
          { key: "deny_rate", title: t("rates.deny_rate"), number: true, show: share("deny_rate") },
          { key: "deny_rank_in_province", title: t("deny_rank"), number: true },
          { key: "agency_id", title: t("add"), show: (id) => h("a", { href: link("compare", { ...state, a: [...new Set([...chosen, id])].slice(-MOST).join(",") }) }, "+", h("span", { class: "hidden" }, ` ${t("add")}`)) },
        ], ranking, { page: 20 })),
      help(t("per_head")),
    ];
  };

  /** The agencies a rank is among: of a province one by one, of the country province by province. */
  async function rankingList(state, year) {
    const { provinces, texts } = gongkai.site();
    const fits = (row) => (!state.level || String(row.agency_level) === state.level) && (!state.type || row.agency_type === state.type) && (!state.scope || row.scope === state.scope);
    const title = [year, t("ranking"), state.p && (provinces.find(([code]) => code === state.p) || [])[1], state.level && pair(texts.levels[state.level]), state.type && t(`types.${state.type}`), state.scope && t(`scopes.${state.scope}`)].filter(Boolean).join(" · ");
    const back = h("p", null, h("a", { href: link("compare", { year: String(year), p: state.p, level: state.level, type: state.type }) }, t("pages.compare")));
    if (state.p) {
      return [back, section(title, table("ranked", title, [
        { key: "agency_name", title: t("agency"), show: (v, row) => h("a", { href: link("agency", { a: row.agency_id }) }, v) },
        { key: "rank", title: t("rank"), number: true },
        { key: "req_new", title: t("req_new"), number: true, show: figure("req_new") },
        { key: "deny_rate", title: t("rates.deny_rate"), number: true, show: share("deny_rate") },
        { key: "deny_rank_in_province", title: t("deny_rank"), number: true },
      ], (await loadRanking(state, year)).filter(fits)))];
    }
    const counts = gongkai.site().rankings.includes(String(year)) ? rows((await gongkai.load(`ranking/${year}`)).ranked).filter(fits) : [];
    const list = [...new Set(counts.map((row) => row.province))].map((p) => ({ p, n: counts.filter((row) => row.province === p).reduce((all, row) => all + row.agencies, 0) }));
    const to = (row) => link("compare", { ...state, p: row.p });
    const name = (p) => (provinces.find(([code]) => code === p) || ["", ""])[1] || t("central");
    return [back, section(title, table("provinces", title, [
      { key: "p", title: t("province"), text: name, show: (v, row) => h("a", { href: to(row) }, name(v)) },
      { key: "n", title: t("agencies"), number: true, show: (v, row) => count(v, to(row)) },
    ], list))];
  }

  async function loadRanking(state, year) {
    const { years } = gongkai.site();
    if (!years.includes(year)) return [];
    const name = state.p ? `${year}-${state.p}` : String(year);
    if (!gongkai.site().rankings.includes(name)) return [];
    const found = rows((await gongkai.load(`ranking/${name}`))[state.p ? "province" : "country"]);
    return found
      .map((row) => ({ ...row, rank: row.rank_nationwide ?? row.rank_in_province, of: row.of_nationwide ?? row.of_in_province }))
      .filter((row) => (!state.level || String(row.agency_level) === state.level) && (!state.type || row.agency_type === state.type));
  }
})();
