import { join } from "node:path";
import { namesOf } from "../views/names.ts";
import { botChannel } from "../adapters/alerts/bot.ts";
import { type AlertsFolder, openAlertsFolder } from "../adapters/alerts/folder.ts";
import { mailChannel } from "../adapters/alerts/mail.ts";
import { type ProcessWatch, watchProcess } from "../adapters/alerts/process.ts";
import { type PushChannel, openPush } from "../adapters/alerts/push.ts";
import { webhookChannel } from "../adapters/alerts/webhook.ts";
import { createBalanceReader } from "../adapters/chain/balances.ts";
import { type AlertsSettings, settings } from "../agents/alerts/config.ts";
import { emptyAlertsMemory } from "../agents/alerts/memory.ts";
import type { AlertsConfig, AlertsPorts } from "../agents/alerts/ports.ts";
import { type AlertsAgent, resume, tick } from "../agents/alerts/tick.ts";
import type { SharedConfig } from "../config/schema.ts";
import type { MessageChannel } from "../core/alerts.ts";
import { FatalError } from "../core/errors.ts";
import type { KeeperEvent } from "../core/events.ts";
import { type AgentTools, type Common, agentKind, tokenNamed } from "./agentKind.ts";

type Config = SharedConfig & { readonly alerts: AlertsSettings };

/** More events than a busy fleet tells in a second; beyond it the oldest are left out. */
const MAX_EVENTS = 20_000;
const MEBIBYTE = 1_048_576;
const PERCENT = 100;

/** All settings of a channel, or undefined where none is set. @throws FatalError where some are missing */
const wholeOf = <T extends Readonly<Record<string, unknown>>>(
  channel: string,
  parts: T,
): { readonly [K in keyof T]: NonNullable<T[K]> } | undefined => {
  const missing = Object.keys(parts).filter((name) => parts[name] === undefined);
  if (missing.length === Object.keys(parts).length) return undefined;
  if (missing.length > 0) throw new FatalError(`alerts: ${channel} also needs ${missing.join(", ")}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/consistent-type-assertions -- none of its parts is missing, as was just seen
  return parts as { readonly [K in keyof T]: NonNullable<T[K]> };
};

type Channels = { readonly channels: readonly MessageChannel[]; readonly push: PushChannel | undefined };

const channelsOf = (own: AlertsSettings, dir: string, nowMs: () => number): Channels => {
  const { webhookUrl, webhookSecret, smtpUrl, mailFrom, mailTo, botUrl, botToken, botChat } = own;
  const { pushContact, pushPublicKey, pushPrivateKey } = own;
  const webhook = wholeOf("the webhook", { webhookUrl, webhookSecret });
  const mail = wholeOf("mail", { smtpUrl, mailFrom, mailTo });
  const bot = wholeOf("the bot", { botToken, botChat });
  const keys = wholeOf("push", { pushContact, pushPublicKey, pushPrivateKey });
  const push =
    keys === undefined
      ? undefined
      : openPush({
          path: join(dir, "push.json"),
          contact: keys.pushContact,
          publicKey: keys.pushPublicKey,
          privateKey: keys.pushPrivateKey.reveal(),
        });
  const channels = [
    webhook && webhookChannel({ url: webhook.webhookUrl.reveal(), secret: webhook.webhookSecret.reveal(), nowMs }),
    mail && mailChannel({ url: mail.smtpUrl.reveal(), from: mail.mailFrom, to: mail.mailTo }),
    bot && botChannel({ url: botUrl, token: bot.botToken.reveal(), chat: bot.botChat }),
    push?.channel,
  ];
  return { channels: channels.filter((channel) => channel !== undefined), push };
};

const configOf = (common: Common<Config>, { name }: AgentTools): AlertsConfig => {
  const { alerts: own, baseToken } = common.config;
  const names = namesOf(common.book);
  return {
    name,
    leastSeverity: own.leastSeverity,
    pushKey: own.pushPublicKey,
    limits: {
      balanceFloor: own.balanceFloorWei,
      maxResidentBytes: own.maxResidentMb * MEBIBYTE,
      valueDropBps: BigInt(own.valueDropBps),
      leastConfidenceBps: own.leastConfidenceBps,
      marketGapBps: own.marketGapBps,
      volatilityRatio: own.volatilityPercent / PERCENT,
      pegged: (own.pegged ?? [baseToken]).map((symbol) => tokenNamed(common, symbol)),
      symbolOf: (token) => names.token(token)?.symbol ?? token,
      voters: common.members.flatMap((member) => (member.reviews ? [member] : [])),
    },
  };
};

/** What the agent itself says is no news to it. */
const OWN: ReadonlySet<string> = new Set<KeeperEvent["kind"]>(["alerts", "alertTold"]);

/** Keeps what the fleet tells until the next round. */
const openEvents = ({ hear }: Common, nowMs: () => number) => {
  let waiting: { readonly event: KeeperEvent; readonly atMs: number }[] = [];
  const close = hear((event) => {
    if (OWN.has(event.kind)) return;
    waiting.push({ event, atMs: nowMs() });
    if (waiting.length > MAX_EVENTS) waiting = waiting.slice(-MAX_EVENTS / 2);
  });
  const take = (): typeof waiting => {
    const taken = waiting;
    waiting = [];
    return taken;
  };
  return { take, close };
};

const noPush = (tools: AgentTools) => (): Promise<void> => {
  const what = "a browser asks for messages, and no push channel is configured";
  tools.emit({ kind: "trouble", agent: tools.name, what });
  return Promise.resolve();
};

type Opened = {
  readonly events: ReturnType<typeof openEvents>;
  readonly watch: ProcessWatch;
  readonly folder: AlertsFolder;
  readonly channels: Channels;
};

const portsOf = (common: Common<Config>, tools: AgentTools, opened: Opened): AlertsPorts => {
  const { events, watch, folder, channels } = opened;
  const { node, nowMs, emit, wake } = tools;
  const payers = common.members.flatMap(({ name, paysGas, account }) => (paysGas ? [[name, account] as const] : []));
  let headMs: number | undefined;
  node.onHead(() => {
    headMs = nowMs();
  });
  return {
    nowMs,
    takeEvents: events.take,
    readProcess: () => ({ ...watch.read(), headMs }),
    readBalances: createBalanceReader(node, new Map(payers)),
    ...folder,
    subscribe: channels.push?.subscribe ?? noPush(tools),
    unsubscribe: channels.push?.unsubscribe ?? noPush(tools),
    channels: channels.channels,
    emit,
    wake,
  };
};

export const alerts = agentKind({
  settings,
  votes: false,
  part: "watches",
  build: (common: Common<Config>, tools) => {
    const { nowMs, name, emit, wake } = tools;
    const { alerts: own, dataDir } = common.config;
    const dir = own.dir ?? join(dataDir, "alerts");
    const config = configOf(common, tools);
    const channels = channelsOf(own, dir, nowMs);
    const folder = openAlertsFolder(dir, (what) => emit({ kind: "trouble", agent: name, what }));
    const [events, watch] = [openEvents(common, nowMs), watchProcess(nowMs, wake)];
    const ports = portsOf(common, tools, { events, watch, folder, channels });
    const agent: AlertsAgent = { ports, memory: emptyAlertsMemory(nowMs()), config };
    const close = (): Promise<void> => {
      events.close();
      watch.close();
      return Promise.resolve();
    };
    return Promise.resolve({ agent, close });
  },
  tick,
  resume,
});
