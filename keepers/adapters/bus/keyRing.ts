import { open, mkdir, readFile, rename, rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";
import { z } from "zod";
import { bytesOf, hexOf } from "../../core/envelope/layout.ts";
import type { OwnKeys } from "../../core/envelope/ownKeys.ts";
import type { Primitives } from "../../core/envelope/primitives.ts";
import { FatalError, RetryableError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import type { HeldKeys } from "../../core/keyAge.ts";
import { type UnixSeconds, unixSeconds } from "../../core/units.ts";

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const KEY_BYTES = 32;

const secretHex = z.string().regex(/^0x[0-9a-f]{64}$/);
const fileShape = z.strictObject({
  version: z.literal(1),
  keys: z.array(z.strictObject({ madeAt: z.int().nonnegative(), messageKey: secretHex, boxKey: secretHex })),
});

/** Secrets of one pair of keys, 32 bytes in hex each. */
export type KeySecrets = { readonly messageKey: Hex; readonly boxKey: Hex };

/** A pair of keys of our own, with both halves. */
export type RingKeys = HeldKeys & OwnKeys;

/** The message and box keys that an agent holds: what its operator gave it, and what it made itself, which a file keeps. */
export type KeyRing = {
  /** Those that it made itself come first, the newest before the others. */
  readonly all: () => readonly RingKeys[];
  /** Makes another pair. It is on the disk before it is known. @throws RetryableError where it cannot be written */
  readonly make: (now: UnixSeconds) => Promise<RingKeys>;
  /** Forgets, here and in the file, what it made itself and nobody needs any more. @throws RetryableError as `make` */
  readonly keep: (isWanted: (keys: HeldKeys) => boolean) => Promise<void>;
  /** Writes the file as it is. @throws RetryableError where that cannot be done */
  readonly probe: () => Promise<void>;
};

type Stored = { readonly secrets: KeySecrets; readonly keys: RingKeys };

/** So that the new name outlives the machine's end too. */
const syncFolder = async (folder: string): Promise<void> => {
  const entry = await open(folder, "r");
  try {
    await entry.sync();
  } finally {
    await entry.close();
  }
};

/** Replaces the file whole and durably: whatever stops us, it holds the old keys or the new ones. */
const writeKeys = async (path: string, text: string): Promise<void> => {
  const folder = dirname(path);
  const beside = `${path}.${randomUUID()}.new`;
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
    const file = await open(beside, "wx", PRIVATE_FILE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await syncFolder(folder);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new RetryableError(`the keys cannot be written to ${path}`, { cause });
  }
};

const textAt = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new FatalError(`the file of message keys ${path} cannot be read`, { cause });
  }
};

const parseKeys = (path: string, text: string | undefined): z.output<typeof fileShape>["keys"] => {
  if (text === undefined) return [];
  try {
    return fileShape.parse(JSON.parse(text)).keys;
  } catch {
    // What was wrong with it would show secrets.
    throw new FatalError(
      `the file of message keys ${path} is damaged: bring back a copy of it, or delete it and give the agent new keys with nexus agent rotate-keys`,
    );
  }
};

const ringKeys = (primitives: Primitives, secrets: KeySecrets, madeAt: UnixSeconds | undefined): RingKeys => {
  const [signer, boxKeys] = [
    primitives.signer(bytesOf(secrets.messageKey)),
    primitives.boxKeys(bytesOf(secrets.boxKey)),
  ];
  return { signer, boxKeys, madeAt, messageKey: signer.messageKey, boxKey: boxKeys.boxKey };
};

const textOf = (stored: readonly Stored[]): string =>
  `${JSON.stringify({
    version: 1,
    keys: stored.map(({ secrets, keys: { madeAt } }) => ({ madeAt: Number(madeAt), ...secrets })),
  })}\n`;

/**
 * Opens the keys that an agent holds. The file is read once and is this process's own from then on.
 * @throws FatalError for a file that cannot be read
 */
export const openKeyRing = async (primitives: Primitives, path: string, given: KeySecrets): Promise<KeyRing> => {
  let stored: readonly Stored[] = parseKeys(path, await textAt(path)).map(({ madeAt, messageKey, boxKey }) => {
    const secrets = { messageKey: hex(messageKey), boxKey: hex(boxKey) };
    return { secrets, keys: ringKeys(primitives, secrets, unixSeconds(BigInt(madeAt))) };
  });
  const first = ringKeys(primitives, given, undefined);
  let all: readonly RingKeys[] = [];
  const refresh = (next: readonly Stored[]): void => {
    stored = next;
    all = [...stored.map(({ keys }) => keys), first];
  };
  refresh(stored);
  const replace = async (next: readonly Stored[]): Promise<void> => {
    await writeKeys(path, textOf(next));
    refresh(next);
  };
  return {
    all: () => all,
    make: async (now) => {
      const random = (): Hex => hexOf(primitives.random(KEY_BYTES));
      const secrets = { messageKey: random(), boxKey: random() };
      const keys = ringKeys(primitives, secrets, now);
      await replace([{ secrets, keys }, ...stored]);
      return keys;
    },
    keep: async (isWanted) => {
      const wanted = stored.filter(({ keys }) => isWanted(keys));
      if (wanted.length < stored.length) await replace(wanted);
    },
    probe: () => replace(stored),
  };
};
