/**
 * How scripts ask a node. Without a cache: what was just sent must show in the next answer. Without a pause in which more
 * requests might come to be sent together: of thousands in a row, each would wait for it.
 */
export const NODE_OPTIONS = { cacheTimeout: -1, batchStallTime: 0 } as const;
