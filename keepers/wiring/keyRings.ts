import { join } from "node:path";
import type { KeyRing } from "../adapters/bus/keyRing.ts";
import { hex } from "../core/hex.ts";
import type { KeeperConfig } from "./config.ts";

/** Where an agent keeps the message and box keys that it made itself. */
export const keyRingPath = (dataDir: string, name: string): string => join(dataDir, `${name}.message-keys.json`);

/**
 * Opens the message and box keys of all agents that have both; loaded only where there is one.
 * @throws FatalError for a file of keys that cannot be read
 */
export const openKeyRings = async ({
  agents,
  dataDir,
}: Pick<KeeperConfig, "agents" | "dataDir">): Promise<ReadonlyMap<string, KeyRing>> => {
  const rings = new Map<string, KeyRing>();
  for (const { name, messageKey, boxKey } of agents) {
    if (messageKey === undefined || boxKey === undefined) continue;
    const [{ openKeyRing }, { nativePrimitives }] = await Promise.all([
      import("../adapters/bus/keyRing.ts"),
      import("../adapters/bus/nacl.ts"),
    ]);
    const given = { messageKey: hex(messageKey.reveal()), boxKey: hex(boxKey.reveal()) };
    rings.set(name, await openKeyRing(nativePrimitives, keyRingPath(dataDir, name), given));
  }
  return rings;
};
