/** A JSON-RPC request as it reaches the node, from whichever connection. */
export type RpcRequest = { readonly method: string; readonly params?: unknown };

/** What an agent may ask of the sandbox: what a public Sei endpoint answers, and nothing that only a test node can do. */
const ALLOWED: ReadonlySet<string> = new Set([
  "debug_traceCall",
  "debug_traceTransaction",
  "eth_accounts",
  "eth_blockNumber",
  "eth_call",
  "eth_chainId",
  "eth_estimateGas",
  "eth_feeHistory",
  "eth_gasPrice",
  "eth_getBalance",
  "eth_getBlockByHash",
  "eth_getBlockByNumber",
  "eth_getBlockTransactionCountByHash",
  "eth_getBlockTransactionCountByNumber",
  "eth_getCode",
  "eth_getFilterChanges",
  "eth_getFilterLogs",
  "eth_getLogs",
  "eth_getProof",
  "eth_getStorageAt",
  "eth_getTransactionByBlockHashAndIndex",
  "eth_getTransactionByBlockNumberAndIndex",
  "eth_getTransactionByHash",
  "eth_getTransactionCount",
  "eth_getTransactionReceipt",
  "eth_maxPriorityFeePerGas",
  "eth_newBlockFilter",
  "eth_newFilter",
  "eth_sendRawTransaction",
  "eth_subscribe",
  "eth_syncing",
  "eth_uninstallFilter",
  "eth_unsubscribe",
  "net_listening",
  "net_version",
  "txpool_content",
  "web3_clientVersion",
  "web3_sha3",
]);

/** Sei serves these two; it has no pending block to subscribe to. */
const SUBSCRIPTIONS: ReadonlySet<unknown> = new Set(["newHeads", "logs"]);

/**
 * Why an agent's request is refused, or undefined when it may pass. An allow-list, so that what a later version of the
 * node learns (mining, time, balances, unlocked accounts, …) stays refused.
 */
export const refusalOf = (request: RpcRequest): string | undefined => {
  if (!ALLOWED.has(request.method))
    return `the sandbox refuses ${request.method}: only what Sei serves is open to agents`;
  if (request.method !== "eth_subscribe") return undefined;
  const kind: unknown = Array.isArray(request.params) ? request.params[0] : undefined;
  return SUBSCRIPTIONS.has(kind) ? undefined : `the sandbox refuses the subscription ${String(kind)}: Sei has none`;
};
