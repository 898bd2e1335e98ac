// A table people can sort, filter, page through and take away as CSV: a plain <table>, so that screen readers, printers
// and narrow screens know what to do with it.
"use strict";
(() => {
  const { h, t, number } = gongkai;
  const PAGE = 50;

  /** Text a spreadsheet would run as a formula gets an apostrophe before it; a plain negative number stays a number. */
  function cell(value) {
    let text = value === null || value === undefined ? "" : String(value);
    if (/^\s*[=+\-@＝＋－＠]/.test(text) && !/^-\d+(\.\d+)?$/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
  /** Rows of values as CSV that Excel reads: with a byte order mark, lines ended by CR LF. */
  const csv = (lines) => `\ufeff${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;

  function save(name, text) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    const anchor = h("a", { href: url, download: `${name}.csv` });
    document.body.append(anchor);
    anchor.click();
    anchor.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  function compare(a, b) {
    const [x, y] = [a, b].map((value) => (value === null || value === undefined || value === "" ? null : value));
    if (x === null || y === null) return (x === null) - (y === null);
    const [p, q] = [Number(x), Number(y)];
    if (!Number.isNaN(p) && !Number.isNaN(q)) return p - q;
    return String(x).localeCompare(String(y), "zh");
  }

  /**
   * `columns`: {key, title, show(value, row), text(value, row), number}. `show` makes what is seen (text or element),
   * `text` what is filtered and saved where it is not the value. `all`: how many rows there are in the warehouse.
   */
  function table(name, title, columns, rows, { all, page = PAGE, none = t("nothing") } = {}) {
    // Order, filter and page stand in the address, under the name of the table.
    const kept = (what) => gongkai.state()[`${name}-${what}`] || "";
    const keep = (step) => gongkai.note({
      [`${name}-sort`]: sorted ? `${down ? "-" : ""}${sorted.key}` : "", [`${name}-find`]: wanted, [`${name}-page`]: first ? String(first / page + 1) : "",
    }, step);
    let sorted = columns.find((column) => column.key === kept("sort").replace(/^-/, "")) || null;
    let down = kept("sort").startsWith("-");
    let wanted = kept("find").toLowerCase();
    let first = Math.max(0, (Number(kept("page")) || 1) - 1) * page;
    const text = (column, row) => (column.text ? column.text(row[column.key], row) : row[column.key]);
    const body = h("tbody");
    const count = h("span", { class: "count", "aria-live": "polite" });
    const turn = h("div", { class: "turn" });
    const heads = columns.map((column) => {
      const button = h("button", { type: "button", title: t("sort_by", { name: column.title }), onclick: () => {
        down = sorted === column ? !down : Boolean(column.number);
        sorted = column;
        first = 0;
        fill();
        keep(true);
      } }, column.title);
      return h("th", { scope: "col", class: column.number ? "number" : null }, button);
    });

    function chosen() {
      const hits = wanted
        ? rows.filter((row) => columns.some((column) => String(text(column, row) ?? "").toLowerCase().includes(wanted)))
        : [...rows];
      if (sorted) {
        const blank = (row) => row[sorted.key] === null || row[sorted.key] === "";
        hits.sort((a, b) => (blank(a) || blank(b) ? blank(a) - blank(b)
          : (down ? -1 : 1) * compare(sorted.number ? a[sorted.key] : text(sorted, a), sorted.number ? b[sorted.key] : text(sorted, b))));
      }
      return hits;
    }
    function step(label, to, possible) {
      return h("button", { type: "button", disabled: !possible, onclick: () => { first = to; fill(); keep(true); } }, label);
    }
    function fill() {
      const hits = chosen();
      if (first >= hits.length) first = 0;
      heads.forEach((head, index) => {
        if (columns[index] === sorted) head.setAttribute("aria-sort", down ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      body.replaceChildren(...hits.slice(first, first + page).map((row) => h("tr", null, columns.map((column, index) => {
        const value = row[column.key];
        const shown = column.show ? column.show(value, row) : column.number ? number(value) : (value ?? "");
        return index ? h("td", { class: column.number ? "number" : null }, shown) : h("th", { scope: "row" }, shown);
      }))));
      count.textContent = wanted ? t("rows_of", { n: number(hits.length), all: number(rows.length) }) : t("rows", { n: number(rows.length) });
      const pages = Math.max(1, Math.ceil(hits.length / page));
      turn.replaceChildren(...(pages > 1 ? [
        step(t("previous"), first - page, first > 0),
        h("span", null, t("page_of", { n: first / page + 1, all: pages })),
        step(t("next"), first + page, first + page < hits.length)] : []));
    }
    const filter = h("input", { type: "search", id: `filter-${name}`, value: kept("find"), placeholder: t("filter_hint"), oninput: (event) => {
      wanted = event.target.value.trim().toLowerCase();
      first = 0;
      fill();
      keep(false);
    } });
    const take = h("button", { type: "button", class: "csv", onclick: () =>
      save(`gongkai-${name}`, csv([columns.map((c) => c.title), ...chosen().map((row) => columns.map((c) => text(c, row)))])) }, t("csv"));
    fill();
    return h("div", { class: "table", id: `table-${name}` },
      h("div", { class: "tools" },
        rows.length > 5 ? h("div", { class: "field" }, h("label", { for: `filter-${name}` }, t("filter")), filter) : null,
        count, take),
      all > rows.length ? h("p", { class: "help" }, t("first_of", { n: number(rows.length), all: number(all) }), " ", h("a", { href: gongkai.link("ask", {}) }, t("pages.ask"))) : null,
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
        h("table", null, h("caption", { class: "hidden" }, title), h("thead", null, h("tr", null, heads)), body)),
      rows.length ? turn : h("p", { class: "help" }, none));
  }
  Object.assign(gongkai, { table, csv, save });
})();
