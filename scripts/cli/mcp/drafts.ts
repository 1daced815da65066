import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { printableJson } from "../../../keepers/core/printable.ts";
import { UsageError } from "../../lib/command.ts";
import { proposalFile } from "../proposal/create.ts";
import { harmless } from "./harmless.ts";

/** Only the operator's own user reads and writes drafts. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const MAX_DRAFTS = 100;
const MAX_WHY = 1_000;
/** So much of a proposal, as JSON in lines, a person can still read; characters. */
const MAX_PROPOSAL = 20_000;
const MAX_FILE_BYTES = 1_000_000;
const DIGEST = /^[0-9a-f]{64}$/;

/** A proposal as a person reads it: all of it, to the letter. @throws RangeError where it is nested too deeply for that */
const inLines = (proposal: unknown): string => printableJson(JSON.stringify(proposal, undefined, 2));

/** Whether a person can read all of it: what is not shown is not approved. */
const isReadable = (proposal: unknown): boolean => {
  try {
    return inLines(proposal).length <= MAX_PROPOSAL;
  } catch {
    return false;
  }
};

/** What an assistant may draft: a proposal as `nexus proposal create` takes it, and why, in its own words. */
export const draftSchema = z.strictObject({
  proposal: z
    .unknown()
    .refine((value) => proposalFile.safeParse(value).success, "is no proposal of nexus proposal create")
    .refine(isReadable, `is longer than the ${MAX_PROPOSAL} characters that a person reads`),
  untrustedWhy: z.string().min(1).max(MAX_WHY),
});
export type Draft = z.output<typeof draftSchema>;

/** A draft as its file holds it. It is no proposal: no command that signs takes it. */
const storedSchema = z.strictObject({ kind: z.literal("nexus-draft"), ...draftSchema.shape });

/** The digest by which a draft is approved: of everything that its file says. */
export const digestOf = ({ proposal, untrustedWhy }: Draft): string =>
  createHash("sha256").update(JSON.stringify({ proposal, untrustedWhy })).digest("hex");

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** The digests of the drafts in a folder. */
export const listDrafts = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  return names.flatMap((name) => (name.endsWith(".json") && DIGEST.test(name.slice(0, -5)) ? [name.slice(0, -5)] : []));
};

const keep = async (folder: string, draft: Draft): Promise<string> => {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const kept = await listDrafts(folder);
  const digest = digestOf(draft);
  if (kept.includes(digest)) return digest;
  if (kept.length >= MAX_DRAFTS)
    throw new UsageError(`${folder} holds ${MAX_DRAFTS} drafts: an operator must clear it`);
  const text = JSON.stringify({ kind: "nexus-draft", ...draft }, undefined, 2);
  await writeFile(join(folder, `${digest}.json`), text, { mode: PRIVATE_FILE, flag: "wx" });
  return digest;
};

/**
 * Opens a folder for drafts, which are kept under their digests one after the other: many at once would each find room for the
 * last. What is kept throws UsageError where the folder is full.
 */
export const draftKeeper = (folder: string): ((draft: Draft) => Promise<string>) => {
  let before: Promise<unknown> = Promise.resolve();
  return (draft) => {
    const kept = before.then(() => keep(folder, draft));
    before = kept.catch(() => undefined);
    return kept;
  };
};

/** The text of a plain file that is no longer than a draft; of nothing else, however its name came into the folder. */
const textAt = async (path: string): Promise<string | undefined> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const about = await file.stat();
    return about.isFile() && about.size <= MAX_FILE_BYTES ? await file.readFile("utf8") : undefined;
  } finally {
    await file.close();
  }
};

/** A draft by its digest. @throws UsageError where there is none, or its file says something else than its digest */
export const readDraft = async (folder: string, digest: string): Promise<Draft> => {
  if (!DIGEST.test(digest))
    throw new UsageError("DIGEST must be 64 hex digits in lower case: nexus mcp drafts lists them");
  const text = await textAt(join(folder, `${digest}.json`)).catch(() => undefined);
  if (text === undefined) throw new UsageError(`${folder} holds no draft ${digest}`);
  try {
    const { proposal, untrustedWhy } = storedSchema.parse(JSON.parse(text));
    if (digestOf({ proposal, untrustedWhy }) === digest) return { proposal, untrustedWhy };
  } catch {
    // Told below: whatever the file holds, it is not what was drafted.
  }
  throw new UsageError(`the file of draft ${digest} was changed: it does not say what its digest is of`);
};

/**
 * What an operator is shown of a draft: the proposal whole, with what a terminal obeys or hides in JSON's own escapes. The words
 * of its drafter come last, so that nothing of the proposal stands behind them. [NX-MCP-02]
 */
export const draftLines = (digest: string, { proposal, untrustedWhy }: Draft): readonly string[] => [
  `draft ${digest}`,
  ...inLines(proposal).split("\n"),
  `its drafter writes, and nobody has checked: ${String(harmless(untrustedWhy))}`,
];

/** Writes an approved proposal where `nexus proposal create` takes it. @throws UsageError where the file exists */
export const writeApproved = async (path: string, { proposal }: Draft): Promise<void> => {
  const text = `${JSON.stringify(proposal, undefined, 2)}\n`;
  await writeFile(path, text, { mode: PRIVATE_FILE, flag: "wx" }).catch((cause: unknown) => {
    throw new UsageError(`cannot write ${path}: it exists, or its folder does not`, { cause });
  });
};
