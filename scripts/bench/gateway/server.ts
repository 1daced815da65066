import process from "node:process";
import { parseAddressBook } from "../../../deployments/schema.ts";
import { gatewayClock } from "../../../keepers/adapters/clock/gateway.ts";
import { startGateway } from "../../../keepers/gateway/gateway.ts";
import { openHttpProvider } from "../../lib/provider.ts";
import { keepYoungHeapSmall } from "../../lib/youngHeap.ts";
import { type ServerOrder, type ServerReport } from "./messages.ts";

/** Nobody is held back by the limit of requests: all of them come from one address here. */
const PER_MINUTE = 1e9;

const tell = (report: ServerReport): void => void process.send?.(report);

const serve = async ({ book: written, rpcUrl }: Extract<ServerOrder, { readonly kind: "serve" }>): Promise<void> => {
  const book = parseAddressBook(written);
  const provider = openHttpProvider(rpcUrl, { chainId: book.chainId });
  const residentBytes = (): number => process.memoryUsage.rss();
  const gateway = await startGateway({
    book,
    provider,
    rpcUrl,
    fleet: undefined,
    clock: gatewayClock(),
    residentBytes,
    version: "0.0.0",
    onTrouble: (what) => tell({ kind: "trouble", what }),
    port: 0,
    perMinute: PER_MINUTE,
  });
  let most = 0;
  const timer = setInterval(() => (most = Math.max(most, residentBytes())), 250);
  process.on("message", (order: ServerOrder) => {
    if (order.kind === "memory") tell({ kind: "memory", bytes: Math.max(most, residentBytes()) });
  });
  process.once("disconnect", () => {
    clearInterval(timer);
    provider.destroy();
    void gateway.close().then(() => process.exit(0));
  });
  tell({ kind: "ready", url: gateway.url });
};

// As the command does.
keepYoungHeapSmall();
process.once("message", (order: ServerOrder) => {
  if (order.kind === "serve") serve(order).catch((error: unknown) => tell({ kind: "trouble", what: String(error) }));
});
