import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { verifyMessage } from "ethers";
import { gatewayClock } from "../../keepers/adapters/clock/gateway.ts";
import { createMetrics } from "../../keepers/adapters/metrics/metrics.ts";
import { RetryableError } from "../../keepers/core/errors.ts";
import type { Access } from "../../keepers/gateway/access/gate.ts";
import type { ProgramKey } from "../../keepers/gateway/access/programKeys.ts";
import { createAttempts, createSessions } from "../../keepers/gateway/access/sessions.ts";
import { createSignInMessages } from "../../keepers/gateway/access/signIn.ts";
import { secretDigest } from "../../keepers/gateway/gateway.ts";
import { bodyOf } from "../../keepers/gateway/server/bodies.ts";
import { createHub } from "../../keepers/gateway/server/hub.ts";
import type { PushIntake } from "../../keepers/gateway/server/push.ts";
import { createServer } from "../../keepers/gateway/server/server.ts";

/** What every document of this server holds, so that an answer that holds it told something. */
export const SECRET = "what only a reader may know";
const ATTEMPTS_PER_MINUTE = 5;
const FAR_MS = 1_000_000_000;
const WAIT_MS = 10_000;

export const ALL_KEY = "a".repeat(43);
export const PRICES_KEY = "p".repeat(43);
export const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

export type Told = {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Whether the server closed the connection, without being asked to. */
  readonly isClosed: boolean;
};

/** A server over a deployment that tells a secret, which asks who reads. It listens on loopback; whoever starts it closes it. */
export const startGatedServer = async (
  changes: { readonly perMinute?: number; readonly push?: PushIntake; readonly isOpen?: boolean } = {},
) => {
  const clock = gatewayClock();
  let count = 0;
  const next = (): string => String((count += 1)).padStart(43, "0");
  const until = clock.nowMs() + FAR_MS;
  const keys: ProgramKey[] = [
    { name: "all", digest: secretDigest(ALL_KEY), scopes: "all", until },
    { name: "prices", digest: secretDigest(PRICES_KEY), scopes: ["prices"], until },
  ];
  let isChainSilent = false;
  const asked = <T>(answer: T): Promise<T> =>
    isChainSilent ? Promise.reject(new RetryableError("the chain does not answer")) : Promise.resolve(answer);
  const { nowMs } = clock;
  const access: Access = {
    messages: createSignInMessages({ chainId: 1, nowMs, newNonce: next }),
    sessions: createSessions({ nowMs, newSecret: next, digest: secretDigest }),
    keys: () => keys,
    digest: secretDigest,
    nowMs,
    attempts: createAttempts(nowMs, ATTEMPTS_PER_MINUTE),
    invitations: createAttempts(nowMs, ATTEMPTS_PER_MINUTE),
    hasSigned: (account, text, signature) => asked(verifyMessage(text, signature) === account),
    isMember: () => asked(true),
  };
  const body = () => Promise.resolve(bodyOf({ asOf: { block: 1, time: 1 }, note: SECRET }));
  const lacks = () => Promise.resolve([SECRET]);
  const hub = createHub({ clock, epoch: "e", body });
  const server = await createServer({
    answers: {
      document: () => Promise.reject(new Error("nobody asks")),
      proposals: () => Promise.resolve({ asOf: { block: 1, time: 1 }, items: [], next: null, notes: [SECRET] }),
      proposal: () => Promise.reject(new Error(SECRET)),
      holder: () => Promise.reject(new Error(SECRET)),
    },
    body,
    hub,
    health: { metrics: createMetrics({ version: "0.0.0", symbolOf: (token) => token, baseDecimals: 6 }), lacks },
    nowMs,
    version: "0.0.0",
    dashboardDir: undefined,
    hostNames: ["nexus.example"],
    perMinute: changes.perMinute ?? 1_000_000,
    access: changes.isOpen === true ? undefined : access,
    push: changes.push,
    onTrouble: () => undefined,
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    server,
    url,
    access,
    revokeAll: () => void keys.splice(0),
    silenceChain: () => (isChainSilent = true),
    close: async () => {
      hub.close();
      await server.close();
    },
  };
};

type Sent = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** Sends a request whose target is written as given: as an address with any escapes, or in absolute form. */
export const sendRaw = (
  url: string,
  target: string,
  { method = "GET", headers = {}, body }: Sent = {},
): Promise<Told> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const text = body === undefined ? "" : JSON.stringify(body);
    const type: Readonly<Record<string, string>> =
      body === undefined
        ? {}
        : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) };
    const sent = httpRequest({ hostname, port, path: target, method, headers: { ...type, ...headers } }, (answer) => {
      let told = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (told += chunk));
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, text: told, headers: answer.headers, isClosed: false }),
      );
    });
    sent.on("error", reject);
    sent.end(text);
  });

/** Asks for a stream at a target as given. Answers once the server closed the connection, or the stream is open. */
export const upgradeRaw = (
  url: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Told> =>
  new Promise((resolve, reject) => {
    const { host, port } = new URL(url);
    let text = "";
    const socket = connect(Number(port), "127.0.0.1");
    const end = (isClosed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(text.split(" ")[1] ?? 0), text, headers: {}, isClosed });
    };
    const timer = setTimeout(() => end(false), WAIT_MS);
    socket.on("error", reject);
    socket.on("data", (data: Buffer) => {
      text += data.toString("latin1");
      if (text.startsWith("HTTP/1.1 101") && text.includes("nexus.welcome")) end(false);
    });
    socket.on("close", () => end(true));
    const lines = {
      host,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "MDEyMzQ1Njc4OWFiY2RlZg==",
      ...headers,
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`GET ${target} HTTP/1.1\r\n${head.join("")}\r\n`);
  });
