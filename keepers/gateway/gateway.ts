import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AddressBook } from "../../deployments/schema.ts";
import type { LogSource } from "../adapters/readers/logs.ts";
import { createMetrics } from "../adapters/metrics/metrics.ts";
import { createReadiness } from "../adapters/metrics/readiness.ts";
import { reasonOf } from "../adapters/readers/reason.ts";
import { shownEndpoint } from "../core/endpoint.ts";
import { FatalError } from "../core/errors.ts";
import type { KeeperEvent } from "../core/events.ts";
import { printable } from "../core/printable.ts";
import { type Address, address } from "../core/units.ts";
import { namesOf } from "../views/names.ts";
import type { DisplayState } from "../views/stories.ts";
import { Treasury__factory } from "../../types/index.ts";
import { addressOf } from "../../deployments/lookup.ts";
import type { Access } from "./access/gate.ts";
import { membershipOf } from "./access/membership.ts";
import type { ProgramKey } from "./access/programKeys.ts";
import { createAttempts, createSessions } from "./access/sessions.ts";
import { createSignInMessages } from "./access/signIn.ts";
import { createAnswers } from "./answers.ts";
import { decisionsOf } from "./decisions.ts";
import type { RunningFleet } from "./documents/state.ts";
import type { GatewayClock } from "./reading/clock.ts";
import { createBodies } from "./server/bodies.ts";
import { createHub } from "./server/hub.ts";
import type { PushIntake } from "./server/push.ts";
import { createServer } from "./server/server.ts";
import { type Station, type StationOptions, createStation } from "./station.ts";

/** What a gateway serves, and where. */
export type GatewayOptions = {
  readonly book: AddressBook;
  readonly provider: LogSource["provider"];
  /** The node's address, of which only the host is ever shown. */
  readonly rpcUrl: string;
  /** The agents that run in this process; undefined for none. */
  readonly fleet: RunningFleet["agents"] | undefined;
  readonly clock: GatewayClock;
  readonly residentBytes: () => number;
  readonly version: string;
  readonly onTrouble: (what: string) => void;
  /** Zero for a free one. */
  readonly port: number;
  /** The address that it listens on; by default the loopback address, which nothing else can reach. Elsewhere who reads must sign in. */
  readonly listen?: string;
  readonly hostNames?: readonly string[];
  /**
   * Given where others than this machine's own users reach the gateway: then who reads signs in as a member, or sends a program's
   * key out of these, which are asked for at each request.
   */
  readonly programKeys?: () => readonly ProgramKey[];
  readonly perMinute?: number;
  /** Whoever sends alerts to browsers, by the alerts agent's folder; without it no browser can ask for any. */
  readonly push?: PushIntake;
  /** The built dashboard; by default the one of this clone or package, if it is built. */
  readonly dashboardDir?: string;
};

export type Gateway = {
  /** The address to open. */
  readonly url: string;
  /** Takes an event of the fleet beside it, with the display's state after it. Never throws. */
  readonly hear: (event: KeeperEvent, after: DisplayState) => void;
  readonly close: () => Promise<void>;
};

/** How secrets are kept: SHA-256, in hex. They are random and long, so that nothing slower is needed. */
export const secretDigest = (secret: string): string => createHash("sha256").update(secret).digest("hex");

const LOOPBACK = "127.0.0.1";
/** Enough for a busy dashboard and scripts beside it. */
const PER_MINUTE = 6_000;

/** Where the set-up builds the dashboard, seen from the sources and from the built command; undefined where it is not built. */
const builtDashboard = (): string | undefined => {
  const here = dirname(fileURLToPath(import.meta.url));
  return ["../../dist/dashboard", "../dashboard"]
    .map((place) => join(here, place))
    .find((place) => existsSync(join(place, "index.html")));
};

const assetOf = async (book: AddressBook, provider: LogSource["provider"]) => {
  const asset = await Treasury__factory.connect(addressOf(book, "Treasury"), provider).asset();
  return namesOf(book).token(address(asset)) ?? { symbol: asset, decimals: 0 };
};

/** The address in use is told in words; everything else as it is. */
const listenError = (error: unknown, port: number): unknown =>
  error instanceof Error && "code" in error && error.code === "EADDRINUSE"
    ? new FatalError(`port ${port} is in use: end what listens there, or take another by --port`, { cause: error })
    : error;

/** The figures of this process, and whether it can answer: with a fleet beside it, as its agents see; without, as the chain answers. */
const createHealth = (
  { book, version, fleet, clock }: GatewayOptions,
  { station, asset }: { readonly station: Station; readonly asset: StationOptions["asset"] },
) => {
  const symbolOf = (token: Address): string => namesOf(book).token(token)?.symbol ?? token;
  const metrics = createMetrics({ version, symbolOf, baseDecimals: asset.decimals });
  const readiness = createReadiness(
    (fleet ?? []).map(({ name }) => name),
    clock.nowMs,
  );
  const lacks = async (): Promise<readonly string[]> => {
    if (fleet !== undefined) return readiness.lacks();
    const { view } = station.readings;
    const why = await view.get().then(view.trouble, reasonOf);
    return why === undefined ? [] : [`the chain does not answer: ${printable(why)}`];
  };
  const hear = (event: KeeperEvent): void => {
    metrics.hear(event);
    readiness.hear(event);
  };
  return { metrics, lacks, hear };
};

/** Everything of a gateway but its server: what it knows, what it answers, and the stream. */
const createParts = (options: GatewayOptions, asset: StationOptions["asset"]) => {
  const { book, provider, clock, rpcUrl, version } = options;
  const startedMs = clock.nowMs();
  const fleet = options.fleet === undefined ? undefined : { agents: options.fleet, startedMs };
  const bodies = createBodies(clock);
  // Whoever listens is told of a block once it is known, and not at the next look.
  const onHead = (): void => {
    bodies.forget();
    hub.look();
  };
  const station = createStation({ book, provider, clock, fleet, asset, onHead });
  const facts = () => ({
    endpoint: shownEndpoint(rpcUrl),
    startedMs,
    nowMs: clock.nowMs(),
    residentBytes: options.residentBytes(),
    streamClients: hub.clients(),
  });
  const answers = createAnswers({ station, provider, version, facts });
  const body = (name: Parameters<typeof answers.document>[0]) => bodies.of(name, () => answers.document(name));
  const hub = createHub({ clock, epoch: randomUUID(), body });
  return { station, answers, body, hub, health: createHealth(options, { station, asset }) };
};

type Parts = ReturnType<typeof createParts>;

/** Takes events of the fleet. One that cannot be shown must not stop who trades: it is told as a trouble. */
const createEar = ({ station, hub, health }: Parts, { book, onTrouble }: GatewayOptions): Gateway["hear"] => {
  const names = namesOf(book);
  return (event, after) => {
    try {
      health.hear(event);
      station.hear(event, after);
      for (const decision of decisionsOf(event, after, names)) hub.publish(decision);
    } catch (error) {
      onTrouble(`the gateway could not take an event: ${reasonOf(error)}`);
    }
  };
};

const SIGN_INS_PER_MINUTE = 5;
const INVITATIONS_PER_MINUTE = 30;
const SECRET_BYTES = 32;
const NONCE_BYTES = 16;

/** What asks who reads. */
const createAccess = (
  { book, provider, clock: { nowMs } }: GatewayOptions,
  keys: () => readonly ProgramKey[],
): Access => ({
  messages: createSignInMessages({
    chainId: book.chainId,
    nowMs,
    newNonce: () => randomBytes(NONCE_BYTES).toString("hex"),
  }),
  sessions: createSessions({
    nowMs,
    digest: secretDigest,
    newSecret: () => randomBytes(SECRET_BYTES).toString("base64url"),
  }),
  keys,
  digest: secretDigest,
  nowMs,
  attempts: createAttempts(nowMs, SIGN_INS_PER_MINUTE),
  invitations: createAttempts(nowMs, INVITATIONS_PER_MINUTE),
  ...membershipOf(book, provider),
});

/**
 * Starts a gateway on the loopback address. It reads, and holds no key: nothing that it is told makes it sign or send.
 * @throws FatalError when its port is in use or the book lacks a contract; Error when the chain does not answer
 */
export const startGateway = async (options: GatewayOptions): Promise<Gateway> => {
  const { book, provider, clock, port, onTrouble, version } = options;
  const parts = createParts(options, await assetOf(book, provider));
  const { answers, body, hub, health } = parts;
  const server = await createServer({
    answers,
    body,
    hub,
    health,
    version,
    onTrouble,
    nowMs: clock.nowMs,
    dashboardDir: options.dashboardDir ?? builtDashboard(),
    hostNames: options.hostNames ?? [],
    perMinute: options.perMinute ?? PER_MINUTE,
    access: options.programKeys === undefined ? undefined : createAccess(options, options.programKeys),
    push: options.push,
  });
  const close = async (): Promise<void> => {
    hub.close();
    await server.close();
  };
  try {
    return {
      url: await server.listen({ host: options.listen ?? LOOPBACK, port }),
      hear: createEar(parts, options),
      close,
    };
  } catch (error) {
    await close();
    throw listenError(error, port);
  }
};
