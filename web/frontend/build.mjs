// Bundles our browser sources with the libraries they use into web/static/built/.
//
// Everything a page loads comes from there: no other host is asked for anything.

import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "..", "static", "built");

/** The packages a bundle took something from, by their folders below node_modules. */
function packagesOf(metafile) {
  const folders = Object.keys(metafile.inputs).map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return [...new Set(folders.filter(Boolean))].sort();
}

/** The licence of a package in its own words, or its name where it ships no text. */
async function licenceOf(name) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return `${name} ${version}, licence: ${license}\n\n${texts.join("\n")}`;
}

await rm(outdir, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.css", "src/desk.js", "src/diagram.js"],
  outdir,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
// The licences of what was bundled travel with it.
const licences = await Promise.all(packagesOf(metafile).map(licenceOf));
await writeFile(join(outdir, "licences.txt"), licences.join(`\n${"-".repeat(80)}\n\n`));
