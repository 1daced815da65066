import { createHash } from "node:crypto";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { keccak256, toUtf8Bytes } from "ethers";
import type { Hashing } from "../../keepers/backtest/stage.ts";
import type { Origin } from "../../keepers/backtest/recorder.ts";
import { type Hex, hex } from "../../keepers/core/hex.ts";
import { codeDigest } from "../lib/codeDigest.ts";
import { version } from "../lib/program.ts";

/** The folders whose code decides: all that a decision can depend on beside its input. */
const DECIDING = ["core", "market", "quant", "sending", "agents"] as const;
const KEEPERS = fileURLToPath(new URL("../../keepers/", import.meta.url));

/** SHA-256 of text in UTF-8. */
export const sha256 = (text: string): Hex => hex(`0x${createHash("sha256").update(text).digest("hex")}`);

/** What decides here: the package's version with the digest of its code, and the engine. */
export const originHere = (): Origin => ({
  code: `${version()}+${codeDigest(KEEPERS, DECIDING)}`,
  engine: `node ${process.version}`,
});

/** The chain's hash. */
export const HASHING: Hashing = {
  keccak: (data) => hex(keccak256(data)),
  hashText: (text) => hex(keccak256(toUtf8Bytes(text))),
};
