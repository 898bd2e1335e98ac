// Report: the statutory tables as printed, each cell with what became of it, beside the source with the cell marked.
"use strict";
(() => {
  const { h, t, go, link, number, pair, rows, shardOf, reportLink, verdict, said, titleOf, ruleLink, unit, section, help, finder, crumbs, regionSteps } = gongkai;
  const CELL = ["table_key", "edition", "indicator_code", "applicant_code", "printed", "kind", "value", "unit", "method", "issue",
    "suggested_value", "correction", "grid", "grid_row", "grid_column", "place"];
  const CHECK = ["check_code", "severity", "outcome", "attribution", "definition", "evidence", "location", "expected", "found",
    "suggested_value", "message_zh", "message_en", "cells", "evidence_zh"];
  const ISSUE = ["code", "severity", "location", "found", "expected", "indicator_code", "applicant_code", "location_zh", "found_zh", "expected_zh"];

  const named = (names, list) => list.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  const address = (indicator, applicant) => (applicant ? `${indicator}/${applicant}` : indicator);
  const OPEN = 8; // findings that stand open
  let shown = null; // the report on the page: its cells by address, the functions that mark one

  // --- choosing -----------------------------------------------------------------------------------------------

  async function choose(state) {
    if (!state.a) {
      return [section(t("choose_report"), await finder((row) => h("a", { href: link("report", { a: row.agency_id }) }, row.agency_name, h("small", null, ` ${row.agency_id}`))))];
    }
    const list = rows((await gongkai.load(`agency/${shardOf(state.a)}`)).reports).filter((row) => row.agency_id === state.a);
    return [
      h("p", null, h("a", { href: link("report", {}) }, t("find_agency"))),
      section(list.length ? list[0].agency_name : state.a, versions(list, null)),
    ];
  }
  const versions = (list, id) => h("ul", { class: "versions" }, list.map((row) => h("li", null,
    h("a", { href: reportLink(row), "aria-current": row.report_id === id ? "true" : null }, `${row.report_year ?? "?"} · ${t(`scopes.${row.scope}`)} · ${row.edition}`),
    " ", verdict(row.verdict), " ", row.is_current ? "" : h("small", null, `${t("version", { n: row.version })}, ${t("not_current")}`),
    row.relation && row.relation !== "only" ? h("small", null, ` ${t(`relations.${row.relation}`)}`) : null)));

  // --- the statutory tables -------------------------------------------------------------------------------------

  const depth = (column) => 1 + Math.max(0, ...column.columns.map(depth));
  const leaves = (column) => (column.columns.length ? column.columns.flatMap(leaves) : [column]);

  function headRows(block, stub) {
    const high = Math.max(...block.columns.map(depth));
    const found = Array.from({ length: high }, () => []);
    if (stub) found[0].push(h("th", { scope: "col", colspan: stub, rowspan: high }, t("item")));
    const place = (column, level) => {
      const below = column.columns.length;
      found[level].push(h("th", { scope: below ? "colgroup" : "col", colspan: leaves(column).length, rowspan: below ? 1 : high - level }, pair(column.label)));
      column.columns.forEach((one) => place(one, level + 1));
    };
    block.columns.forEach((column) => place(column, 0));
    return found.map((cells) => h("tr", null, cells));
  }

  function bodyRows(block, cells, stub, draw) {
    const lines = block.lines.filter((line) => line.cells.some(([i, a]) => cells.has(address(i, a))) || !line.rare);
    return lines.map((line, index) => {
      const heads = [];
      line.path.forEach((label, level) => {
        const same = (other) => other && other.path.length > level && other.path.slice(0, level + 1).every((l, k) => l[0] === line.path[k][0]);
        const own = level === line.path.length - 1;
        if (!own && same(lines[index - 1])) return;
        let high = 1;
        while (!own && same(lines[index + high])) high += 1;
        heads.push(h("th", { scope: own ? "row" : "rowgroup", rowspan: high, colspan: own ? Math.max(1, stub - level) : 1 },
          pair(label), own && line.local ? h("small", null, ` ${t("local_line", { name: line.local })}`) : null));
      });
      if (stub && !line.path.length) heads.push(h("th", { scope: "row", colspan: stub }, ""));
      return h("tr", null, heads, line.cells.map(([i, a]) => draw(address(i, a))));
    });
  }

  function tables(forms, cells, draw) {
    const keys = new Map();
    for (const cell of cells.values()) keys.set(cell.table_key, cell.edition);
    return [...keys].sort((x, y) => order(forms, x) - order(forms, y)).map(([key, edition]) => {
      const form = forms[edition];
      const table = form && form.tables[key];
      const own = new Map([...cells].filter(([, cell]) => cell.table_key === key));
      if (!table) {
        const prose = form ? form.prose.filter((one) => one.table === key) : [];
        return section(prose.length ? pair(prose[0].label).split(" / ")[0] : key, h("table", { class: "form" }, h("tbody", null,
          [...own.keys()].map((at) => h("tr", null, h("th", { scope: "row" }, gongkai.indicator(at, edition)), draw(at))))));
      }
      return section(`${table.section}、${pair(table.label)}`, h("p", { class: "help" }, `${t("edition")} ${edition}`), table.blocks.map((block) => {
        const stub = Math.max(...block.lines.map((line) => line.path.length));
        const title = block.caption ? pair(block.caption) : pair(table.label);
        return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", { class: stub ? "form" : "form bare" },
          h("caption", { class: block.caption ? null : "hidden" }, title), h("thead", null, headRows(block, stub)), h("tbody", null, bodyRows(block, own, stub, draw))));
      }));
    });
  }
  const order = (forms, [key, edition]) => {
    const found = forms[edition] ? Object.keys(forms[edition].tables).indexOf(key) : -1;
    return found < 0 ? 99 : found;
  };

  // --- checks: which cells each is about ------------------------------------------------------------------------

  /** The cells a check rests on; a check of all figures rests on each of them. */
  const concerned = (check, cells) => (check.cells === "*" ? [...cells.keys()].filter((at) => cells.get(at).kind !== "missing")
    : (check.cells || "").split(" ").filter((at) => cells.has(at)));
  /** The smallest explanation of what fails: the cells with a suggestion, else the one the rule is about, named first. */
  function explained(check, cells, whole) {
    const suggested = check.cells.filter((at) => cells.get(at).suggested_value !== null);
    return suggested.length ? suggested : whole ? [] : check.cells.slice(0, 1);
  }

  const SIGN = { blank: "□", missing: "∅" };
  function mark(cell, marks) {
    const classes = ["cell", `k-${cell.kind}`];
    if (marks.has("fail")) classes.push("fail");
    else if (marks.has("open")) classes.push("open");
    if (cell.issue) classes.push("issue");
    if (cell.suggested_value !== null) classes.push("suggested");
    return classes.join(" ");
  }

  function describe(cell, marks) {
    const parts = [t(`kinds.${cell.kind}`)];
    if (marks.has("fail")) parts.push(t("marks.fail"));
    if (marks.has("open")) parts.push(t("marks.open"));
    if (cell.issue) parts.push(`${t("issue")}: ${titleOf(cell.issue)}`);
    if (cell.suggested_value !== null) parts.push(`${t("suggested")} ${number(cell.suggested_value)}`);
    return parts.join(", ");
  }

  // --- the source ----------------------------------------------------------------------------------------------

  const BOX = /^page (\d+), box (-?[\d.]+),(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)/;

  /** The grids and prose of the file; returns the element and a function that marks a place in it. */
  function sourceView(source, report) {
    if (!source) return { element: help(t("source_none")), show: () => false };
    const at = new Map();
    const map = h("div", { class: "map" });
    const blocks = source.blocks.map((block) => {
      if (typeof block === "string") return h("p", null, block);
      const below = []; // by grid column: rows a cell from above still reaches into
      const body = block.rows.map((row) => {
        let next = 0;
        const tds = row.flatMap(([text, r, c, first, colspan, rowspan, place]) => {
          let gap = 0;
          for (; next < first; next += 1) if (!below[next]) gap += 1;
          for (let column = first; column < first + colspan; column += 1) below[column] = rowspan;
          next = first + colspan;
          const cell = h("td", { colspan: colspan > 1 ? colspan : null, rowspan: rowspan > 1 ? rowspan : null, title: place }, text);
          at.set(`${block.grid}/${r}/${c}`, { cell, place });
          return gap ? [h("td", { colspan: gap, class: "gap" }), cell] : [cell];
        });
        below.forEach((left, column) => { below[column] = Math.max(0, left - 1); });
        return h("tr", null, tds);
      });
      return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${t("grid")} ${block.grid}` }, h("table", { class: "grid" }, h("caption", null, `${t("grid")} ${block.grid}`), h("tbody", null, body)));
    });
    const boxes = [...at.values()].map(({ cell, place }) => ({ text: cell.textContent, found: BOX.exec(place), place })).filter(({ found }) => found)
      .map(({ text, found, place }) => ({ text, place, page: Number(found[1]), box: found.slice(2, 6).map(Number) }));
    /** The page itself, where the site has it, with the box drawn over. */
    async function picture(digest, page, [x0, y0, x1, y1]) {
      const found = await gongkai.load(`picture/${digest}/${page}`);
      if (!found || !marked || BOX.exec(marked.title)[1] !== page) return;
      const [width, height, png] = found;
      map.replaceChildren(h("p", { class: "help" }, t("page_picture", { n: page })), h("div", { class: "picture", tabindex: "0", role: "region", "aria-label": t("page_picture", { n: page }) },
        h("svg", { svg: true, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": t("page_picture", { n: page }) },
          h("image", { svg: true, href: `data:image/png;base64,${png}`, width, height }),
          h("rect", { svg: true, x: x0 - 2, y: height - y1 - 2, width: x1 - x0 + 4, height: y1 - y0 + 4, class: "boxed" }))));
      const box = map.querySelector(".boxed").getBoundingClientRect();
      const frame = map.querySelector(".picture");
      frame.scrollTop += box.top - frame.getBoundingClientRect().top - frame.clientHeight / 2;
      frame.scrollLeft += box.left - frame.getBoundingClientRect().left - frame.clientWidth / 2;
    }
    let marked = null;
    function show(cell) {
      if (marked) marked.classList.remove("marked");
      marked = null;
      map.replaceChildren();
      const found = cell && at.get(`${cell.grid}/${cell.grid_row}/${cell.grid_column}`);
      if (!found) return false;
      marked = found.cell;
      marked.classList.add("marked");
      const box = BOX.exec(found.place);
      if (box) {
        map.replaceChildren(...pageMap(boxes.filter((one) => one.page === Number(box[1])), found.place, box[1]));
        if (report && (report.pictures || []).includes(Number(box[1]))) picture(report.document_sha256, box[1], box.slice(2).map(Number));
      }
      return true;
    }
    return { element: [map, h("div", { class: "document", tabindex: "0", role: "region", "aria-label": t("source") }, blocks, source.cut ? help(t("source_cut")) : null)], show, marked: () => marked };
  }
  // The worklist shows a cell in its source, too.
  Object.assign(gongkai, { sourceView, opened: (found) => ({ report: found.report, cells: named(CELL, found.cells), checks: named(CHECK, found.checks), issues: named(ISSUE, found.issues) }) });
  /** The cells of a PDF page where they stand; PDF counts from the bottom upwards. */
  function pageMap(boxes, place, page) {
    const [left, right] = [Math.min(...boxes.map((one) => one.box[0])), Math.max(...boxes.map((one) => one.box[2]))];
    const [low, high] = [Math.min(...boxes.map((one) => one.box[1])), Math.max(...boxes.map((one) => one.box[3]))];
    const svg = h("svg", { svg: true, viewBox: `${left - 4} ${-high - 4} ${right - left + 8} ${high - low + 8}`, role: "img", "aria-label": t("page_map", { n: page }) },
      boxes.map(({ box: [x0, y0, x1, y1], text, place: one }) => h("g", { svg: true },
        h("rect", { svg: true, x: x0, y: -y1, width: Math.max(0, x1 - x0), height: Math.max(0, y1 - y0), class: one === place ? "marked" : null }),
        h("text", { svg: true, x: x0 + 1.5, y: -y1 + Math.min(9, y1 - y0 - 1), "font-size": 7 }, text.slice(0, Math.max(1, Math.floor((x1 - x0) / 7)))))));
    return [h("p", { class: "help" }, t("page_map", { n: page })), svg];
  }

  // --- the page ------------------------------------------------------------------------------------------------

  async function drawReport(state) {
    const [forms, reports, sources, catalogue] = await Promise.all([gongkai.loadForms(), ...[`report/${state.at}`, `source/${state.at}`, "catalogue"].map(gongkai.load)]);
    const found = reports[state.id];
    if (!found) throw new Error(state.id);
    const { report } = found;
    const cells = new Map(named(CELL, found.cells).map((cell) => [address(cell.indicator_code, cell.applicant_code), cell]));
    const checks = named(CHECK, found.checks);
    const issues = named(ISSUE, found.issues);
    const marks = new Map([...cells.keys()].map((at) => [at, new Set()]));
    for (const check of checks) {
      const whole = check.cells === "*";
      check.cells = concerned(check, cells);
      check.blamed = explained(check, cells, whole);
      const sign = check.outcome === "not_evaluable" ? "open" : check.severity === "heuristic" ? "note" : "fail";
      check.blamed.forEach((at) => marks.get(at).add(sign));
    }
    const source = sourceView(sources[report.document_sha256] || null, report);
    gongkai.name(`${report.agency_name || "?"} · ${report.report_year ?? "?"}`);
    const issueKinds = new Map(rows(catalogue.issues).map((row) => [row.code, row]));
    const inLanguage = (row, name) => (row ? row[`${name}_${gongkai.english() ? "en" : "zh"}`] : "");
    const label = (cell) => [gongkai.indicator(cell.indicator_code, cell.edition), cell.applicant_code && gongkai.applicant(cell.applicant_code)].filter(Boolean).join(" · ");

    const buttons = new Map();
    const panel = h("div", { class: "provenance", id: "provenance", "aria-live": "polite" }, help(t("provenance_hint")));
    const draw = (at) => {
      const cell = cells.get(at);
      if (!cell) return h("td", { class: "cell k-missing" }, h("span", { "aria-label": t("kinds.missing") }, SIGN.missing));
      const printed = cell.kind === "missing" ? SIGN.missing : cell.printed || SIGN.blank;
      const text = cell.kind === "corrected" && cell.value !== cell.printed ? `${printed}→${number(cell.value)}` : printed;
      const spoken = `${label(cell)}: ${cell.printed || ""} (${describe(cell, marks.get(at))})`;
      const button = h("button", { type: "button", tabindex: "-1", class: text.length > 12 ? "words" : null, "data-cell": at, title: hover(cell), "aria-label": spoken,
        onclick: () => go({ cell: at }), onfocus: () => select(at, false), onmouseenter: () => tell(cell) }, text);
      buttons.set(at, button);
      return h("td", { class: mark(cell, marks.get(at)) }, button);
    };
    const original = (name) => (/^https?:\/\//.test(name) ? h("a", { href: name, rel: "noreferrer external" }, name) : name);
    const hover = (cell) => [report.source_name, cell.place, `${t("printed")} ${cell.printed || SIGN.blank}`].filter(Boolean).join("\n");

    const keyOf = (cell) => `${cell.table_key}/${address(cell.indicator_code, cell.applicant_code)}`;
    /** A reviewed decision about a cell, ready but for who decides and why. */
    function correction(cell) {
      const text = JSON.stringify;
      const placed = report.agency_id && report.report_year;
      const which = placed ? [`agency: ${text(report.agency_id)}`, `year: ${report.report_year}`, ...(report.scope === "unknown" ? [] : [`scope: ${report.scope}`])] : [`document: ${report.document_sha256}`];
      return `- ${[...which, `cell: ${keyOf(cell)}`, "action: override", `value: ${cell.suggested_value ?? ""}`, `expect: ${text(cell.printed || "")}`,
        "reason:", "reviewer:", `date: ${new Date().toLocaleDateString("sv")}`].join("\n  ")}\n`;
    }
    function copier(cell) {
      const entry = h("pre", { id: "correction", hidden: true, tabindex: "0" });
      const button = h("button", { type: "button", id: "copy", onclick: async () => {
        entry.textContent = correction(cell);
        entry.hidden = false;
        try {
          await navigator.clipboard.writeText(entry.textContent);
          button.textContent = t("copied");
        } catch {
          getSelection().selectAllChildren(entry); // a browser that lets no page write: it is marked to be copied by hand
        }
      } }, t("copy_correction"));
      return h("div", null, button, entry);
    }

    function tell(cell) {
      const box = BOX.exec(cell.place || "");
      const facts = [
        [t("indicator"), `${label(cell)} (${address(cell.indicator_code, cell.applicant_code)})`],
        [t("printed"), cell.printed || SIGN.blank], [t("value"), cell.value === null ? "—" : `${number(cell.value)} ${unit(cell.unit)}`],
        [t("kind"), t(`kinds.${cell.kind}`)], [t("method"), t(`methods.${cell.method}`)],
        [t("agency_id"), report.agency_id], [t("year"), report.report_year], [t("cell_key"), keyOf(cell)],
        [t("original"), original(report.source_name)], [t("sha256"), report.document_sha256],
        ...(box ? [[t("page"), box[1]]] : []),
        ...(cell.place ? [[t("grid"), cell.grid ? `${cell.grid} · ${t("row")} ${cell.grid_row} · ${t("column")} ${cell.grid_column}` : ""], [t("place"), cell.place]] : []),
        ...(cell.issue ? [[t("issue"), [h("a", { href: ruleLink(cell.issue) }, titleOf(cell.issue)), h("small", null, ` ${cell.issue}`)]]] : []),
        ...(cell.suggested_value !== null ? [[t("suggested"), number(cell.suggested_value)]] : []),
        ...(cell.correction ? [[t("correction"), cell.correction]] : []),
        ...checks.filter((check) => check.cells.includes(address(cell.indicator_code, cell.applicant_code))).map((check) => [check.check_code, (gongkai.english() ? check.message_en : check.message_zh) || titleOf(check.check_code)]),
      ];
      panel.replaceChildren(copier(cell), h("dl", null, facts.filter(([, text]) => text).map(([name, text]) => [h("dt", null, name), h("dd", null, text instanceof Node || Array.isArray(text) ? text : String(text))])));
    }
    /** The cell an address means: of an indicator its total, of a group of lines the first one printed. */
    const meant = (at) => [at, `${at}/total`].find((one) => cells.has(one))
      || [...cells.keys()].find((one) => one.startsWith(`${at}_`) && (!one.includes("/") || one.endsWith("/total")));
    function select(wanted, scroll) {
      const at = meant(wanted);
      const cell = cells.get(at);
      if (!cell) return;
      document.querySelectorAll(".form .chosen").forEach((one) => one.classList.remove("chosen"));
      buttons.forEach((one) => one.setAttribute("tabindex", "-1"));
      const button = buttons.get(at);
      side.classList.add("open"); // before the page is scrolled: a drawer makes room for itself
      if (button) {
        button.setAttribute("tabindex", "0");
        button.parentElement.classList.add("chosen");
        if (scroll) button.scrollIntoView({ block: "center" });
      }
      tell(cell);
      if (!source.show(cell)) panel.append(help(t("not_marked")));
      else {
        // Bring the place into view inside its own frame; the page itself stays where the reader is.
        const whole = document.querySelector(".document");
        const frame = getComputedStyle(whole).overflowY === "visible" ? side : whole;
        const marked = source.marked();
        frame.scrollTop += marked.getBoundingClientRect().top - frame.getBoundingClientRect().top - frame.clientHeight / 2;
      }
    }
    const forward = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
    function move(event) {
      const step = forward[event.key];
      const button = event.target.closest && event.target.closest("button[data-cell]");
      if (!step || !button) return;
      event.preventDefault();
      const inRow = [...button.closest("tr").querySelectorAll("button[data-cell]")];
      let to = inRow[inRow.indexOf(button) + step[1]];
      if (step[0]) {
        const all = [...document.querySelectorAll(".form tr")].filter((row) => row.querySelector("button[data-cell]"));
        const row = all[all.indexOf(button.closest("tr")) + step[0]];
        const list = row ? [...row.querySelectorAll("button[data-cell]")] : [];
        to = list[Math.min(inRow.indexOf(button), list.length - 1)];
      }
      if (to) to.focus();
    }

    const shard = report.agency_id ? await gongkai.load(`agency/${shardOf(report.agency_id)}`) : null;
    const mine = (name) => (shard ? rows(shard[name]).filter((row) => row.agency_id === report.agency_id) : []);
    const agency = mine("reports");
    const [about] = mine("about");
    const body = tables(forms, cells, draw);
    const first = buttons.get(meant(state.cell)) || [...buttons.values()][0];
    if (first) first.setAttribute("tabindex", "0");
    shown = { id: report.report_id, select };
    /** A button that leads to cells: the first of them is chosen, all of them are framed. */
    function frame(list) {
      document.querySelectorAll(".form .framed").forEach((one) => one.classList.remove("framed"));
      list.forEach((at) => buttons.has(at) && buttons.get(at).parentElement.classList.add("framed"));
    }
    function toCells(list) {
      return h("button", { type: "button", class: "to-cells", onclick: () => {
        frame(list);
        go({ cell: list[0] });
        select(list[0], true);
      } }, list.length > 1 ? t("to_cells", { n: list.length }) : t("to_cell"));
    }
    const stops = []; // the cells findings lead to, in the order of the list
    const stop = (list) => {
      if (list.length && buttons.has(list[0]) && !stops.some(([first]) => first === list[0])) stops.push(list);
      return toCells(list);
    };
    const checkItem = (check) => h("li", { class: `${check.severity} ${check.outcome}` },
      h("a", { href: ruleLink(check.check_code) }, h("b", null, check.check_code), " ", titleOf(check.check_code)), " ", h("span", { class: `badge ${check.outcome}` }, t(`outcomes.${check.outcome}`)), " ",
      h("span", { class: "help" }, [t(`severities.${check.severity}`), t(`attributions.${check.attribution}`)].join(" · ")), " ",
      check.cells.length ? stop([...check.blamed, ...check.cells.filter((at) => !check.blamed.includes(at)).slice(0, 30)]) : null,
      h("p", null, (gongkai.english() ? check.message_en : check.message_zh) || t("expected_found", check)),
      check.evidence ? h("p", { class: "help" }, `${t("evidence")}: ${said(check, "evidence")}`) : null);
    const issueItem = (issue) => {
      const at = address(issue.indicator_code, issue.applicant_code);
      const kind = issueKinds.get(issue.code);
      const where = cells.has(at) ? label(cells.get(at)) : said(issue, "location");
      return h("li", { class: issue.severity }, h("a", { href: ruleLink(issue.code) }, h("b", null, titleOf(issue.code))), " ",
        h("span", { class: "help" }, `${t(`severities.${issue.severity}`)} · ${where}`), " ", cells.has(at) ? stop([at]) : null,
        h("p", null, t("expected_found", { found: said(issue, "found") || t("kinds.blank"), expected: said(issue, "expected") })),
        kind ? h("p", { class: "help" }, inLanguage(kind, "means"), " ", t("next_step"), "：", inLanguage(kind, "next")) : null);
    };
    /** What is wrong stands open; what is undecided or a hint is folded away with its number. */
    function findings() {
      const list = (items) => h("ul", { class: "checks" }, items);
      const folded = (name, items) => (items.length ? h("details", null, h("summary", null, `${name} (${items.length})`), list(items)) : null);
      const hint = (one) => one.severity === "heuristic";
      const wrong = checks.filter((check) => !hint(check) && check.outcome === "fail").map(checkItem).concat(issues.filter((issue) => !hint(issue)).map(issueItem));
      return [
        wrong.length ? list(wrong.slice(0, OPEN)) : help(t("checks_none")),
        folded(t("further"), wrong.slice(OPEN)),
        folded(t("outcomes.not_evaluable"), checks.filter((check) => check.outcome === "not_evaluable").map(checkItem)),
        folded(t("severities.heuristic"), checks.filter((check) => hint(check) && check.outcome === "fail").map(checkItem).concat(issues.filter(hint).map(issueItem))),
      ];
    }
    /** From finding to finding, by buttons and by the keys n and p. */
    function walk(step) {
      const now = stops.findIndex(([first]) => first === gongkai.state().cell);
      const next = stops[now < 0 ? (step > 0 ? 0 : stops.length - 1) : (now + step + stops.length) % stops.length];
      if (!next) return;
      frame(next);
      go({ cell: next[0] });
    }
    shown.walk = walk;
    const listed = findings();
    const walker = () => (stops.length > 1 ? h("div", { class: "walk" },
      h("button", { type: "button", "data-focus": "walk-back", onclick: () => walk(-1) }, t("finding_before")),
      h("button", { type: "button", "data-focus": "walk-on", onclick: () => walk(1) }, t("finding_next")),
      h("span", { class: "help" }, t("finding_keys", { n: stops.length }))) : null);
    const side = h("aside", { class: "side", "aria-label": t("source") },
      h("button", { type: "button", class: "close", "aria-label": t("close"), onclick: () => side.classList.remove("open") }, "×"),
      section(t("provenance"), panel), section(t("source"), source.element));
    const around = agency.filter((row) => row.is_current && row.report_year !== report.report_year).sort((x, y) => x.report_year - y.report_year);
    return [
      crumbs([...(about ? [...regionSteps(about), [report.agency_name, link("agency", { a: report.agency_id })]] : [[t("pages.report"), link("report", {})]]), [report.report_year ?? "?", null]]),
      h("div", { class: "report-head" },
        h("p", null, verdict(report.verdict), " ", report.reason ? h("span", { class: "long reason" }, said(report, "reason")) : null),
        h("dl", { class: "facts" }, [
          [t("title"), report.title],
          [t("original"), original(report.source_name)],
          [t("sha256"), h("code", null, report.document_sha256)],
          [t("edition"), [t(`scopes.${report.scope}`), report.edition, report.published_on && `${t("published_on")} ${report.published_on}`, t("version", { n: report.version }), report.is_current ? t("current") : t("not_current")].filter(Boolean).join(" · ")],
        ].filter(([, value]) => value).map(([name, value]) => [h("dt", null, name), h("dd", null, value)])),
        around.length ? h("p", { class: "around" }, t("other_years"), around.map((row) => [" ", h("a", { href: reportLink(row) }, row.report_year)])) : null,
        agency.length > 1 ? h("details", null, h("summary", null, t("other_reports")), versions(agency, report.report_id)) : null),
      section(t("findings"), walker(), listed),
      h("button", { type: "button", class: "drawer", onclick: () => side.classList.add("open") }, t("open_source")),
      h("div", { class: "beside" }, h("div", { class: "tables", id: "tables", onkeydown: move }, body, legend()), side),
    ];
  }

  const legend = () => h("ul", { class: "legend", "aria-label": t("legend") },
    ["number", "zero", "blank", "dash", "word", "annotated", "corrected", "missing"].map((kind) => h("li", null, h("span", { class: `cell k-${kind}` }, { blank: "□", missing: "∅", dash: "—", zero: "0" }[kind] || "12"), t(`kinds.${kind}`))),
    ["fail", "open", "issue", "suggested"].map((one) => h("li", null, h("span", { class: `cell ${one}` }, "12"), t(`marks.${one}`))));

  gongkai.page = async (state) => {
    shown = null;
    if (!state.id || !state.at) return choose(state);
    const content = await drawReport(state);
    if (state.cell) document.addEventListener("drawn", () => shown && shown.select(state.cell, true), { once: true });
    return content;
  };
  addEventListener("keydown", (event) => {
    if (!shown || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    if (event.key === "n" || event.key === "p") shown.walk(event.key === "n" ? 1 : -1);
  });
  /** Another cell of the same report needs no new page. */
  gongkai.moved = (before, now) => {
    if (!shown || now.id !== shown.id || before.id !== now.id || before.at !== now.at || before.cell === now.cell || !now.cell) return false;
    shown.select(now.cell, true);
    return true;
  };
})();
