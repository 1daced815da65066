/**
 * Builds dist/verify/verify.html: one file that anyone can open from a disk to see what a proposal would do, without a server
 * of ours. The same sources give the same bytes, so that its SHA-256 can be published.
 *
 *   node scripts/setup/verifyPage.mjs            builds it and prints its SHA-256
 *   node scripts/setup/verifyPage.mjs --write    writes that into docs/verify.md too, where a reader finds it
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FOLDER = join(ROOT, "dashboard/verify");

/** Where the file is written. */
export const VERIFY_PAGE = join(ROOT, "dist/verify/verify.html");

/** @param {string} text @param {import("node:crypto").BinaryToTextEncoding} [encoding] @returns {string} its hash */
const sha256 = (text, encoding = "base64") => createHash("sha256").update(text).digest(encoding);

/** What the page needs of a contract is its interface; the code that would deploy it, and Solidity's own names, stay out. */
const interfacesAlone = {
  name: "interfaces-alone",
  /** @param {string} code @param {string} id */
  transform: (code, id) =>
    id.includes("/types/")
      ? { code: code.replaceAll(/"0x[0-9a-f]{400,}"/g, '"0x"').replaceAll(/"internalType": "[^"]*",?/g, ""), map: null }
      : null,
};

const NAMES = "@adraffy/ens-normalize";

/** Accounts are addresses here and never names of ENS, whose tables weigh as much as a fifth of the page. */
const addressesAlone = {
  name: "addresses-alone",
  enforce: /** @type {const} */ ("pre"),
  /** @param {string} id */
  resolveId: (id) => (id === NAMES ? `\0${NAMES}` : null),
  /** @param {string} id */
  load: (id) =>
    id === `\0${NAMES}`
      ? "export const ens_normalize = () => { throw new Error('accounts are addresses here') };"
      : null,
};

/** @returns {Promise<string>} the program of the page in one piece */
const programOf = async () => {
  const { build } = await import("vite");
  const built = await build({
    root: FOLDER,
    configFile: false,
    logLevel: "warn",
    plugins: [addressesAlone, interfacesAlone],
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      lib: { entry: join(FOLDER, "main.tsx"), formats: ["iife"], name: "verify" },
    },
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const output = Array.isArray(built) ? built[0] : built;
  if (output === undefined || !("output" in output)) throw new Error("the verify page was not built");
  return output.output[0].code;
};

/**
 * The page as one file: its program and its style inside, both named by their hashes in its own policy.
 * @param {string} program @param {string} style @returns {string} the page
 */
const pageOf = (program, style) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta
      http-equiv="Content-Security-Policy"
      content="default-src 'none'; script-src 'sha256-${sha256(program)}'; style-src 'sha256-${sha256(style)}'; connect-src http: https:; base-uri 'none'; form-action 'none'"
    />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="referrer" content="no-referrer" />
    <title>NEXUS: verify a proposal</title>
    <style>${style}</style>
  </head>
  <body>
    <div id="app"></div>
    <noscript>This page asks the chain itself and needs JavaScript. nexus proposal show does the same at a terminal.</noscript>
    <script>${program}</script>
  </body>
</html>
`;

/** Builds the file. @returns {Promise<{ bytes: Buffer, sha256: string }>} what was written, and its hash in hex */
export const buildVerifyPage = async () => {
  // A script ends at its closing tag, wherever that stands in it.
  const program = (await programOf()).replaceAll("</script", "<\\/script");
  const page = pageOf(program, readFileSync(join(FOLDER, "page.css"), "utf8"));
  mkdirSync(dirname(VERIFY_PAGE), { recursive: true });
  writeFileSync(VERIFY_PAGE, page);
  return { bytes: Buffer.from(page), sha256: sha256(page, "hex") };
};

/** The page's hash as the documents tell it: in the form that sha256sum checks. */
const TOLD = /[0-9a-f]{64}(?= {2}dist\/verify\/verify\.html)/;
const TOLD_IN = "docs/verify.md";

/** The hash that the documents tell. @returns {string | undefined} it in hex; undefined where they tell none */
export const toldHash = () => TOLD.exec(readFileSync(join(ROOT, TOLD_IN), "utf8"))?.[0];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { sha256: built } = await buildVerifyPage();
  if (process.argv.includes("--write")) {
    const path = join(ROOT, TOLD_IN);
    writeFileSync(path, readFileSync(path, "utf8").replace(TOLD, built));
  }
  process.stdout.write(`${built}  dist/verify/verify.html\n`);
}
