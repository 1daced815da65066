/**
 * Builds the image of NEXUS twice, compares the two, and writes what it is made of beside it. It needs buildah.
 *
 *   tsx scripts/images/main.ts                    into dist/image: oci/, sbom.cdx.json, provenance.json
 *   tsx scripts/images/main.ts --key FILE         signs the provenance with the Ed25519 key in a PEM file
 *   tsx scripts/images/main.ts --prove            then runs it by podman and runc as a cluster would
 */
import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import process from "node:process";
import { removeFolder } from "../lib/removeFolder.ts";
import { version } from "../lib/program.ts";
import { complain, say } from "../lib/output.ts";
import { type BuiltImage, type Storage, buildImage, hasBuildah } from "./build.ts";
import { type ListedFile, listFiles, listingFindings, looseFiles } from "./listing.ts";
import { keyIdOf, seal, sealFault, statementOf } from "./provenance.ts";
import { proveImage } from "./prove.ts";
import { readLock, sbomOf } from "./sbom.ts";

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const OUT = join(ROOT, "dist/image");
const MEGABYTE = 1_000_000;
const MOST = { bytes: 150 * MEGABYTE, compressed: 52 * MEGABYTE, seconds: 60 };

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
const inMegabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MB`;

type Timed = { readonly image: BuiltImage; readonly seconds: number };

const buildTimed = async (storage: Storage, folder: string): Promise<Timed> => {
  const begun = process.hrtime.bigint();
  const image = await buildImage(ROOT, { storage, folder });
  return { image, seconds: Number((process.hrtime.bigint() - begun) / MS) / 1_000 };
};
const MS = 1_000_000n;

/** Prints a figure beside its limit. @returns whether it keeps it */
const judge = (what: string, [found, most]: readonly [number, number], show: (value: number) => string): boolean => {
  const isKept = found <= most;
  say(`${isKept ? "✓" : "✗"} ${what.padEnd(12)} ${show(found)}, at most ${show(most)}`);
  return isKept;
};

const judgeFigures = ([first, second]: readonly [Timed, Timed], files: readonly ListedFile[]): boolean => {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const isSame = first.image.digest === second.image.digest;
  say(
    `${isSame ? "✓" : "✗"} twice        ${first.image.digest}${isSame ? ", the same" : ` and ${second.image.digest}`}`,
  );
  const findings = listingFindings(files);
  for (const finding of findings) complain(`✗ ${finding}`);
  say(
    `${findings.length === 0 ? "✓" : "✗"} holds        ${files.length} files, ${findings.length} that must not be there`,
  );
  return [
    isSame,
    findings.length === 0,
    judge("size", [bytes, MOST.bytes], inMegabytes),
    judge("compressed", [first.image.compressed, MOST.compressed], inMegabytes),
    judge("time", [Math.max(first.seconds, second.seconds), MOST.seconds], (value) => `${value.toFixed(1)} s`),
  ].every(Boolean);
};

/** The key that signs: the operator's, or one for this build alone, which proves the way and nothing about who built. */
const keyIn = (path: string | undefined) => {
  if (path !== undefined) return createPrivateKey(readFileSync(path));
  say("· key          made for this build alone: whoever publishes the image signs with --key FILE");
  return generateKeyPairSync("ed25519").privateKey;
};

/** Writes image, SBOM and provenance. @returns whether the provenance can be verified */
const writeAll = async (
  { digest, files, packages, layout }: BuiltImage,
  keyPath: string | undefined,
): Promise<boolean> => {
  const lockText = readFileSync(join(ROOT, "package-lock.json"), "utf8");
  const loose = looseFiles(files, listFiles(files));
  const sbom = sbomOf({ version: version(), lock: readLock(lockText), packages, files: loose });
  const sbomText = `${JSON.stringify(sbom, undefined, 2)}\n`;
  const key = keyIn(keyPath);
  const image = digest.slice("sha256:".length);
  const about = {
    image,
    version: version(),
    commit: git("rev-parse", "HEAD"),
    isDirty: git("status", "--porcelain") !== "",
  };
  const statement = statementOf({
    ...about,
    lock: sha256(lockText),
    sbom: sha256(sbomText),
    builder: "scripts/images",
  });
  const sealed = seal(statement, key);
  await removeFolder(OUT);
  await mkdir(OUT, { recursive: true });
  await cp(layout, join(OUT, "oci"), { recursive: true });
  await writeFile(join(OUT, "sbom.cdx.json"), sbomText);
  await writeFile(join(OUT, "provenance.json"), `${JSON.stringify(sealed, undefined, 2)}\n`);
  const publicKey = createPrivateKey(key.export({ type: "pkcs8", format: "pem" }));
  const fault = sealFault(JSON.parse(readFileSync(join(OUT, "provenance.json"), "utf8")), publicKey, image);
  say(`${fault === undefined ? "✓" : "✗"} provenance   ${fault ?? `signed by ${keyIdOf(key)}`}`);
  say(`✓ sbom         ${sbom.components.length} components, each with its hash`);
  return fault === undefined;
};

const main = async (): Promise<boolean> => {
  const { values } = parseArgs({ options: { key: { type: "string" }, prove: { type: "boolean" } } });
  if (!(await hasBuildah())) {
    complain("the image needs buildah: apt-get install buildah, and podman with runc for --prove");
    return false;
  }
  const folder = mkdtempSync(join(tmpdir(), "nexus-image-"));
  const storage: Storage = { folder: join(folder, "storage") };
  try {
    const first = await buildTimed(storage, join(folder, "first"));
    const second = await buildTimed(storage, join(folder, "second"));
    const isKept = judgeFigures([first, second], listFiles(first.image.files));
    const isWritten = await writeAll(second.image, values.key);
    const isProved = values.prove === true ? await proveImage(ROOT, storage) : true;
    return isKept && isWritten && isProved;
  } finally {
    await removeFolder(folder);
  }
};

process.exitCode = (await main()) ? 0 : 1;
