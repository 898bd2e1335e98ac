// Ask: SQL on the tables and views of the warehouse, by DuckDB in the page.
"use strict";
(() => {
  const { h, t, go, number, section, help, table, csv, save, chart } = gongkai;
  const MOST_ROWS = 1000;
  const MUCH = 150e6; // bytes of data files a page can be asked to load
  const LITTLE = 25e6; // up to here everything is chosen from the start
  const FEW = 60; // rows that are seen in a chart
  const NAME = /(?:\blake\.)?\b[a-z_]+\b/g;

  // Given to the worker before DuckDB's own script: what it would fetch is handed to it, and it can fetch nothing else.
  const PRELUDE = `self.addEventListener("message", (event) => {
    if (!event.data || !event.data.wasm) return;
    event.stopImmediatePropagation();
    const { wasm } = event.data;
    self.fetch = async () => new Response(wasm, { headers: { "content-type": "application/wasm" } });
    self.XMLHttpRequest = undefined;
  });
  `;

  let book;
  let database;
  const loaded = new Set();

  async function start() {
    await gongkai.run("vendor/arrow.min.js");
    // The library is published for Node's modules; this is all of them it needs.
    Object.assign(window, { module: { exports: {} }, require: () => window.Arrow });
    window.exports = window.module.exports;
    await gongkai.run("vendor/duckdb-browser.min.js");
    const duckdb = window.module.exports;
    for (const name of ["module", "exports", "require"]) delete window[name];
    const script = await gongkai.bytes("ask/worker");
    const worker = new Worker(URL.createObjectURL(new Blob([PRELUDE, script], { type: "text/javascript" })));
    const wasm = (await gongkai.bytes("ask/duckdb")).buffer;
    worker.postMessage({ wasm }, [wasm]);
    const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
    await db.instantiate(new URL("duckdb.wasm", location.href).href);
    const connection = await db.connect();
    await connection.query("SET autoinstall_known_extensions = false");
    await connection.query("SET autoload_known_extensions = false");
    await connection.query("SET enable_external_access = false");
    await connection.query("CREATE SCHEMA lake");
    for (const name of Object.keys(book.tables)) {
      await insert(connection, await gongkai.bytes(`ask/empty/${name}`), `CREATE TABLE ${name} AS FROM arriving`);
    }
    for (const [kind, name, sql] of book.made) await connection.query(`CREATE ${kind === "macro" ? `MACRO ${name}${sql}` : `VIEW ${name} AS ${sql}`}`);
    return connection;
  }
  async function insert(connection, bytes, sql) {
    await connection.insertArrowFromIPCStream(bytes, { name: "arriving", create: true });
    await connection.query(sql);
    await connection.query("DROP TABLE arriving");
  }

  /** The data files a question needs, of those areas. */
  function needed(sql, areas) {
    const names = new Set(sql.replace(/--.*/g, "").toLowerCase().match(NAME) || []);
    const tables = new Set([...names].flatMap((name) => book.needs[name] || []));
    return [...tables].flatMap((name) => Object.entries(book.tables[name])
      .filter(([shard]) => shard === "" || /^none|-0$/.test(shard) || areas.has(shard))
      .map(([shard, size]) => ({ table: name, file: shard ? `ask/${name}/${shard}` : `ask/${name}`, size })));
  }
  const size = (files) => files.reduce((sum, file) => sum + file.size, 0);
  const megabytes = (files) => (size(files) / 1e6).toFixed(1);

  async function answer(sql, areas, say) {
    const files = needed(sql, areas).filter(({ file }) => !loaded.has(file));
    if (size(files) > MUCH) throw new Error(t("ask_much", { size: megabytes(files) }));
    if (!database) say(t("ask_starting"));
    database = database || start();
    const connection = await database;
    if (files.length) say(t("ask_loading", { n: files.length, size: megabytes(files) }));
    for (const { table: name, file } of files) {
      await insert(connection, await gongkai.bytes(file), `INSERT INTO ${name} FROM arriving`);
      loaded.add(file);
    }
    say(t("ask_running"));
    const begun = performance.now();
    const question = sql.trim().replace(/;\s*$/, "");
    if (!/^(select|with|from|values|\()/i.test(question.replace(/^(\s*--.*\n)+/, "").trim())) throw new Error(t("ask_read_only"));
    const types = (await connection.query(`DESCRIBE ${question}`)).toArray().map((row) => row.toJSON());
    const result = await connection.query(`SELECT COLUMNS(*)::VARCHAR FROM (${question}\n)`);
    const names = types.map((column) => column.column_name);
    const columns = names.map((_, index) => result.getChildAt(index));
    const plain = (value, type) => (value !== null && /^DECIMAL/.test(type) ? value.replace(/\.?0+$/, "") : value);
    const rows = Array.from({ length: result.numRows }, (_, row) => columns.map((column, index) => plain(column.get(row), types[index].column_type)));
    return { names, types: types.map((column) => column.column_type), rows, seconds: ((performance.now() - begun) / 1000).toFixed(2) };
  }

  function areaChoice(state, areas) {
    const site = gongkai.site();
    const provinces = [...new Set(areas.map((area) => area.split("-")[0]))];
    const years = [...new Set(areas.map((area) => area.split("-")[1]))].sort();
    const picked = chosen(state, areas);
    const box = (kind, value, label) => {
      const checked = areas.some((area) => picked.has(area) && area.split("-")[kind === "ap" ? 0 : 1] === value);
      const id = `${kind}-${value}`;
      return h("span", { class: "tick" }, h("input", { type: "checkbox", id, checked, "data-focus": id, onchange: () => {
        const ticked = [...document.querySelectorAll(`input[id^="${kind}-"]:checked`)].map((input) => input.id.slice(3));
        go({ [kind]: ticked.join(","), sql: document.getElementById("sql").value });
      } }), h("label", { for: id }, label));
    };
    const name = (code) => (site.provinces.find(([c]) => c === code) || ["", code])[1] || t("central");
    const pick = (values) => go({ ...values, sql: document.getElementById("sql").value });
    const set = (kind, list) => h("span", { class: "set" }, h("button", { type: "button", "data-focus": `${kind}-all`, onclick: () => pick({ [kind]: list.join(",") }) }, t("ask_every")),
      h("button", { type: "button", "data-focus": `${kind}-none`, onclick: () => pick({ [kind]: list.slice(-1).join(",") }) }, t("ask_one")));
    return h("details", { class: "areas", open: picked.size < areas.length || null }, h("summary", null, t("ask_areas")),
      h("fieldset", null, h("legend", null, t("province")), set("ap", provinces), provinces.map((code) => box("ap", code, name(code)))),
      h("fieldset", null, h("legend", null, t("year")), set("ay", years), years.map((year) => box("ay", year, year))));
  }
  function chosen(state, areas) {
    const all = Object.values(book.tables).flatMap((shards) => Object.values(shards)).reduce((a, b) => a + b, 0) < LITTLE;
    const newest = areas.map((area) => area.split("-")[1]).sort().at(-1);
    const provinces = state.ap ? state.ap.split(",") : all || state.every ? null : [areas.length ? areas[0].split("-")[0] : ""];
    const years = state.ay ? state.ay.split(",") : all || state.every ? null : [newest];
    return new Set(areas.filter((area) => {
      const [province, year] = area.split("-");
      return (!provinces || provinces.includes(province)) && (!years || years.includes(year));
    }));
  }

  /** What the figures asked are of: plainly said where that is not everything. */
  function banner(picked, areas) {
    const whole = picked.size === areas.length;
    const names = (at, name) => [...new Set([...picked].map((area) => area.split("-")[at]))].sort().map(name).join("、");
    const province = (code) => (gongkai.site().provinces.find(([c]) => c === code) || ["", code])[1] || t("central");
    return h("p", { class: whole ? "scope" : "scope part", id: "scope" }, whole ? t("ask_scope_all", { n: number(areas.length) })
      : t("ask_scope", { n: number(picked.size), all: number(areas.length), provinces: names(0, province), years: names(1, String) }),
    whole ? null : [" ", h("button", { type: "button", onclick: () => go({ ap: "", ay: "", every: "1", sql: document.getElementById("sql").value }) }, t("ask_scope_widen"))]);
  }
  /** An answer as a chart: names or years against the numbers beside them. */
  function drawing(found) {
    const numeric = (index) => /INT|DECIMAL|DOUBLE|FLOAT/.test(found.types[index]);
    const years = found.names.findIndex((name, index) => /year$|年/.test(name) && numeric(index));
    const label = years >= 0 && new Set(found.rows.map((row) => row[years])).size === found.rows.length ? years : found.types.findIndex((_, index) => !numeric(index));
    const numbers = found.names.map((_, index) => index).filter((index) => numeric(index) && index !== label && index !== years);
    const shares = numbers.filter((index) => /rate$/.test(found.names[index]));
    const values = shares.length ? shares : numbers; // shares and counts have no scale in common
    if (label < 0 || !values.length || found.rows.length < 2 || found.rows.length > FEW) return null;
    const inTime = label === years;
    const names = found.rows.map((row) => row[label] ?? "");
    const axis = { type: "category", data: names, inverse: !inTime, axisLabel: inTime ? {} : { width: 220, overflow: "truncate" } };
    return section(t("ask_chart"), chart("answer", t("ask_chart"), {
      tooltip: { trigger: "axis" }, ...(inTime ? { xAxis: axis, yAxis: { type: "value" } } : { xAxis: { type: "value" }, yAxis: axis }),
      series: values.slice(0, 8).map((index) => ({ name: found.names[index], type: inTime ? "line" : "bar", barMaxWidth: 22, data: found.rows.map((row) => (row[index] === null ? null : Number(row[index]))) })),
    }, found.rows.length > 15 ? "tall" : ""));
  }

  let last = "";
  gongkai.page = async (state) => {
    book = book || (await gongkai.load("ask"));
    const areas = [...new Set(Object.values(book.tables).flatMap((shards) => Object.keys(shards)))].filter((area) => area && !/^none|-0$/.test(area)).sort();
    // Questions the data answer come first; the others are kept apart.
    const numbered = book.questions.map((question, number) => ({ ...question, number }));
    const [fitting, others] = [true, false].map((fits) => numbered.filter((question) => question.fits === fits));
    const index = state.q ? Number(state.q) - 1 : (fitting[0] || numbered[0]).number;
    const ready = book.questions[index] || book.questions[0];
    const picked = chosen(state, areas);
    const areaText = picked.size === areas.length ? t("ask_all") : [...picked].join(", ");
    // Tables hold what was loaded: a narrower choice starts with an empty database.
    if (last && last !== [...picked].join()) {
      if (database) (await database).close();
      database = undefined;
      loaded.clear();
    }
    last = [...picked].join();
    const editor = h("textarea", { id: "sql", rows: "12", spellcheck: "false", autocomplete: "off", value: state.sql || ready.sql });
    const status = h("p", { id: "status", role: "status" });
    const output = h("div", { id: "answer" });
    const button = h("button", { type: "button", id: "run", class: "main" }, t("run_sql"));
    const say = (text, error) => {
      status.textContent = text;
      status.className = error ? "error" : "";
    };
    async function run() {
      button.disabled = true;
      output.replaceChildren();
      try {
        const found = await answer(editor.value, picked, say);
        say(t("ask_done", { n: number(found.rows.length), seconds: found.seconds, areas: areaText }));
        const numeric = (type) => /INT|DECIMAL|DOUBLE|FLOAT/.test(type);
        const listed = found.rows.slice(0, MOST_ROWS).map((row) => Object.fromEntries(row.map((value, i) => [`c${i}`, value])));
        output.replaceChildren(
          found.rows.length > MOST_ROWS ? h("p", { class: "help" }, t("ask_more", { n: number(MOST_ROWS) }), " ",
            h("button", { type: "button", onclick: () => save("gongkai-answer", csv([found.names, ...found.rows])) }, t("csv"))) : "",
          found.rows.length ? drawing(found) || "" : help(t(picked.size < areas.length ? "ask_empty_part" : "ask_empty")),
          table("answer", t("pages.ask"), found.names.map((name, i) => ({ key: `c${i}`, title: name, number: numeric(found.types[i]), show: (value) => value ?? "" })), listed));
        document.dispatchEvent(new Event("drawn"));
      } catch (error) {
        say(`${t("ask_error")}: ${error.message}`, true);
      }
      button.disabled = false;
    }
    button.addEventListener("click", run);
    editor.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
    });
    const own = state.sql && !book.questions.some((question) => question.sql === state.sql);
    const option = ({ number: n, title }) => h("option", { value: String(n + 1), selected: !own && n === index }, `${n + 1}. ${title}`);
    const questions = h("select", { id: "question", "data-focus": "question", onchange: (event) => go({ q: event.target.value, sql: null }) },
      own ? h("option", { value: "", selected: true }, t("own_question")) : null,
      fitting.map(option), others.length ? h("optgroup", { label: t("ask_unfit") }, others.map(option)) : null);
    return [
      h("div", { class: "controls" }, h("div", { class: "field wide" }, h("label", { for: "question" }, t("question")), questions)),
      banner(picked, areas), areaChoice(state, areas),
      h("div", { class: "field wide" }, h("label", { for: "sql" }, t("sql")), editor),
      h("div", { class: "controls" }, button, h("a", { id: "share", href: "#", onclick: (event) => { event.preventDefault(); go({ sql: editor.value }); } }, t("share"))),
      status, output,
      section(t("ask_tables"), Object.entries(book.columns).map(([name, text]) => h("details", { class: "columns" },
        h("summary", null, h("code", null, name), " ", gongkai.english() ? text.en : text.zh),
        h("p", null, text.columns.map(([column, type]) => [h("code", null, column), ` ${type.toLowerCase()}  `]))))),
    ];
  };
})();
