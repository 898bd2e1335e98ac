// Worklist: causes of doubt, those first that settle most; beside them the cell in its source; a key decides and goes on.
// Decisions gather in this browser and leave as a file of corrections, or go to the local server that serves the page.
"use strict";
(() => {
  const { h, t, go, link, number, pair, rows, shardOf, reportLink, verdict, choice, help, said, titleOf, ruleLink, sourceView } = gongkai;
  const TO_DO = ["open", "reopened"];
  const AROUND = 7; // doubts of a cause listed on either side of the one shown
  // Key → what it decides: [key, action of the entry, word, whether what was read of a whole line or table can be so decided]
  const ACTS = [
    ["s", "override", "take", false], ["k", "accept", "keep", true], ["b", "blank", "blank", false],
    ["t", "told", "told", true], ["c", "confirmed", "confirmed", true],
  ];
  /** What a doubt is, by facet; all of it is one of the choices of that facet. */
  const FACETS = {
    p: (doubt) => [doubt.province], year: (doubt) => [String(doubt.report.report_year ?? "none")], kind: (doubt) => [doubt.kind],
    rule: (doubt) => doubt.rules.split(" ").filter(Boolean), severity: (doubt) => [doubt.severity], attribution: (doubt) => [doubt.attribution || "open"],
    since: (doubt) => ["new", "settled"].filter((what) => doubt[`is_${what}`]),
    state: (doubt) => ["all", doubt.state, ...(TO_DO.includes(doubt.state) ? ["to_do"] : [])],
  };
  const CANDIDATE = /([0-9]{12}[^\s;,]*) ([^;]+)/g; // as an issue lists the agencies a name may mean

  let list = null; // the page on the screen: its doubts, the one shown, the functions that draw

  // --- what was decided here and is not in the store yet -------------------------------------------------------------

  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (name, text) => { try { localStorage.setItem(name, text); } catch { tell(t("work.not_kept")); } };
  // A browser keeps things by site, and all files are one site to it: decisions are kept by folder, too.
  const KEPT = `gongkai decisions ${location.pathname.replace(/[^/]*$/, "")}`;
  let decisions = []; // [{id, batch, sent, entries, said}], the last decision last
  let byId = new Map();

  function remember(changed) {
    decisions = changed;
    byId = new Map(decisions.map((one) => [one.id, one]));
    keep(KEPT, JSON.stringify(decisions));
  }
  /** What is kept, without what was handed in and is in the store by now. */
  function recall(open) {
    let found = [];
    try {
      found = JSON.parse(kept(KEPT)) || [];
    } catch {
      // What cannot be read was not written here.
    }
    const left = found.filter((one) => !one.sent || open.has(one.id));
    remember(left);
    return found.length - left.length;
  }
  // What is decided on another page of this browser counts here, too.
  addEventListener("storage", (event) => event.key === KEPT && list && gongkai.draw());

  // --- entries of a file of corrections ------------------------------------------------------------------------------

  const yaml = (entry) => `- ${Object.entries(entry).map(([name, value]) =>
    `${name}: ${["agency", "value", "expect", "reason", "reviewer"].includes(name) ? JSON.stringify(value) : value}`).join("\n  ")}\n`;
  const text = (list) => list.flatMap((one) => one.entries).map(yaml).join("\n");
  const today = () => new Date().toLocaleDateString("sv");

  async function found(report) {
    const at = `${shardOf(report.agency_id)}/${report.report_year || 0}`;
    const [reports, sources] = await Promise.all([`report/${at}`, `source/${at}`].map(gongkai.load));
    const whole = reports[report.report_id];
    return { ...gongkai.opened(whole), source: sources[whole.report.document_sha256] };
  }
  const keyOf = (cell) => [cell.table_key, cell.indicator_code, cell.applicant_code].filter(Boolean).join("/");

  /** The places of a doubt with what they print. A line or a table prints many things: "" stands for them. */
  async function places(doubt) {
    if (doubt.place === "report/agency") return [[doubt.place, doubt.printed]];
    if (doubt.place === "report/year") return [[doubt.place, String(doubt.report.report_year ?? "")]];
    const cells = new Map((await found(doubt.report)).cells.map((cell) => [keyOf(cell), cell.printed || ""]));
    return doubt.place.split(" ").filter(Boolean).map((place) => [place, cells.get(place) ?? ""]);
  }
  function named(doubt, place) {
    const { agency_id, report_year, scope, report_id } = doubt.report;
    if (place.startsWith("report/") || list.wide(place) || !agency_id || !report_year) return { document: report_id };
    return { agency: agency_id, year: report_year, ...(["own", "area", "system"].includes(scope) ? { scope } : {}) };
  }
  async function entries(doubt, action, value, reason) {
    const common = { reason, reviewer: list.reviewer(), date: today() };
    return (await places(doubt)).map(([place, expect]) => ({
      ...named(doubt, place), cell: place, action, ...(action === "override" ? { value } : {}), expect, ...common }));
  }
  /** Whether a doubt can be decided so. */
  function may(doubt, word) {
    if (!doubt || !doubt.place) return false;
    if (doubt.place.startsWith("report/")) return word === "value";
    const wide = list.wide(doubt.place);
    if (word === "take") return !wide && doubt.suggested_value !== null;
    if (word === "value") return !wide && !doubt.place.includes(" ");
    return !wide || ACTS.some(([, , name, whole]) => name === word && whole);
  }

  // --- deciding ------------------------------------------------------------------------------------------------------

  const tell = (words) => { const said = document.getElementById("said"); if (said) said.textContent = words; };

  let busy = false; // no key decides about a doubt that is not on the screen yet
  async function decide(word, given, whole) {
    const action = word === "value" ? "override" : ACTS.find(([, , name]) => name === word)[1];
    if (busy || !list || !list.shown) return;
    if (!list.reviewer()) {
      tell(t("work.who"));
      document.getElementById("reviewer").focus();
      return;
    }
    const targets = (whole ? list.of(list.shown.cause).filter((doubt) => isToDo(doubt)) : [list.shown]).filter((doubt) => may(doubt, word));
    if (!targets.length) {
      tell(t("work.cannot"));
      return;
    }
    busy = true;
    try {
      const batch = Date.now();
      const reason = list.reason() || t(`work.reasons.${word}`);
      const made = [];
      for (const doubt of targets) {
        const value = word === "take" ? doubt.suggested_value : given;
        made.push({ id: doubt.id, batch, said: [word, value ?? ""], entries: await entries(doubt, action, value, reason) });
      }
      const anew = new Set(made.map((one) => one.id));
      remember([...decisions.filter((one) => !anew.has(one.id)), ...made]);
      const next = list.next(list.shown, (doubt) => isToDo(doubt));
      tell(`${t("work.decided", { n: made.length })}: ${t(`work.acts.${word}`)}`);
      list.drawBar();
      await list.show(next || list.shown);
      if (!next) tell(t("work.all_done"));
    } finally {
      busy = false;
    }
  }
  async function undo() {
    const last = decisions.filter((one) => !one.sent).at(-1);
    if (busy || !last) return;
    remember(decisions.filter((one) => one.batch !== last.batch || one.sent));
    list.drawBar();
    tell(t("work.undone"));
    await list.show(list.sequence.find((doubt) => doubt.id === last.id) || list.shown);
  }
  /** What was handed in is to be handed in again: its file was lost. */
  function takeBack() {
    remember(decisions.map((one) => ({ ...one, sent: false })));
    list.drawBar();
  }
  const isToDo = (doubt) => TO_DO.includes(doubt.state) && !byId.has(doubt.id);

  function sent() {
    remember(decisions.map((one) => ({ ...one, sent: true })));
    list.drawBar();
  }
  function download(waiting) {
    const url = URL.createObjectURL(new Blob([text(waiting)], { type: "application/yaml" }));
    const anchor = h("a", { href: url, download: `corrections-${new Date().toISOString().slice(0, 19).replace(/\D/g, "")}.yml` });
    document.body.append(anchor);
    anchor.click();
    anchor.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    sent();
    tell(t("work.downloaded"));
  }
  async function send(waiting) {
    const answer = await fetch("corrections", { method: "POST", body: text(waiting),
      headers: { "Content-Type": "application/yaml", "X-Gongkai-Token": gongkai.token() } }).catch(() => null);
    const told = answer && (await answer.json().catch(() => null));
    if (answer && answer.ok && told) {
      sent();
      tell(t("work.sent", { file: told.file }));
    } else if (answer && answer.status === 403) tell(t("work.no_token"));
    else tell(`${t("work.refused")} ${told ? told.problems.join(" · ") : ""}`);
  }

  // --- words ---------------------------------------------------------------------------------------------------------

  function words(cause) {
    if (["suggestion", "cell"].includes(cause.kind)) {
      const [code, who] = cause.what.split("/");
      return [gongkai.indicator(code), who && gongkai.applicant(who)].filter(Boolean).join(" · ");
    }
    if (cause.kind === "value") return t("work.no_number", { kind: t(`kinds.${cause.what}`) });
    if (cause.kind === "name") return cause.what || t("work.no_name");
    if (cause.kind === "other") return t(`states.${cause.what}`);
    return titleOf(cause.what);
  }
  const placeWords = (place) => {
    if (place.startsWith("report/")) return t(`work.places.${place.slice(7)}`);
    const [table, code, who] = place.split("/");
    return [code ? gongkai.indicator(code) : table, who && gongkai.applicant(who)].filter(Boolean).join(" · ");
  };
  const chose = ([word, value]) => [t(`work.acts.${word}`), value].filter((one) => one !== "").join(" ");
  const state = (doubt) => (byId.has(doubt.id) ? h("span", { class: "badge decided" }, "✓ ", chose(byId.get(doubt.id).said))
    : h("span", { class: `badge ${doubt.state}` }, t(`work.states.${doubt.state}`)));
  const figure = (doubt) => (doubt.suggested_value === null || doubt.kind === "cell" ? "" : ` ${doubt.printed || "□"} → ${number(doubt.suggested_value)}`);
  const nameOf = ({ report }) => `${report.agency_name || "?"} · ${report.report_year ?? "?"}`;

  // --- the list ------------------------------------------------------------------------------------------------------

  /** What an address chooses: [facet, value]. */
  const choices = (address) => Object.keys(FACETS).map((name) => [name, address[name] || (name === "state" ? "to_do" : "")]).filter(([, value]) => value);
  const fits = (doubt, chosen) => chosen.every(([name, value]) => FACETS[name](doubt).includes(value));
  /** Facet → value → how many doubts have it that fit what the other facets choose, in one pass over all doubts. */
  function counted(doubts, chosen) {
    const counts = Object.fromEntries(Object.keys(FACETS).map((name) => [name, new Map()]));
    for (const doubt of doubts) {
      const against = chosen.filter(([name, value]) => !FACETS[name](doubt).includes(value)).map(([name]) => name);
      if (against.length > 1) continue;
      for (const name of against.length ? against : Object.keys(FACETS)) for (const value of FACETS[name](doubt)) counts[name].set(value, (counts[name].get(value) || 0) + 1);
    }
    return counts;
  }
  /** A facet to choose from. */
  function facet(name, label, counts, chosen, show, order) {
    const sorted = [...counts].sort(order || ((a, b) => b[1] - a[1] || String(a[0]).localeCompare(String(b[0]), "zh")));
    const [, value] = chosen.find(([one]) => one === name) || [name, ""];
    if (value && !counts.has(value)) sorted.push([value, 0]);
    return choice(name, label, [...(name === "state" ? [] : [["", t("all")]]), ...sorted.map(([one, count]) => [one, `${show(one)} (${number(count)})`])], value);
  }
  function facets(doubts, chosen) {
    const byKey = (a, b) => String(a[0]).localeCompare(String(b[0]));
    const provinces = new Map(gongkai.site().provinces);
    const title = (code) => (titleOf(code) === code ? code : `${code} ${titleOf(code)}`);
    const counts = counted(doubts, chosen);
    const one = (name, label, show, order) => facet(name, label, counts[name], chosen, show, order);
    return h("div", { class: "controls facets" },
      one("p", t("province"), (p) => provinces.get(p) || t("central"), byKey), one("year", t("year"), (y) => (y === "none" ? t("work.none") : y), byKey),
      one("kind", t("cause_kind"), (k) => t(`cause_kinds.${k}`)), one("rule", t("rule"), title), one("severity", t("severity"), (s) => t(`severities.${s}`)),
      one("attribution", t("attribution"), (a) => t(`attributions.${a === "open" ? "" : a}`)), one("since", t("work.last_run"), (what) => t(`work.since.${what}`)),
      one("state", t("state"), (s) => t(`work.states.${s}`), (a, b) => list.states.indexOf(a[0]) - list.states.indexOf(b[0])));
  }

  async function load() {
    const [data, forms] = await Promise.all([gongkai.load("worklist"), gongkai.loadForms()]);
    const cells = new Set(Object.values(forms).flatMap((form) => Object.entries(form.tables).flatMap(([key, table]) =>
      table.blocks.flatMap((block) => block.lines.flatMap((line) => line.cells.map(([i, a]) => [key, i, a].filter(Boolean).join("/")))))
      .concat(form.prose.map((one) => `${one.table}/${one.code}`))));
    const causes = rows(data.causes);
    const reports = rows(data.reports);
    const doubts = rows(data.doubts).map((row) => {
      const cause = causes[row.cause];
      const report = reports[row.report];
      const province = (/^\d{2}/.exec(report.agency_id || "") || ["none"])[0];
      return Object.assign(row, { cause, report, kind: cause.kind, province, id: `${report.report_id} ${cause.kind} ${cause.what} ${row.place} ${row.rules}` });
    });
    // A report is settled by a cause if nothing else keeps it on the list.
    const open = new Map();
    for (const doubt of doubts) if (TO_DO.includes(doubt.state)) open.set(doubt.report, (open.get(doubt.report) || new Set()).add(doubt.cause));
    return { doubts, open, steps: new Map(rows(data.steps).map((row) => [row.code, [row.next_zh, row.next_en]])), wide: (place) => !place.includes(" ") && !place.startsWith("report/") && !cells.has(place),
      all: data.count.rows[0][0], states: ["to_do", "open", "reopened", "told", "confirmed", "kept", "corrected", "all"] };
  }

  function ordered(doubts, open) {
    const groups = new Map();
    for (const doubt of doubts) {
      if (!groups.has(doubt.cause)) groups.set(doubt.cause, { doubts: [], reports: new Set() });
      const group = groups.get(doubt.cause);
      group.doubts.push(doubt);
      group.reports.add(doubt.report);
    }
    for (const [cause, group] of groups) group.settles = [...group.reports].filter((report) => (open.get(report) || new Set()).size === 1 && open.get(report).has(cause)).length;
    return [...groups].sort(([a, x], [b, y]) => y.settles - x.settles || y.reports.size - x.reports.size || words(a).localeCompare(words(b), "zh"));
  }

  gongkai.page = async (address) => {
    list = await load();
    const taken = recall(new Set(list.doubts.filter((doubt) => TO_DO.includes(doubt.state)).map((doubt) => doubt.id)));
    const wanted = choices(address);
    const chosen = list.doubts.filter((doubt) => fits(doubt, wanted));
    const groups = ordered(chosen, list.open);
    const sequence = groups.flatMap(([, group]) => group.doubts);
    const place = new Map(sequence.map((doubt, index) => [doubt, index]));
    const reports = new Set(chosen.map((doubt) => doubt.report)).size;

    list.sequence = sequence;
    list.of = (cause) => (groups.find(([one]) => one === cause) || [null, { doubts: [] }])[1].doubts;
    /** The next doubt in the order of the list for which something holds, from the beginning again after the last. */
    list.next = (doubt, holds = () => true, step = 1) => {
      for (let n = 1; n <= sequence.length; n += 1) {
        const one = sequence[(place.get(doubt) + step * n + sequence.length * 2) % sequence.length];
        if (holds(one)) return one === doubt ? null : one;
      }
      return null;
    };
    const reviewer = h("input", { id: "reviewer", autocomplete: "name", "data-focus": "reviewer", value: kept("gongkai reviewer") || "",
      oninput: (event) => keep("gongkai reviewer", event.target.value.trim()) });
    const reason = h("input", { id: "reason", autocomplete: "off", "data-focus": "reason", placeholder: t("work.reason_hint") });
    for (const field of [reviewer, reason]) field.addEventListener("keydown", (event) => event.key === "Enter" && field.blur());
    const keys = h("input", { id: "keys", type: "checkbox", checked: kept("gongkai keys") !== "off", onchange: (event) => keep("gongkai keys", event.target.checked ? "on" : "off") });
    list.reviewer = () => reviewer.value.trim();
    list.reason = () => reason.value.trim();

    const bar = h("div", { class: "bar" });
    list.drawBar = () => {
      const waiting = decisions.filter((one) => !one.sent);
      bar.replaceChildren(...[
        h("b", { id: "waiting" }, t("work.waiting", { n: number(waiting.length) })),
        decisions.length > waiting.length ? [h("span", { class: "help" }, t("work.on_the_way", { n: number(decisions.length - waiting.length) })),
          h("button", { type: "button", id: "take-back", onclick: takeBack }, t("work.take_back"))] : null,
        h("button", { type: "button", id: "undo", "aria-disabled": waiting.length ? null : "true", onclick: undo }, t("work.undo"), " ", h("kbd", null, "u")),
        gongkai.served ? h("button", { type: "button", id: "send", class: "main", disabled: !waiting.length, onclick: () => send(waiting) }, t("work.send")) : null,
        h("button", { type: "button", id: "download", class: gongkai.served ? null : "main", disabled: !waiting.length, onclick: () => download(waiting) }, t("work.download"))].flat().filter(Boolean));
    };

    const side = h("ol", { class: "causes", id: "causes" });
    const drawn = new Map(); // cause → its element
    function drawCause([cause, group]) {
      const current = list.shown && list.shown.cause === cause;
      const left = group.doubts.filter(isToDo).length;
      const made = h("li", { class: current ? "current" : left ? null : "done" },
        h("button", { type: "button", "aria-expanded": current ? "true" : "false", "data-cause": `${cause.kind}:${cause.what}`, onclick: () => list.show(group.doubts.find(isToDo) || group.doubts[0]) },
          h("span", { class: `kind ${cause.kind}` }, t(`cause_kinds.${cause.kind}`)), h("b", null, words(cause)),
          h("small", null, t("work.settles", { settles: number(group.settles), reports: number(group.reports.size), left: number(left) }))),
        current ? drawDoubts(group.doubts) : null);
      if (drawn.has(cause)) drawn.get(cause).replaceWith(made);
      drawn.set(cause, made);
      return made;
    }
    function drawDoubts(doubts) {
      const at = doubts.indexOf(list.shown);
      const from = Math.max(0, Math.min(at - AROUND, doubts.length - 2 * AROUND - 1));
      const part = doubts.slice(from, from + 2 * AROUND + 1);
      const more = (n) => (n > 0 ? h("li", { class: "more" }, t("work.more", { n: number(n) })) : null);
      return h("ol", { class: "doubts" }, more(from), part.map((doubt) => h("li", { class: isToDo(doubt) ? null : "done" },
        h("button", { type: "button", "aria-current": doubt === list.shown ? "true" : null, onclick: () => list.show(doubt) },
          h("span", null, byId.has(doubt.id) ? "✓ " : "", nameOf(doubt)), h("i", null, figure(doubt))))), more(doubts.length - from - part.length));
    }

    const detail = h("div", { class: "detail", id: "detail" });
    let drawing = 0;
    list.show = async (doubt) => {
      const before = list.shown;
      list.shown = doubt;
      for (const cause of new Set([before, doubt].filter(Boolean).map((one) => one.cause))) drawCause(groups.find(([one]) => one === cause));
      const current = side.querySelector(".doubts [aria-current]");
      if (current) side.scrollTop += current.getBoundingClientRect().top - side.getBoundingClientRect().top - side.clientHeight / 2;
      gongkai.note({ id: doubt.report.report_id, cause: `${doubt.cause.kind}:${doubt.cause.what}`, cell: doubt.place.split(" ")[0] });
      const mine = ++drawing;
      detail.setAttribute("aria-busy", "true");
      const content = await drawDoubt(doubt).catch((error) => ({ element: [h("p", { class: "error", role: "alert" }, t("failed", { what: error.message }))], mark: () => {} }));
      if (mine !== drawing) return;
      detail.replaceChildren(...content.element.flat(9).filter(Boolean));
      detail.dataset.doubt = doubt.id;
      detail.setAttribute("aria-busy", "false");
      content.mark();
      // What is decided and where it stands are on the screen together.
      const frame = detail.querySelector(".document");
      if (list.reviewer() && frame && innerWidth >= 900 && frame.getBoundingClientRect().bottom > innerHeight + 40) document.querySelector(".decider").scrollIntoView({ block: "start" });
      else if (before && innerWidth < 900) detail.scrollIntoView({ block: "start" });
      const next = list.next(doubt);
      if (next) found(next.report).catch(() => {}); // so that it is there when it is wanted
    };

    list.shown = null;
    side.replaceChildren(...groups.map(drawCause));
    list.drawBar();
    const first = pick(address, sequence);
    if (first) document.addEventListener("drawn", ({ detail: whole }) => whole.push(list.show(first)), { once: true });
    return [
      facets(list.doubts, wanted),
      h("p", { class: "help", id: "counts" }, t("work.counts", { doubts: number(chosen.length), reports: number(reports), causes: number(groups.length) }), taken ? ` ${t("work.taken", { n: number(taken) })}` : "",
        list.doubts.length < list.all ? ` ${t("first_of", { n: number(list.doubts.length), all: number(list.all) })}` : ""),
      h("div", { class: "decider" },
        h("div", { class: "field" }, h("label", { for: "reviewer" }, t("work.reviewer")), reviewer),
        h("div", { class: "field grow" }, h("label", { for: "reason" }, t("reason")), reason),
        h("label", { class: "tick" }, keys, t("work.keys")), bar),
      h("p", { class: "said", id: "said", role: "status" }),
      sequence.length ? h("div", { class: "worklist" }, h("nav", { "aria-label": t("causes") }, side), detail)
        : h("p", { class: "help" }, Object.keys(address).some((name) => name in FACETS) ? t("work.none_here") : t("causes_none")),
    ];
  };
  /** The doubt an address names, else the first that is to be decided. */
  function pick(address, sequence) {
    const key = (doubt) => `${doubt.cause.kind}:${doubt.cause.what}`;
    const of = address.cause ? sequence.filter((doubt) => key(doubt) === address.cause) : [];
    const report = of.filter((doubt) => doubt.report.report_id === address.id);
    return report.find((doubt) => doubt.place.split(" ")[0] === address.cell) || report[0] || of.find(isToDo) || of[0] || sequence.find(isToDo) || sequence[0];
  }
  gongkai.moved = (before, now) => {
    if (!list || !list.shown || [...Object.keys(FACETS), "lang"].some((name) => before[name] !== now[name])) return false;
    const wanted = pick(now, list.sequence);
    if (wanted && wanted !== list.shown) list.show(wanted);
    return true;
  };

  // --- one doubt -----------------------------------------------------------------------------------------------------

  /** Whether an issue is about a place, or about one in a table that decisions have no name for. */
  function isThere(issue, at) {
    const place = issue.location.replaceAll(" / ", "/");
    return place === at || (!at.includes("/") && place.startsWith(`${at}/`));
  }

  async function drawDoubt(doubt) {
    const { report, cells, checks, issues, source } = await found(doubt.report);
    const at = doubt.place.split(" ")[0];
    const inLine = (cell) => keyOf(cell).startsWith(`${at}/`) || keyOf(cell).startsWith(`${at}_`);
    const cell = cells.find((one) => keyOf(one) === at) || (at && cells.find(inLine));
    const address = cell ? [cell.indicator_code, cell.applicant_code].filter(Boolean).join("/") : "";
    const rules = doubt.rules.split(" ");
    const messages = checks.filter((check) => rules.includes(check.check_code) && (!address || check.cells.split(" ").includes(address)))
      .map((check) => [check.check_code, (gongkai.english() ? check.message_en : check.message_zh) || t("expected_found", check)]);
    const about = issues.filter((issue) => rules.includes(issue.code) && (doubt.place.startsWith("report/") || !doubt.place || isThere(issue, at) || keyOf(issue) === address))
      .map((issue) => [issue.code, t("expected_found", { found: said(issue, "found") || t("kinds.blank"), expected: said(issue, "expected") })]);
    const next = list.steps.get(doubt.cause.what);
    const view = sourceView(source || null, report);
    const original = /^https?:\/\//.test(report.source_name) ? h("a", { href: report.source_name, rel: "noreferrer external" }, report.source_name) : report.source_name;
    const many = list.of(doubt.cause).filter(isToDo);
    const element = [h("div", { class: "decision" },
      h("div", { class: "doubt-head" },
        h("h2", null, nameOf(doubt), " ", verdict(doubt.report.verdict), " ", state(doubt)),
        h("p", { class: "what" }, h("span", { class: `kind ${doubt.kind}` }, t(`cause_kinds.${doubt.kind}`)), " ",
          doubt.place ? doubt.place.split(" ").slice(0, 3).map(placeWords).join("；") : words(doubt.cause), doubt.place.split(" ").length > 3 ? ` (+${doubt.place.split(" ").length - 3})` : ""),
        h("p", { class: "help" }, original, " · ", h("a", { href: reportLink(doubt.report, address) }, t("work.to_report")))),
      doubt.place.startsWith("report/") ? null : h("div", { class: "figures" },
        h("div", null, h("span", null, t("printed")), h("b", null, doubt.printed === "" ? "□" : doubt.printed.length > 24 ? `${doubt.printed.slice(0, 24)}…` : doubt.printed)),
        doubt.suggested_value === null ? null : [h("span", { class: "arrow", "aria-hidden": "true" }, "→"),
          h("div", null, h("span", null, t(doubt.kind === "cell" ? "value" : "suggested")), h("b", { class: "new" }, number(doubt.suggested_value)))]),
      h("ul", { class: "checks" }, [...messages, ...about].slice(0, 4).map(([code, words]) => h("li", { class: doubt.severity }, h("a", { href: ruleLink(code) }, h("b", null, titleOf(code))), h("small", null, ` ${code}`), h("p", null, words)))),
      doubt.decision ? h("p", { class: "help" }, t(doubt.state === "reopened" ? "work.was" : "work.is"), " ", doubt.decision) : null,
      may(doubt, "keep") || may(doubt, "value") ? h("div", { class: "acts", role: "group", "aria-label": t("work.act") },
        ACTS.filter(([, , word]) => may(doubt, word)).map(([key, , word]) => h("button", { type: "button", class: word === "take" ? "main" : null, "data-act": word, onclick: (event) => decide(word, null, event.shiftKey) },
          t(`work.acts.${word}`), word === "take" ? ` ${number(doubt.suggested_value)}` : "", " ", h("kbd", null, key))),
        may(doubt, "value") ? valueForm(doubt, issues, many.length) : null)
        : h("p", { class: "next-step" }, doubt.place ? "" : t("work.no_decision"), " ", next ? pair(next) : ""),
      h("div", { class: "turn" },
        h("button", { type: "button", id: "before", onclick: () => step(-1) }, t("work.before"), " ", h("kbd", null, "p")),
        h("button", { type: "button", id: "after", onclick: () => step(1) }, t("work.after"), " ", h("kbd", null, "n")),
        may(doubt, "keep") && many.length > 1 ? h("span", { class: "help" }, t("work.whole", { n: number(many.length) })) : null)),
      h("div", { class: "side" }, h("section", null, h("h2", null, t("source")), view.element)),
    ];
    /** Bring the place into view inside its own frame; the page itself stays where the reader is. */
    const mark = () => {
      if (!cell || !view.show(cell)) return;
      const frame = detail().querySelector(".document");
      const marked = view.marked();
      frame.scrollTop += marked.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 2;
      const wide = marked.closest(".scroll");
      wide.scrollLeft += marked.getBoundingClientRect().left - wide.getBoundingClientRect().left - wide.clientWidth / 2;
    };
    return { element, mark };
  }
  const detail = () => document.getElementById("detail");

  /** Another number, the agency or the year, typed or chosen among those a name may mean. */
  function valueForm(doubt, issues, many) {
    const isName = doubt.place === "report/agency";
    const label = t(isName ? "work.which_agency" : doubt.place === "report/year" ? "work.which_year" : "work.which_value");
    const field = h("input", { id: "value", autocomplete: "off", inputmode: isName ? null : "decimal", list: isName ? "agencies" : null, onkeydown: (event) => {
      if (event.key === "Enter") use(event.shiftKey);
      if (event.key === "Escape") field.blur();
    } });
    function use(whole) {
      const value = field.value.trim().split(" ")[0];
      const fits = isName ? /^\d{12}(-.+)?$/.test(value) : doubt.place === "report/year" ? /^(19|20)\d\d$/.test(value) : /^-?\d+(\.\d+)?$/.test(value);
      field.setAttribute("aria-invalid", fits ? "false" : "true");
      if (!fits) return tell(t("work.not_a_value"));
      field.blur();
      return decide("value", value, whole);
    }
    const options = h("datalist", { id: "agencies" });
    if (isName) field.addEventListener("input", async () => {
      const wanted = field.value.trim();
      const hits = wanted.length < 2 ? [] : (await gongkai.agencies(wanted)).slice(0, 20);
      if (wanted === field.value.trim()) options.replaceChildren(...hits.map((row) => h("option", { value: row.agency_id }, row.agency_name)));
    });
    const candidates = isName ? issues.filter((issue) => doubt.rules.split(" ").includes(issue.code)).flatMap((issue) => [...issue.expected.matchAll(CANDIDATE)]).map(([, id, name]) => [id, name.trim()]) : [];
    return [
      h("div", { class: "field" }, h("label", { for: "value" }, label, " ", h("kbd", null, "v")), field, options,
        h("button", { type: "button", "data-act": "value", onclick: (event) => use(event.shiftKey) }, t("work.use")),
        isName && many > 1 ? h("button", { type: "button", "data-act": "value-all", onclick: () => use(true) }, t("work.use_all", { n: number(many) })) : null),
      candidates.length ? h("ol", { class: "candidates" }, candidates.slice(0, 9).map(([id, name], index) => h("li", null,
        h("button", { type: "button", "data-candidate": index + 1, onclick: (event) => decide("value", id, event.shiftKey) }, h("kbd", null, index + 1), ` ${name} `, h("small", null, id))))) : null,
    ];
  }

  async function step(by) {
    const next = !busy && list && list.shown && list.next(list.shown, undefined, by);
    if (next) await list.show(next);
  }

  addEventListener("keydown", (event) => {
    if (!list || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    if (busy || !detail() || !document.getElementById("keys").checked || detail().getAttribute("aria-busy") === "true") return;
    const key = event.key.toLowerCase();
    const act = ACTS.find(([name]) => name === key);
    const candidate = /^[1-9]$/.test(key) && document.querySelector(`[data-candidate="${key}"]`);
    if (act) decide(act[2], null, event.shiftKey);
    else if (candidate) candidate.click();
    else if (key === "v" && document.getElementById("value")) document.getElementById("value").focus();
    else if (key === "u") undo();
    else if (key === "n" || key === "j") step(1);
    else if (key === "p") step(-1);
    else return;
    event.preventDefault();
  });
})();
