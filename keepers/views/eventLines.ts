import { assertNever } from "../core/assertNever.ts";
import type { ResultMessage, ProposalMessage, RefusalMessage } from "../core/bus.ts";
import type { KeeperEvent } from "../core/events.ts";
import type { PositionAlert } from "../core/positionAlert.ts";
import { messageLines } from "../core/alertWords.ts";
import { amountText, signedText } from "./amounts.ts";
import type { Names } from "./names.ts";
import type { DisplayState } from "./stories.ts";
import { reasonWords } from "./reasons.ts";
import { agentStateLines } from "./agentState.ts";
import { type SlowEvent, isSlow, slowPlainLines } from "./slowStories.ts";
import { callWords } from "./calls.ts";
import { resultText } from "./storyLines.ts";
import { timeWords } from "./times.ts";

/** Enough of a digest to tell proposals apart. */
const short = (hash: string): string => hash.slice(0, 10);

const proposalLine = (
  agent: string,
  { hash, block, expectedProfit, proposal }: ProposalMessage,
  names: Names,
): string => {
  const { symbol, decimals } = names.token(expectedProfit.token) ?? { symbol: expectedProfit.token, decimals: 0 };
  const gain = `${signedText(expectedProfit.amount, decimals, 4)} ${symbol}`;
  const calls = proposal.calls.map((call) => callWords(call, names)).join("; ");
  return `#${block} ${agent} proposes ${short(hash)} for ${gain}: ${calls}`;
};

const refusalLine = (agent: string, { hash, reason, detail }: RefusalMessage): string =>
  `${agent} refuses ${short(hash)}: ${reasonWords(reason)}${detail === "" ? "" : `, ${detail}`}`;

const connectionLine = ({ agent, up, detail }: Extract<AgentEvent, { readonly kind: "connection" }>): string =>
  `${agent} is ${up ? "connected" : "cut off"}${detail === undefined ? "" : `: ${detail}`}`;

const resultLines = ({ hash }: ResultMessage, { stories }: DisplayState, names: Names): readonly string[] =>
  stories.filter(({ message }) => message.hash === hash).map((story) => `${short(hash)} ${resultText(story, names)}`);

type KeysEvent = Extract<KeeperEvent, { readonly kind: "keys" }>;

type AgentEvent = Extract<
  KeeperEvent,
  {
    readonly kind:
      "payment" | "evidence" | "answerRefused" | "connection" | "trouble" | "agentState" | "alertTold" | "position";
  }
>;

const positionLine = (agent: string, alert: PositionAlert, names: Names): string => {
  const symbol = names.token(alert.token)?.symbol ?? alert.token;
  if (alert.kind === "unjudged") return `${agent} says nothing of the position in ${symbol}: ${alert.words}`;
  const [stop, upper] = [alert.stop, alert.upper].map((price) => amountText(price, 18, 6));
  const said = { well: "is above its stop", below: "is below its stop", fires: "is sold: its stop-loss fires" }[
    alert.kind
  ];
  return `${agent}: the position in ${symbol} ${said}, stop ${stop}, upper end of the price ${upper} USD`;
};

const isAboutAgent = (event: KeeperEvent): event is AgentEvent =>
  ["payment", "evidence", "answerRefused", "connection", "trouble", "agentState", "alertTold", "position"].includes(
    event.kind,
  );

/** What one agent does or suffers by itself. */
const aboutAgent = (event: AgentEvent, names: Names): readonly string[] => {
  switch (event.kind) {
    case "payment":
    case "evidence":
      return [`${event.agent}: ${event.operation}, ${event.step}: ${event.detail}`];
    case "answerRefused":
      // What repeats is counted in the figures.
      return event.times > 1
        ? []
        : [`${event.agent} uses no answer of ${event.about}: ${event.fault}, ${event.detail}`];
    case "connection":
      return [connectionLine(event)];
    case "agentState":
      return agentStateLines(event);
    case "trouble":
      return [`${event.agent} has trouble: ${event.what}`];
    case "alertTold":
      return messageLines(event.told);
    case "position":
      return [positionLine(event.agent, event.alert, names)];
    default:
      return assertNever(event);
  }
};

const keysLine = ({ agent, signerSince, profileSince }: KeysEvent): string =>
  `${agent}: vote key since ${timeWords(signerSince)}, message keys since ${timeWords(profileSince)}`;

type RepeatedEvent = Extract<
  KeeperEvent,
  { readonly kind: "snapshot" | "decision" | "feeds" | "alerts" | "foresight" }
>;

/** What repeats at each block. */
const isRepeated = (event: KeeperEvent): event is RepeatedEvent =>
  ["snapshot", "decision", "feeds", "alerts", "foresight"].includes(event.kind);

/** What one event of the fast path, or of no proposal, says. */
const fastLines = (
  event: Exclude<KeeperEvent, SlowEvent | AgentEvent | KeysEvent | RepeatedEvent>,
  state: DisplayState,
  names: Names,
): readonly string[] => {
  switch (event.kind) {
    case "proposal":
      return [proposalLine(event.agent, event.message, names)];
    case "vote":
      return [`${event.agent} votes for ${short(event.message.hash)} after ${event.tookMs.toFixed(0)} ms`];
    case "refusal":
      return [refusalLine(event.agent, event.message)];
    case "sent":
      return [`${event.agent} sends ${short(event.hash)} in block ${event.block}: ${event.transaction}`];
    case "result":
      return resultLines(event.message, state, names);
    default:
      return assertNever(event);
  }
};

/**
 * What one event says, for a log: a line for each fact, and nothing for what repeats at each block.
 * @param state after the event
 */
export const plainLines = (event: KeeperEvent, state: DisplayState, names: Names): readonly string[] => {
  if (isRepeated(event)) return [];
  if (event.kind === "keys") return [keysLine(event)];
  if (isSlow(event)) return slowPlainLines(event, state.slow, names);
  return isAboutAgent(event) ? aboutAgent(event, names) : fastLines(event, state, names);
};
