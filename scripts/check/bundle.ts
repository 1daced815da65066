import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { buildVerifyPage, toldHash } from "../setup/verifyPage.mjs";

/** What a browser may have to load, in bytes after gzip: until the overview can be read, for one more page, and style. */
const MAX = { initial: 45_000, lazy: 35_000, style: 10_000, verify: 150_000 } as const;

/** Foreign code names the sites of its makers in messages; nothing of it is ever loaded from there. */
const FOREIGN = /<(?:script|link|img)[^>]+(?:src|href)=["']?https?:/i;

const chunkSchema = z.looseObject({
  file: z.string(),
  isEntry: z.boolean().optional(),
  imports: z.array(z.string()).default([]),
  css: z.array(z.string()).default([]),
});
const manifestSchema = z.record(z.string(), chunkSchema);
export type Manifest = z.output<typeof manifestSchema>;

/** The overview is the page that opens first, so what it is made of is loaded first too. */
const FIRST_PAGE = "src/pages/overview/page.tsx";

/** A chunk and all that it cannot run without. */
const withImports = (manifest: Manifest, name: string, seen = new Set<string>()): ReadonlySet<string> => {
  const chunk = manifest[name];
  if (chunk === undefined || seen.has(name)) return seen;
  seen.add(name);
  for (const other of chunk.imports) withImports(manifest, other, seen);
  return seen;
};

type SizeOf = (file: string) => number;

const sum = (files: Iterable<string>, sizeOf: SizeOf): number =>
  [...new Set(files)].reduce((total, file) => total + sizeOf(file), 0);

/** What the built pages weigh, in bytes after gzip. `later`: each page and part that is loaded when it is needed. */
export type Weights = {
  readonly initial: number;
  readonly style: number;
  readonly later: readonly { readonly name: string; readonly bytes: number }[];
};

/** Weighs a build; undefined for one without its first page. `sizeOf`: bytes of a file after gzip. */
export const weightsOf = (manifest: Manifest, sizeOf: SizeOf): Weights | undefined => {
  const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true);
  if (entry === undefined || manifest[FIRST_PAGE] === undefined) return undefined;
  const first = new Set([...withImports(manifest, entry), ...withImports(manifest, FIRST_PAGE)]);
  const filesOf = (names: Iterable<string>) => [...names].flatMap((name) => manifest[name]?.file ?? []);
  const later = Object.keys(manifest)
    .filter((name) => !first.has(name))
    .map((name) => {
      const more = [...withImports(manifest, name)].filter((other) => !first.has(other));
      return { name, bytes: sum(filesOf(more), sizeOf) };
    });
  const style = sum(
    Object.values(manifest).flatMap(({ css }) => css),
    sizeOf,
  );
  return { initial: sum(filesOf(first), sizeOf), style, later };
};

/** What of a build is too heavy. */
export const bundleFindingsFor = (manifest: Manifest, sizeOf: SizeOf): readonly string[] => {
  const weights = weightsOf(manifest, sizeOf);
  if (weights === undefined) return ["the dashboard's build has no first page"];
  const { initial, style, later } = weights;
  return [
    ...(initial > MAX.initial
      ? [`the first page loads ${initial} bytes of JavaScript, ${MAX.initial} are the most`]
      : []),
    ...(style > MAX.style ? [`the style has ${style} bytes, ${MAX.style} are the most`] : []),
    ...later
      .filter(({ bytes }) => bytes > MAX.lazy)
      .map(({ name, bytes }) => `${name} loads ${bytes} bytes more, ${MAX.lazy} are the most`),
  ];
};

const HEAVIEST = 3;

/** The weights as lines for a reader, the heaviest of what is loaded later first. */
const weightLines = ({ initial, style, later }: Weights): readonly string[] => [
  `${initial} bytes of JavaScript until the first page, ${style} of style`,
  ...later
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, HEAVIEST)
    .map(({ name, bytes }) => `${bytes} bytes more for ${name}`),
];

/** The built dashboard against its budget. It must be built: `node scripts/setup/dashboard.mjs`. */
export const bundleFindings = (root: string): readonly string[] => {
  const folder = join(root, "dist/dashboard");
  const read = (file: string): Buffer => readFileSync(join(folder, file));
  const manifest = manifestSchema.parse(JSON.parse(read(".vite/manifest.json").toString("utf8")));
  const isForeign = FOREIGN.test(read("index.html").toString("utf8"));
  const sizeOf = (file: string): number => gzipSync(read(file), { level: 9 }).length;
  const weights = weightsOf(manifest, sizeOf);
  for (const line of weights === undefined ? [] : weightLines(weights)) process.stdout.write(`    ${line}\n`);
  return [
    ...(isForeign ? ["dist/dashboard/index.html loads something of another origin"] : []),
    ...bundleFindingsFor(manifest, sizeOf),
  ];
};

/** The page that verifies a proposal from a disk: its weight, and whether the documents tell its hash. */
export const verifyFindings = async (): Promise<readonly string[]> => {
  const { bytes, sha256 } = await buildVerifyPage();
  const weight = gzipSync(bytes, { level: 9 }).length;
  process.stdout.write(`    ${weight} bytes for the page that verifies a proposal, in one file\n`);
  return [
    ...(weight > MAX.verify ? [`the page that verifies has ${weight} bytes, ${MAX.verify} are the most`] : []),
    ...(sha256 === toldHash()
      ? []
      : ["docs/verify.md tells another hash than the built page has: node scripts/setup/verifyPage.mjs --write"]),
  ];
};
