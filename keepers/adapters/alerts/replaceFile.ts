import { mkdir, rename, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";

/** Only the user of the process reads what alerts say. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

/** Replaces a file whole: whoever reads it sees the old text or the new one. */
export const replaceFile = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  const beside = `${path}.${randomUUID()}.new`;
  await writeFile(beside, text, { mode: PRIVATE_FILE, flag: "wx" });
  await rename(beside, path);
};
