// What all pages share: elements, words, the state in the address, the head of the page.
"use strict";
(() => {
  const page = document.documentElement.dataset.page;

  /** An element; text is only ever set as text. Attributes beginning with "on" are listeners, `null` is left out. */
  function h(name, attributes, ...children) {
    const svg = ["svg", "rect", "text", "title", "g"].includes(name) && attributes && attributes.svg;
    const element = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false || key === "svg") continue;
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (key === "value") element.value = value;
      else element.setAttribute(key, value === true ? "" : value);
    }
    for (const child of children.flat(9)) if (child !== null && child !== undefined) element.append(child);
    return element;
  }

  // --- state: everything a link should carry stands behind the # of the address -------------------------------

  const parse = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  let state = parse();

  function kept(name, otherwise) {
    try {
      return localStorage.getItem(`gongkai ${name}`) || otherwise;
    } catch {
      return otherwise;
    }
  }
  function keep(name, value) {
    try {
      localStorage.setItem(`gongkai ${name}`, value);
    } catch {
      // A browser that keeps nothing still shows the pages.
    }
  }
  const language = () => (["zh", "en"].includes(state.lang) ? state.lang : kept("lang", "zh"));
  const at = () => (language() === "en" ? 1 : 0);

  /** The address of a page with some state; the language goes along. */
  function link(target, values) {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries({ ...values, lang: state.lang })) if (value) query.set(key, value);
    return `${target}.html${query.size ? `#${query}` : ""}`;
  }
  /** Change part of the state: null takes a value away. The page is drawn anew. */
  function go(values) {
    const next = { ...state, ...values };
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(next)) if (value) query.set(key, value);
    location.hash = query.toString();
  }

  // --- words and numbers -------------------------------------------------------------------------------------

  let site;
  function words(path) {
    return path.split(".").reduce((found, key) => (found === undefined ? undefined : found[key]), site.texts);
  }
  /** A text by key, with {names} filled in; where there is none, the last part of the key. */
  function t(path, values) {
    const found = words(path);
    const text = Array.isArray(found) ? found[at()] : path.slice(path.lastIndexOf(".") + 1);
    return text.replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
  }
  const pair = (both) => (both ? both[at()] : "");

  /** A number as people write it; long ones come as text and lose nothing. */
  function number(value) {
    if (value === null || value === undefined || value === "") return "";
    const [whole, part] = String(value).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",").replace(/^-/, "−");
    return part ? `${grouped}.${part}` : grouped;
  }
  /** A share as per cent with one decimal, cut from its digits. */
  function rate(value) {
    return value === null || value === undefined ? "" : `${(Number(value) * 100).toFixed(1)}%`;
  }
  const moment = (text) => (text ? text.slice(0, 16).replace("T", " ") : "");

  /** Rows of an answer as objects. */
  function rows(answer) {
    return answer.rows.map((row) => Object.fromEntries(answer.columns.map((name, index) => [name, row[index]])));
  }

  /** Where the data of an agency lie: by the first six digits of its code. */
  const shardOf = (agency) => (/^\d{6}/.exec(agency || "") || ["none"])[0];
  function reportLink(row, cell) {
    return link("report", { at: `${shardOf(row.agency_id)}/${row.report_year || 0}`, id: row.report_id, cell });
  }
  const verdict = (name) => h("span", { class: `badge ${name}` }, t(`states.${name}`));

  let forms;
  /** What an indicator is called in an edition, else in the newest that has it. */
  function indicator(code, edition) {
    const editions = [edition, ...Object.keys(forms).sort().reverse()];
    for (const name of editions) if (forms[name] && forms[name].indicators[code]) return pair(forms[name].indicators[code].label);
    return code;
  }
  function applicant(code) {
    const found = site.applicants.find(([name]) => name === code);
    return found ? found[1 + at()] : code;
  }
  async function loadForms() {
    forms = await gongkai.load("forms");
    return forms;
  }

  // --- parts of pages ---------------------------------------------------------------------------------------

  /** A labelled choice; `options` are [value, text], the choice becomes state under its name. */
  function choice(name, label, options, value) {
    const id = `choose-${name}`;
    const select = h("select", { id, "data-focus": id, onchange: (event) => go({ [name]: event.target.value }) },
      options.map(([key, text]) => h("option", { value: key, selected: String(key) === String(value) }, text)));
    return h("div", { class: "field" }, h("label", { for: id }, label), select);
  }
  const section = (title, ...children) => h("section", null, h("h2", null, title), children);
  const help = (text) => h("p", { class: "help" }, text);
  const cards = (entries) => h("ul", { class: "cards" }, entries.map(([value, label, kind, href]) => {
    const content = [h("b", null, number(value)), h("span", null, label)];
    return h("li", { class: kind || null }, href ? h("a", { href }, content) : content);
  }));

  /** Whether the characters of a part stand in a name in this order, as 淮安洪泽 in 淮安市洪泽区. */
  function inOrder(part, name) {
    let from = 0;
    return [...part].every((char) => (from = name.indexOf(char, from) + 1) > 0);
  }
  /** A search field over all agencies; `found` makes what stands beside each name. */
  async function finder(make) {
    const index = (await gongkai.load("agencies")).rows;
    const list = h("ul", { class: "found", id: "found" });
    const note = h("p", { class: "help", "aria-live": "polite" });
    const MOST = 30;
    function find(text) {
      const wanted = text.trim().toLowerCase();
      const parts = wanted.split(/\s+/);
      const hits = wanted ? index.filter(([id, name, , , aliases]) => parts.every((part) => inOrder(part, name) || id.startsWith(part) || aliases.includes(part))) : index;
      const many = hits.length > MOST;
      note.textContent = many ? t("found_many", { all: number(hits.length), n: MOST }) : hits.length ? "" : t("nothing");
      list.replaceChildren(...hits.slice(0, MOST).map(([agency_id, agency_name]) => h("li", null, make({ agency_id, agency_name }))));
    }
    const field = h("input", { id: "find", type: "search", placeholder: t("find_hint"), autocomplete: "off", "data-focus": "find",
      value: state.find || "", oninput: (event) => find(event.target.value) });
    find(state.find || "");
    return h("div", { class: "finder" }, h("div", { class: "field" }, h("label", { for: "find" }, t("find_agency")), field), note, list);
  }

  // --- drawing ---------------------------------------------------------------------------------------------

  function theme() {
    const chosen = kept("theme", "");
    document.documentElement.dataset.theme = chosen || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  }
  function drawHead() {
    document.documentElement.lang = language() === "en" ? "en" : "zh-CN";
    document.title = `${t(`pages.${page}`)} · gongkai 公开`;
    const skip = document.getElementById("skip");
    skip.textContent = t("skip");
    skip.onclick = (event) => {
      event.preventDefault();
      document.getElementById("main").focus();
    };
    const other = language() === "en" ? "zh" : "en";
    document.getElementById("head").replaceChildren(
      h("a", { class: "brand", href: link("index") }, h("b", null, "gongkai 公开"), h("span", null, t("name"))),
      h("nav", { "aria-label": t("nav") }, Object.keys(site.texts.pages).map((name) =>
        h("a", { href: link(name), "aria-current": name === page ? "page" : null }, t(`pages.${name}`)))),
      h("div", { class: "switches" },
        h("button", { id: "language", type: "button", lang: other === "en" ? "en" : "zh-CN", "data-focus": "language",
          onclick: () => { keep("lang", other); go({ lang: other }); } }, t("language")),
        h("button", { id: "theme", type: "button", "data-focus": "theme", onclick: () => {
          keep("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
          theme();
          draw();
        } }, t("theme"))),
    );
    document.getElementById("foot").replaceChildren(
      h("p", null, t("footer", { reports: number(site.reports), facts: number(site.facts) })),
    );
  }

  let drawing = 0;
  async function draw() {
    const mine = ++drawing;
    const main = document.getElementById("main");
    const focused = document.activeElement && document.activeElement.dataset.focus;
    drawHead();
    main.setAttribute("aria-busy", "true");
    let content;
    try {
      content = await gongkai.page(state);
    } catch (error) {
      content = h("p", { class: "error", role: "alert" }, t("failed", { what: error.message }));
      if (!/^data\//.test(error.message)) console.error(error);
    }
    if (mine !== drawing) return;
    if (content) {
      main.replaceChildren(h("h1", null, t(`pages.${page}`), " ", h("small", null, t(`intro.${page}`))), ...[content].flat(9));
    }
    main.setAttribute("aria-busy", "false");
    if (focused) {
      const again = document.querySelector(`[data-focus="${CSS.escape(focused)}"]`);
      if (again) again.focus({ preventScroll: true });
    }
    document.dispatchEvent(new Event("drawn"));
  }

  /** What the local server answers: draw the new site, and ask for the next one. */
  function live(version, changed) {
    if (changed) location.reload();
    else gongkai.run(`live.js?version=${version}`).catch(() => {});
  }

  Object.assign(gongkai, {
    h, go, link, t, pair, number, rate, moment, rows, shardOf, reportLink, verdict, indicator, applicant, loadForms, choice,
    section, help, cards, finder, live, draw,
    site: () => site, state: () => state, english: () => language() === "en",
  });

  addEventListener("hashchange", () => {
    const before = state;
    state = parse();
    if (gongkai.moved && before.lang === state.lang && gongkai.moved(before, state)) return;
    draw();
  });
  document.addEventListener("DOMContentLoaded", async () => {
    theme();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { theme(); draw(); });
    site = await gongkai.load("site");
    await draw();
    if (gongkai.served) gongkai.run("live.js").catch(() => {});
  });
})();
