import type { Agent } from "../../core/agent.ts";
import { gasPriceFor, percentMore } from "../../core/gasPrice.ts";
import {
  type Ended,
  type Outbox,
  type Sender,
  dispatch,
  emptyOutbox,
  isFree,
  nextNonce,
  settle,
  takeUp,
  toOutbid,
} from "../../sending/outbox.ts";
import { type BlockNumber, type UnixSeconds, addSeconds, blockNumber, seconds } from "../../core/units.ts";
import { type Act, identityOf } from "./act.ts";
import { type PaymentsPolicy, decide } from "./decide.ts";
import type { PaymentIntent, PaymentOutcome } from "./intent.ts";
import type { PaymentSending, PaymentsPorts, Sight } from "./ports.ts";
import { worthOf } from "./worth.ts";

/** What the agent remembers between ticks. Losing it loses no intent: the journal and the chain have it. */
export type PaymentsMemory = Outbox<PaymentIntent> & {
  sight: Sight | undefined;
  /** Deeds that the chain refused in a dry run, and until when they are not tried again. */
  readonly held: Map<string, BlockNumber>;
  /** What putting results on records cost, and when, for a day. */
  records: readonly { readonly time: UnixSeconds; readonly wei: bigint }[];
  /** What waits and why, as it was last told. */
  waits: ReadonlyMap<string, string>;
};

/** A memory of nothing. */
export const emptyPaymentsMemory = (): PaymentsMemory => ({
  ...emptyOutbox<PaymentIntent>(),
  sight: undefined,
  held: new Map(),
  records: [],
  waits: new Map(),
});

/** What the agent does, and how it sends. */
export type PaymentsConfig = { readonly policy: PaymentsPolicy; readonly sending: PaymentSending };

/** One payments agent. */
export type PaymentsAgent = Agent<PaymentsPorts, PaymentsMemory, PaymentsConfig>;

/** Ten seconds on Sei. */
const HOLD_BLOCKS = 25n;

type PaymentStep = "sent" | "done" | "reverted" | "expired" | "held-back" | "waits";
type Told = { readonly deed: string; readonly step: PaymentStep; readonly detail: string; readonly block: BlockNumber };

const tell = ({ ports, config: { sending } }: PaymentsAgent, told: Told): void =>
  ports.emit({ kind: "payment", agent: sending.name, ...told });

const detailOf = ({ outcome }: Ended<PaymentOutcome>): string => {
  if (outcome.kind === "expired") return outcome.why;
  return outcome.kind === "reverted" ? outcome.error : `gas ${outcome.gasPaid} wei`;
};

const hold = ({ memory }: PaymentsAgent, deed: string, block: BlockNumber): void => {
  for (const [other, until] of memory.held) if (until <= block) memory.held.delete(other);
  memory.held.set(deed, blockNumber(block + HOLD_BLOCKS));
};

const DAY = seconds(86_400n);

/** Notes what a deed cost whose kind has a budget, and forgets what is older than a day. */
const noteCost = ({ memory }: PaymentsAgent, deed: string, { outcome }: Ended<PaymentOutcome>): void => {
  const time = memory.sight?.time;
  if (time === undefined || outcome.kind === "expired" || !deed.startsWith("record ")) return;
  const recent = memory.records.filter((record) => addSeconds(record.time, DAY) > time);
  memory.records = [...recent, { time, wei: outcome.gasPaid }];
};

const spentOnRecords = ({ records }: PaymentsMemory, time: UnixSeconds): bigint =>
  records.reduce((sum, record) => (addSeconds(record.time, DAY) > time ? sum + record.wei : sum), 0n);

/**
 * Whether a deed is still to be done, by the chain and nothing remembered. Asked of what no dry run refuses the second time:
 * an event that a node left out would make a top-up be done twice. [NX-KEE-01]
 */
const isStillToDo = async ({ ports }: PaymentsAgent, act: Act, { block }: Sight): Promise<boolean> => {
  if (act.kind !== "topUp") return true;
  const { deposited } = await ports.readChannel(act.terms, block);
  return deposited + act.amount === act.deposited;
};

const senderOf = (agent: PaymentsAgent): Sender<PaymentIntent, PaymentOutcome> => ({
  ports: agent.ports,
  box: agent.memory,
  account: agent.config.policy.self,
  dryRun: agent.config.sending.dryRun,
  onSent: ({ deed, transaction }, block) => tell(agent, { deed, step: "sent", detail: transaction, block }),
  onRefused: ({ transaction }, why) =>
    agent.ports.emit({
      kind: "trouble",
      agent: agent.config.sending.name,
      what: `the node refused ${transaction}: ${why}`,
    }),
  onEnded: ({ deed }, ended) => {
    tell(agent, { deed, step: ended.outcome.kind, detail: detailOf(ended), block: ended.block });
    if (ended.outcome.kind === "reverted") hold(agent, deed, ended.block);
    noteCost(agent, deed, ended);
  },
});

/** Takes up what an earlier life left unresolved. Must come before the first tick. [NX-KEE-02] */
export const resume = async (agent: PaymentsAgent): Promise<void> =>
  takeUp(senderOf(agent), await agent.ports.loadJournal());

type Round = { readonly sight: Sight; readonly gasPrice: bigint };

/** Simulates, weighs, and signs, or says what stands in the way. */
const prepare = async (agent: PaymentsAgent, act: Act, round: Round): Promise<PaymentIntent | string> => {
  const {
    ports,
    memory,
    config: { policy, sending },
  } = agent;
  const { sight, gasPrice } = round;
  if (!(await isStillToDo(agent, act, sight))) return "already-done";
  const call = ports.encode(act);
  const estimate = await ports.estimate(call, sight.block);
  if (estimate.kind === "reverted") return estimate.error;
  const view = { ...sight, gasPrice };
  if (worthOf(act, estimate.gas, { view, marginPercent: policy.marginPercent }) === "too-dear") return "too-dear";
  if (sending.dryRun) return "dry-run";
  const gasLimit = percentMore(estimate.gas, sending.gasMarginPercent);
  const accountNonce = nextNonce(memory);
  return {
    deed: identityOf(act),
    account: policy.self,
    accountNonce,
    gasPrice,
    block: sight.block,
    deadline: addSeconds(sight.time, sending.lifetime),
    ...ports.sign(call.to, { data: call.data, nonce: accountNonce, gasLimit, gasPrice }),
  };
};

/** Does one thing, or puts it off. @returns whether a transaction is in flight now */
const carryOut = async (agent: PaymentsAgent, act: Act, round: Round): Promise<boolean> => {
  const { block } = round.sight;
  const deed = identityOf(act);
  const made = await prepare(agent, act, round);
  if (typeof made === "string") {
    hold(agent, deed, block);
    tell(agent, { deed, step: "held-back", detail: made, block });
    return false;
  }
  await dispatch(senderOf(agent), made, round.sight.time);
  return true;
};

/** Reads the chain anew when there is a new head. State and nonce are of one block: what was mined shows in both. */
const look = async ({ ports, memory }: PaymentsAgent, block: BlockNumber): Promise<Sight> => {
  if (memory.sight !== undefined && memory.sight.block >= block) return memory.sight;
  const [sight, accountNonce] = await Promise.all([ports.readView(block), ports.readAccountNonce(block)]);
  memory.sight = sight;
  memory.accountNonce = accountNonce;
  return sight;
};

/** What to pay per gas; undefined when it would be more than allowed. */
const priceOf = (
  { memory, config: { sending } }: PaymentsAgent,
  baseFee: bigint,
  { time }: Sight,
): bigint | undefined => gasPriceFor(baseFee, sending, toOutbid(memory, time));

/** Tells what waits, each thing once for each reason. */
const tellWaits = (agent: PaymentsAgent, waits: ReadonlyMap<string, string>, block: BlockNumber): void => {
  for (const [deed, detail] of waits) {
    if (agent.memory.waits.get(deed) !== detail) tell(agent, { deed, step: "waits", detail, block });
  }
  agent.memory.waits = waits;
};

/** One round: look, look after what is in flight, and, if nothing is, do what is most urgent. */
export const tick = async (agent: PaymentsAgent): Promise<void> => {
  const { ports, memory } = agent;
  const { policy } = agent.config;
  const head = ports.head();
  if (head === undefined) return;
  const sight = await look(agent, head.block);
  await settle(senderOf(agent), sight);
  if (!isFree(memory, sight)) return;
  const gasPrice = priceOf(agent, head.baseFee, sight);
  if (gasPrice === undefined) {
    tellWaits(agent, new Map([["everything", `gas-too-dear: base fee ${head.baseFee} wei`]]), sight.block);
    return;
  }
  const view = { ...sight, gasPrice, spentOnRecords: spentOnRecords(memory, sight.time) };
  const decisions = decide(view, policy);
  const waits = decisions.flatMap((decision) =>
    decision.kind === "wait" ? [[decision.id, decision.why] as const] : [],
  );
  tellWaits(agent, new Map(waits), sight.block);
  for (const decision of decisions) {
    if (decision.kind === "wait" || (memory.held.get(identityOf(decision.act)) ?? 0n) > sight.block) continue;
    if (await carryOut(agent, decision.act, { sight, gasPrice })) return;
  }
};
