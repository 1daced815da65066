import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../../lib/command.ts";
import { proposalFile } from "../proposal/create.ts";
import { harmless } from "./harmless.ts";

/** Only the operator's own user reads and writes drafts. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const MAX_DRAFTS = 100;
const MAX_WHY = 1_000;
const DIGEST = /^[0-9a-f]{64}$/;

/** What an assistant may draft: a proposal as `nexus proposal create` takes it, and why, in its own words. */
export const draftSchema = z.strictObject({
  proposal: z
    .unknown()
    .refine((value) => proposalFile.safeParse(value).success, "is no proposal of nexus proposal create"),
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

/** Keeps a draft under its digest. @throws UsageError where the folder is full */
export const keepDraft = async (folder: string, draft: Draft): Promise<string> => {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const kept = await listDrafts(folder);
  const digest = digestOf(draft);
  if (kept.length >= MAX_DRAFTS)
    throw new UsageError(`${folder} holds ${MAX_DRAFTS} drafts: an operator must clear it`);
  const text = JSON.stringify({ kind: "nexus-draft", ...draft }, undefined, 2);
  if (!kept.includes(digest)) await writeFile(join(folder, `${digest}.json`), text, { mode: PRIVATE_FILE, flag: "wx" });
  return digest;
};

/** A draft by its digest. @throws UsageError where there is none, or its file says something else than its digest */
export const readDraft = async (folder: string, digest: string): Promise<Draft> => {
  if (!DIGEST.test(digest))
    throw new UsageError("DIGEST must be 64 hex digits in lower case: nexus mcp drafts lists them");
  const text = await readFile(join(folder, `${digest}.json`), "utf8").catch(() => undefined);
  if (text === undefined) throw new UsageError(`${folder} holds no draft ${digest}`);
  try {
    const { proposal, untrustedWhy } = storedSchema.parse(JSON.parse(text));
    if (digestOf({ proposal, untrustedWhy }) === digest) return { proposal, untrustedWhy };
  } catch {
    // Told below: whatever the file holds, it is not what was drafted.
  }
  throw new UsageError(`the file of draft ${digest} was changed: it does not say what its digest is of`);
};

/** What an operator is shown of a draft, every line harmless to a terminal. */
export const draftLines = (digest: string, { proposal, untrustedWhy }: Draft): readonly string[] => [
  `draft ${digest}`,
  `its drafter writes, and nobody has checked: ${String(harmless(untrustedWhy))}`,
  ...JSON.stringify(harmless(proposal), undefined, 2).split("\n"),
];

/** Writes an approved proposal where `nexus proposal create` takes it. @throws UsageError where the file exists */
export const writeApproved = async (path: string, { proposal }: Draft): Promise<void> => {
  const text = `${JSON.stringify(proposal, undefined, 2)}\n`;
  await writeFile(path, text, { mode: PRIVATE_FILE, flag: "wx" }).catch((cause: unknown) => {
    throw new UsageError(`cannot write ${path}: it exists, or its folder does not`, { cause });
  });
};
