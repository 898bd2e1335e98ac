// Data come as scripts that call `gongkai.put`: a page opened from a folder may run them, but may not fetch files.
"use strict";
window.gongkai = (() => {
  const here = new Map();
  const waiting = new Map();

  async function unpack(text) {
    const packed = atob(text);
    const bytes = new Uint8Array(packed.length); // filled by hand: a function called for each character takes ten times as long
    for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
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

  // What the local server asks of whoever hands in decisions: it stands in the address the command printed, and is taken
  // out of sight at once.
  const TOKEN = "gongkai token";
  const address = new URLSearchParams(location.hash.slice(1));
  let token = address.get("token");
  try {
    if (token) localStorage.setItem(TOKEN, token);
    token ||= localStorage.getItem(TOKEN);
  } catch {
    // A browser that keeps nothing: the token holds for this page.
  }
  if (address.has("token")) {
    address.delete("token");
    history.replaceState(null, "", address.size ? `#${address}` : location.pathname);
  }

  return {
    run,
    /** What proves to the local server that its address was read where it was printed. */
    token: () => token || "",
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
