// What all pages share: elements, words, the state in the address, the head of the page.
"use strict";
(() => {
  const page = document.documentElement.dataset.page;
  const BESIDE = ["rule", "agency", "search", "reports"]; // pages others lead to
  const FEW = 3000; // rows of the whole country shown at once

  /** An element; text is only ever set as text. Attributes beginning with "on" are listeners, `null` is left out. */
  function h(name, attributes, ...children) {
    const svg = ["svg", "rect", "text", "title", "g", "image"].includes(name) && attributes && attributes.svg;
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
    going = true;
    location.hash = query.toString();
  }
  /** Keep part of the state in the address without drawing the page anew; `step` makes it a step one can go back. */
  function note(values, step) {
    state = { ...state, ...values };
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(state)) if (value) query.set(key, value);
    history[step ? "pushState" : "replaceState"](step ? null : history.state, "", `#${query}`);
  }

  // Going back leads to the same place: an entry of the history keeps how far its page was scrolled, and the link taken.
  let going = false;
  let scrolled;
  const keepPlace = (place) => history.replaceState({ ...history.state, ...place }, "");
  history.scrollRestoration = "manual";
  addEventListener("scroll", () => {
    clearTimeout(scrolled);
    scrolled = setTimeout(() => keepPlace({ y: scrollY }), 100);
  }, { passive: true });
  document.addEventListener("click", (event) => {
    const taken = event.target.closest && event.target.closest("main a[href]");
    if (taken) keepPlace({ y: scrollY, taken: taken.getAttribute("href") });
  }, true);
  /** Scroll and focus as they were when this entry of the history was left. */
  function toPlace() {
    const { y, taken } = history.state || {};
    if (y === undefined) return;
    scrollTo(0, y);
    const again = taken && document.querySelector(`main a[href="${CSS.escape(taken)}"]`);
    if (again) again.focus({ preventScroll: true });
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
  /** A text with elements filled in. */
  const filled = (path, values) => t(path).split(/\{(\w+)\}/).map((part, index) => (index % 2 ? values[part] : part));
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
  /** A text of the program, of which the data carry both languages. */
  const said = (row, name) => (language() === "en" ? row[name] : row[`${name}_zh`] || row[name]) || "";
  /** What a rule or an issue is called. */
  const titleOf = (code) => pair(site.rules[code] || site.issues[code]) || code;
  /** A place of the form in its own words. */
  const place = (location) => (location || "").split("/").map((code) => (site.places[code] ? pair(site.places[code]) : code === "" ? "" : applicant(code))).filter(Boolean).join(" · ");
  const ruleLink = (code, values) => link("rule", { code, ...values });
  const unit = (name) => (site.texts.units[name] ? pair(site.texts.units[name]) : name || "");
  const moment = (text) => (text ? text.slice(0, 16).replace("T", " ") : "");

  /** Rows of an answer as objects. */
  function rows(answer) {
    return answer.rows.map((row) => Object.fromEntries(answer.columns.map((name, index) => [name, row[index]])));
  }

  /** The runs of the store by their number: {run_id, started_at}, oldest first. */
  const runs = async () => rows(await gongkai.load("ended").then((found) => found.runs));
  /** A run by when it began, where that is known. */
  const runName = (run) => moment(run.started_at) || run.run_id;

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
  /** The way to a page from above: [text, address] each, the last of them is the page. */
  const crumbs = (steps) => h("nav", { class: "crumbs", "aria-label": t("crumbs") }, h("ol", null, steps.map(([text, href], index) =>
    h("li", null, index < steps.length - 1 ? h("a", { href }, text) : h("span", { "aria-current": "location" }, text)))));
  /** The regions an agency lies in, as such steps. */
  function regionSteps({ agency_id, province, prefecture, county }) {
    const p = (/^\d{2}/.exec(agency_id || "") || ["none"])[0];
    const steps = [[t("country"), link("coverage", {})], [province || t("central"), link("coverage", { p })]];
    if (prefecture) steps.push([prefecture, link("coverage", { p, f: prefecture })]);
    steps.push([county || t("itself", { name: prefecture || province || t("central") }), link("coverage", { p, f: prefecture || "/", c: county || "/", s: shardOf(agency_id) })]);
    return steps;
  }
  /** A count with the list it leads to; nothing is behind a count of nothing. */
  const count = (value, href) => (Number(value) && href ? h("a", { href }, number(value)) : number(value));
  const cards = (entries) => h("ul", { class: "cards" }, entries.map(([value, label, kind, href]) => {
    const content = [h("b", null, number(value)), h("span", null, label)];
    return h("li", { class: kind || null }, href ? h("a", { href }, content) : content);
  }));

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
      h("nav", { "aria-label": t("nav") }, Object.keys(site.texts.pages).filter((name) => !BESIDE.includes(name)).map((name) =>
        h("a", { href: link(name), "aria-current": name === page ? "page" : null }, t(`pages.${name}`)))),
      h("form", { class: "search", role: "search", onsubmit: (event) => {
        event.preventDefault();
        const asked = event.target.elements.q.value.trim();
        if (page === "search") go({ q: asked });
        else location.href = link("search", { q: asked });
      } }, h("input", { type: "search", name: "q", id: "q", "data-focus": "q", autocomplete: "off", value: page === "search" ? state.q || "" : "",
        "aria-label": t("pages.search"), placeholder: t("search_hint") })),
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
      h("p", null, filled("footer", { reports: count(site.reports, link("reports")), facts: h("span", { id: "facts" }, number(site.facts)) }), site.as_of ? ` ${t("as_of", { moment: site.as_of })}` : ""),
      h("p", { class: "printed" }, `${new Date().toLocaleString("sv").slice(0, 16)} · ${location.href}`),
    );
  }

  /** The heading of a page about one thing names it. */
  let about = "";
  const name = (text) => {
    about = text;
    document.title = `${text} · ${t(`pages.${page}`)} · gongkai 公开`;
  };
  let drawing = 0;
  async function draw() {
    const mine = ++drawing;
    const main = document.getElementById("main");
    const focused = document.activeElement && document.activeElement.dataset.focus;
    const asked = focused && document.activeElement.matches("input") ? [document.activeElement.selectionStart, document.activeElement.selectionEnd] : null;
    drawHead();
    main.setAttribute("aria-busy", "true");
    let content;
    about = "";
    try {
      content = await gongkai.page(state);
    } catch (error) {
      content = h("p", { class: "error", role: "alert" }, t("failed", { what: error.message }));
      if (!/^data\//.test(error.message)) console.error(error);
    }
    if (mine !== drawing) return;
    if (content) {
      const heading = about ? h("h1", null, h("span", { class: "kind" }, t(`pages.${page}`)), " ", about) : h("h1", null, t(`pages.${page}`), " ", h("small", null, t(`intro.${page}`)));
      main.replaceChildren(heading, ...[content].flat(9).filter((one) => one !== null && one !== undefined));
    }
    main.setAttribute("aria-busy", "false");
    if (focused) {
      const again = document.querySelector(`[data-focus="${CSS.escape(focused)}"]`);
      if (again) again.focus({ preventScroll: true });
      if (again && asked) again.setSelectionRange(...asked);
    }
    const drawn = new CustomEvent("drawn", { detail: [] }); // what takes the page to be whole is pushed there
    document.dispatchEvent(drawn);
    await Promise.all(drawn.detail);
  }

  /** What the local server answers: draw the new site, and ask for the next one. */
  function live(version, changed) {
    if (changed) location.reload();
    else gongkai.run(`live.js?version=${version}`).catch(() => {});
  }

  Object.assign(gongkai, {
    h, go, link, t, pair, number, rate, moment, rows, runs, runName, shardOf, reportLink, verdict, indicator, applicant, loadForms, choice,
    section, help, cards, count, crumbs, regionSteps, live, draw, note, name, said, titleOf, place, ruleLink, unit,
    few: FEW, site: () => site, state: () => state, english: () => language() === "en",
  });

  addEventListener("hashchange", () => {
    const before = state;
    state = parse();
    const chosen = going;
    going = false;
    clearTimeout(scrolled);
    if (gongkai.moved && before.lang === state.lang && gongkai.moved(before, state)) return;
    draw().then(() => (history.state ? toPlace() : chosen || scrollTo(0, 0)));
  });
  addEventListener("beforeprint", () => document.querySelectorAll("main details").forEach((one) => { one.open = true; }));
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    event.preventDefault();
    document.getElementById("q").focus();
  });
  document.addEventListener("DOMContentLoaded", async () => {
    theme();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { theme(); draw(); });
    site = await gongkai.load("site");
    await draw();
    toPlace();
    if (gongkai.served) gongkai.run("live.js").catch(() => {});
  });
})();
