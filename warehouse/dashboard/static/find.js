// Finding: agencies by parts of their names in any order, by codes, former names, sounds and traditional characters.
"use strict";
(() => {
  const { h, t, link, pair, number, ruleLink, section, help } = gongkai;
  const MOST = 30;
  const SKIPPED = "省市县区州盟旗镇乡"; // what initials leave out

  /** Whether the characters of a part stand in a name in this order, as 淮安洪泽 in 淮安市洪泽区. */
  function inOrder(chars, name) {
    let from = 0;
    return chars.every((char) => (from = name.indexOf(char, from) + 1) > 0);
  }
  /** Whether a part is made of pieces of a name in any order, as 洪泽淮安. */
  function ofPieces(part, name) {
    let left = part;
    while (left) {
      let length = left.length;
      while (length > 1 && !name.includes(left.slice(0, length))) length -= 1;
      if (length < 2) return false;
      left = left.slice(length);
    }
    return true;
  }
  /** Whether letters sound like a piece of a name: whole syllables, initials, or both. */
  function sounds(letters, name, table) {
    const chars = [...name];
    const from = (i, j) => {
      if (j === letters.length) return true;
      if (i === chars.length) return false;
      if ((table[chars[i]] || []).some((one) => one[0] === letters[j]
        && ((letters.startsWith(one, j) && from(i + 1, j + one.length)) || one.startsWith(letters.slice(j)) || from(i + 1, j + 1)))) return true;
      return j > 0 && SKIPPED.includes(chars[i]) && from(i + 1, j);
    };
    return chars.some((_, i) => from(i, 0));
  }

  /** What tells whether an agency is asked for by a text. */
  async function matcher(text) {
    const { sounds: spoken, simple } = await gongkai.load("search");
    const table = Object.fromEntries(Object.entries(spoken).map(([char, readings]) => [char, readings.split(" ")]));
    const parts = [...text.trim().toLowerCase()].map((char) => simple[char] || char).join("").split(/\s+/).filter(Boolean)
      .map((part) => ({ part, chars: [...part], letters: /^[a-z']+$/.test(part) && part.replaceAll("'", "") }));
    // What is most often refused is refused first: there are a hundred thousand names.
    return (id, name, aliases) => parts.every(({ part, chars, letters }) => (letters ? sounds(letters, name, table)
      : inOrder(chars, name) || id.startsWith(part) || aliases.includes(part) || (chars.every((char) => name.includes(char)) && ofPieces(part, name))));
  }
  /** The agencies of a province, or of all: [id, name, level, type, other names], in the order of their ids. */
  async function indexOf(province) {
    const codes = [...new Set(gongkai.site().provinces.map(([code]) => code))].filter((code) => !province || code === province);
    return (await Promise.all(codes.map((code) => gongkai.load(`agencies/${code}`)))).flatMap((found) => found.rows.rows);
  }
  /** The agencies asked for, as {agency_id, agency_name}; shorter names come first, for they are the governments. */
  async function agencies(text) {
    const index = await indexOf();
    if (!text.trim()) return index.map(([agency_id, agency_name]) => ({ agency_id, agency_name }));
    const fits = await matcher(text);
    return index.filter(([id, name, , , aliases]) => fits(id, name, aliases))
      .map(([agency_id, agency_name]) => ({ agency_id, agency_name }))
      .sort((a, b) => a.agency_name.length - b.agency_name.length);
  }

  /** A search field over all agencies; `make` makes what stands beside each name. */
  async function finder(make) {
    const list = h("ul", { class: "found", id: "found" });
    const note = h("p", { class: "help", "aria-live": "polite" });
    let asked = 0;
    async function find(text) {
      const mine = ++asked;
      const hits = await agencies(text);
      if (mine !== asked) return;
      note.textContent = hits.length > MOST ? t("found_many", { all: number(hits.length), n: MOST }) : hits.length ? "" : t("nothing");
      list.replaceChildren(...hits.slice(0, MOST).map((row) => h("li", null, make(row))));
    }
    const state = gongkai.state();
    const field = h("input", { id: "find", type: "search", placeholder: t("find_hint"), autocomplete: "off", "data-focus": "find",
      value: state.find || "", oninput: (event) => { gongkai.note({ find: event.target.value }); find(event.target.value); } });
    await gongkai.load("search"); // at hand before the first letter
    await find(state.find || "");
    return h("div", { class: "finder" }, h("div", { class: "field" }, h("label", { for: "find" }, t("find_agency")), field), note, list);
  }

  /** Everything a text finds: agencies, rules and issues, series. */
  async function findAll(text) {
    const site = gongkai.site();
    const wanted = text.trim().toLowerCase();
    const has = (...texts) => wanted && texts.some((one) => String(one).toLowerCase().includes(wanted));
    const hits = wanted ? await agencies(text) : [];
    const lists = [
      [t("agencies"), hits.slice(0, MOST).map((row) => h("a", { href: link("agency", { a: row.agency_id }) }, row.agency_name, h("small", null, ` ${row.agency_id}`))), hits.length],
      ...[[t("rules_all"), site.rules], [t("issues_all"), site.issues]].map(([title, all]) => [title, Object.entries(all).filter(([code, both]) => has(code, ...both))
        .map(([code, both]) => h("a", { href: ruleLink(code) }, h("b", null, code), " ", pair(both)))]),
      [t("series"), Object.entries(site.series).filter(([code, both]) => has(code, ...both))
        .map(([code, both]) => h("a", { href: link("compare", { series: code }) }, pair(both), h("small", null, ` ${code}`)))],
    ].filter(([, found]) => found.length);
    return lists.length ? lists.map(([title, found, all]) => section(title, all > MOST ? help(t("found_many", { all: number(all), n: MOST })) : null,
      h("ul", { class: "found" }, found.map((one) => h("li", null, one))))) : [help(wanted ? t("search_none") : t("search_help"))];
  }
  Object.assign(gongkai, { finder, findAll, agencies, indexOf });
})();
