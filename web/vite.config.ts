import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const STATIC = "../trackline/static";

/** Writes each asset twice more, packed as browsers take it, so that the server only has to choose. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    closeBundle() {
      const folder = join(STATIC, "assets");
      for (const name of readdirSync(folder).filter((name) => /\.(js|css|svg)$/.test(name))) {
        const content = readFileSync(join(folder, name));
        writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
        const best = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
        writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, best));
      }
    },
  };
}

/** Vite leads all scripts of the page into one: what asks the server becomes a script again, which runs as soon as it is here. */
function apart(): Plugin {
  return {
    name: "apart",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (html, { bundle }) => {
        const early = Object.values(bundle ?? {}).find((one) => one.type === "chunk" && one.name === "early")!.fileName;
        const others = html.split("\n").filter((line) => !line.includes(early));
        const attrs = { type: "module", async: true, crossorigin: true, src: `./${early}` };
        return { html: others.join("\n"), tags: [{ tag: "script", attrs, injectTo: "head" }] };
      },
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [apart(), packed()],
  build: {
    outDir: STATIC,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // What every page needs is two files: what asks the server runs while the rest is still being read.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "early", tags: ["$initial"], test: /preload-helper|\/src\/(early|routes|api|calc\/(?!words))/, priority: 1 },
            { name: "index", tags: ["$initial"] },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:5000" } },
});
