import process from "node:process";
import { gatewayClock } from "../../keepers/adapters/clock/gateway.ts";
import { openAlertsIntake } from "../../keepers/adapters/alerts/intake.ts";
import { startGateway } from "../../keepers/gateway/gateway.ts";
import { PUSH_SERVICES } from "../../keepers/gateway/server/push.ts";
import { type Command, type Commands, type Values, UsageError, wholeNumber } from "../lib/command.ts";
import { say, sayJson, untilStopped, warn } from "../lib/output.ts";
import { version } from "../lib/program.ts";
import { keepYoungHeapSmall } from "../lib/youngHeap.ts";
import { GATEWAY_KEY_COMMANDS, KEYS_OPTION, keysPathIn, keysReader } from "./gatewayKeys.ts";
import { READING_OPTIONS, bookIn, checkChain, openProvider, rpcIn } from "./endpoint.ts";

const DEFAULT_PORT = 8600;
const MAX_PORT = 65_535;

const portIn = (values: Values): number => {
  const port = wholeNumber(values, "port", 0) ?? DEFAULT_PORT;
  if (port <= MAX_PORT) return port;
  throw new UsageError(`--port must be at most ${MAX_PORT}, got ${port}`);
};

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** Where the alerts agent is that sends to browsers; undefined where nobody names its folder. */
const pushIn = (values: Values) => {
  const dir = values.get("alerts");
  const service = values.get("push-service");
  if (dir === undefined) {
    if (service !== undefined) throw new UsageError("--push-service needs --alerts: without it nothing is pushed");
    return {};
  }
  const services = [...PUSH_SERVICES, ...(service === undefined ? [] : service.split(","))];
  return { push: { ...openAlertsIntake(dir, gatewayClock().nowMs), services } };
};

const run = async (values: Values): Promise<number> => {
  keepYoungHeapSmall();
  const [rpcUrl, port, name] = [rpcIn(values), portIn(values), values.get("name")];
  const listen = values.get("listen");
  if (listen !== undefined && name === undefined)
    throw new UsageError("--listen needs --name: what others can reach must ask who reads");
  const [isGuarded, book] = [name !== undefined || values.has("keys"), await bookIn(values)];
  const signal = untilStopped();
  const provider = await openProvider(rpcUrl, { chainId: book.chainId });
  try {
    await checkChain(provider, book, rpcUrl);
    const gateway = await startGateway({
      book,
      provider,
      rpcUrl,
      fleet: undefined,
      clock: gatewayClock(),
      residentBytes: () => process.memoryUsage.rss(),
      version: version(),
      onTrouble: warn,
      port,
      ...(name === undefined ? {} : { hostNames: [name] }),
      ...(listen === undefined ? {} : { listen }),
      ...pushIn(values),
      ...(isGuarded ? { programKeys: keysReader(keysPathIn(values), warn) } : {}),
    });
    try {
      if (isGuarded)
        say("who reads signs in with an account that holds votes or shares, or sends a key of nexus gateway add-key");
      say(`the dashboard is at ${gateway.url}, the interface for programs at ${gateway.url}/docs; Ctrl-C ends it`);
      if (values.has("json")) sayJson({ url: gateway.url });
      await stopped(signal);
    } finally {
      await gateway.close();
    }
  } finally {
    provider.destroy();
  }
  return 0;
};

/** Serves a deployment to programs and to the dashboard. It reads the chain and holds no key. */
const gateway: Command = {
  about: "serve a deployment to programs and browsers of this machine: REST, a stream and the dashboard; reads only",
  example: "--rpc https://evm-rpc.sei-apis.com --book deployments/1329.json",
  options: {
    ...READING_OPTIONS,
    port: { value: "N", about: `where it listens on this machine, 0 for a free one (${DEFAULT_PORT})` },
    name: {
      value: "HOST",
      about: "what it is called where a proxy with TLS stands before it, with the port if any; then who reads signs in",
    },
    listen: { value: "ADDRESS", about: "where it listens, for a proxy on another machine; needs --name (127.0.0.1)" },
    keys: KEYS_OPTION,
    alerts: { value: "FOLDER", about: "the alerts agent's folder: browsers can then ask for its alerts" },
    "push-service": { value: "HOST", about: "more hosts that alerts may be pushed to, separated by commas" },
    json: { value: "FILE", isOptional: true, about: "once it listens, say where in JSON, printed or into FILE" },
  },
  run,
};

/** The gateway, and the keys of programs that read it. */
export const GATEWAY_COMMANDS: Commands = { gateway, ...GATEWAY_KEY_COMMANDS };
