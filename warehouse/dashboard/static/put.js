// Data come as scripts that call `gongkai.put`: a page opened from a folder may run them, but may not fetch files.
"use strict";
window.gongkai = (() => {
  const here = new Map();
  const waiting = new Map();

  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  function run(path) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = path;
      script.onload = resolve;
      script.onerror = () => reject(new Error(path));
      document.head.append(script);
    });
  }

  async function raw(name) {
    if (!here.has(name)) {
      if (!waiting.has(name)) {
        const path = name.split("/").map(encodeURIComponent).join("/");
        waiting.set(name, run(`data/${path}.js`).finally(() => waiting.delete(name)));
      }
      await waiting.get(name);
    }
    return here.get(name);
  }

  return {
    run,
    put: (name, value) => here.set(name, value),
    /** The bytes of a file of data that is no JSON; they are not kept. */
    bytes: async (name) => {
      const value = await raw(name);
      here.delete(name);
      return unpack(value);
    },
    /** The JSON value of a file of data. */
    load: async (name) => {
      let value = await raw(name);
      if (typeof value === "string") {
        value = JSON.parse(new TextDecoder().decode(await unpack(value)));
        here.set(name, value);
      }
      return value;
    },
  };
})();
