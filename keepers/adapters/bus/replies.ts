/** One entry of a stream: its id and the envelope in it. */
export type StreamEntry = { readonly id: string; readonly bytes: Buffer };

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Our one field is called e; an entry without it holds an envelope of no bytes, which is refused as malformed. */
const envelopeIn = (fields: unknown): Buffer => {
  const [name, value] = isList(fields) && fields.length === 2 ? fields : [];
  const isOurs = Buffer.isBuffer(name) && name.length === 1 && name[0] === 0x65;
  return isOurs && Buffer.isBuffer(value) ? value : Buffer.alloc(0);
};

const entryOf = (entry: unknown): readonly StreamEntry[] => {
  const [id, fields] = isList(entry) ? entry : [];
  return Buffer.isBuffer(id) ? [{ id: id.toString("latin1"), bytes: envelopeIn(fields) }] : [];
};

/** What XREAD answered, by stream; nothing for whatever else a server wrote. */
export const streamsIn = (reply: unknown): ReadonlyMap<string, readonly StreamEntry[]> => {
  const streams = new Map<string, readonly StreamEntry[]>();
  for (const stream of isList(reply) ? reply : []) {
    const [key, entries] = isList(stream) ? stream : [];
    if (Buffer.isBuffer(key) && isList(entries)) streams.set(key.toString("utf8"), entries.flatMap(entryOf));
  }
  return streams;
};
