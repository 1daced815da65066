/** One transaction as the node lists it. */
type Entry = { readonly from: string; readonly nonce: string };

const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" &&
  value !== null &&
  "from" in value &&
  typeof value.from === "string" &&
  "nonce" in value &&
  typeof value.nonce === "string";

/**
 * The answer that Sei gives to `txpool_content`, from what the local node lists as pending: everything by sender and nonce under
 * `pending`, and `queued` empty, whatever the nonces.
 */
export const txpoolContent = (listed: unknown) => {
  const pending: Record<string, Record<string, Entry>> = {};
  for (const entry of Array.isArray(listed) ? listed : []) {
    if (!isEntry(entry)) continue;
    const ofSender = (pending[entry.from] ??= {});
    ofSender[String(BigInt(entry.nonce))] = entry;
  }
  return { pending, queued: {} };
};
