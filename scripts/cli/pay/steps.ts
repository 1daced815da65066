import type { BaseContract } from "ethers";
import type { Money } from "../../../keepers/adapters/readers/moneyContracts.ts";
import { say, sayJson } from "../../lib/output.ts";
import { UsageError } from "../../lib/command.ts";
import { type Actor, type SentReceipt, type Session, act, actorOf } from "../session.ts";
import { SandboxToken__factory } from "../../../types/index.ts";
import { PAYMENT_KEY, type PayToken } from "./money.ts";

/** One transaction of a command, in words and as a call. */
export type PayStep = { readonly what: string; readonly target: string; readonly data: string };

/** A step on one of our contracts. */
export const stepOn = async (contract: BaseContract, what: string, data: string): Promise<PayStep> => ({
  what,
  target: await contract.getAddress(),
  data,
});

/**
 * Who pays, with the nonce of its next transaction. To be asked before the state that an amount depends on: all that is mined
 * by now shows in that state, and while something is not mined nothing is decided.
 * @throws UsageError while a transaction of the payer is pending
 */
export const payerOf = async (session: Session): Promise<Actor> => {
  const actor = await actorOf(session, PAYMENT_KEY);
  if (!actor.isSending) return actor;
  const [nonce, pending] = await Promise.all(
    ["latest", "pending"].map((block) => session.provider.getTransactionCount(actor.address, block)),
  );
  if (nonce !== undefined && (pending ?? nonce) <= nonce) return { ...actor, nonce };
  throw new UsageError(`a transaction of ${actor.address} is pending; say it again when that is mined`);
};

type Done = { readonly what: string; readonly receipt: SentReceipt | undefined; readonly isUnknown: boolean };

/**
 * Makes the steps one after the other. In a dry run only the first is simulated: the others need it.
 * @throws Error naming the error that a step reverts with; those before it stand
 */
const perform = async (session: Session, actor: Actor, steps: readonly PayStep[]): Promise<readonly Done[]> => {
  const done: Done[] = [];
  for (const { what, target, data } of steps) {
    const isUnknown = !actor.isSending && done.length > 0;
    const nonce = actor.nonce === undefined ? {} : { nonce: actor.nonce + done.length };
    const receipt = isUnknown ? undefined : await act(session, { ...actor, ...nonce }, { target, data, value: 0n });
    done.push({ what, receipt, isUnknown });
  }
  return done;
};

const lineOf = ({ what, receipt, isUnknown }: Done): string => {
  if (receipt !== undefined) return `${what}: sent, ${receipt.hash} in block ${receipt.block}, ${receipt.gas} gas`;
  return `${what}: ${isUnknown ? "needs the transaction before it" : "it would go through"}`;
};

/** What a command has to say: one word each for a program, lines for a person. */
export type PayStory = {
  readonly facts: () => Promise<Readonly<Record<string, unknown>>>;
  readonly lines: readonly string[];
};

/** Carries out what is still to be done, which may be nothing, and tells it. @returns the exit code */
export const carryOut = async (
  session: Session,
  actor: Actor,
  steps: readonly PayStep[],
  { facts, lines }: PayStory,
): Promise<number> => {
  const done = await perform(session, actor, steps);
  const isSent = actor.isSending && done.length > 0;
  if (session.inJson) {
    const told = done.map(({ what, receipt }) => ({ what, receipt }));
    sayJson({ sent: isSent, from: actor.address, steps: told, ...(await facts()) });
    return 0;
  }
  [...done.map(lineOf), ...lines].forEach(say);
  if (!actor.isSending && done.length > 0) say("dry run: nothing was sent, --send does it");
  return 0;
};

/** What lets a module move the actor's money; nothing when it may already. */
export const allowance = async (
  { accounts, channels, escrow }: Money,
  { address: token }: PayToken,
  owner: string,
  module: "channels" | "escrow",
): Promise<readonly PayStep[]> => {
  const at = await (module === "channels" ? channels : escrow).getAddress();
  if (await accounts.isModuleAllowed(token, owner, at)) return [];
  const data = accounts.interface.encodeFunctionData("allowModule", [token, at, true]);
  return [await stepOn(accounts, `let ${module} move it`, data)];
};

/** What brings tokens into the ledger. */
export const deposit = async (
  { money: { accounts }, provider }: Session & { readonly money: Money },
  token: PayToken,
  owner: string,
  amount: bigint,
): Promise<readonly PayStep[]> => {
  const ledger = await accounts.getAddress();
  const erc20 = SandboxToken__factory.connect(token.address, provider);
  const isApproved = (await erc20.allowance(owner, ledger)) >= amount;
  const approve = {
    what: "approve",
    target: token.address,
    data: erc20.interface.encodeFunctionData("approve", [ledger, amount]),
  };
  const data = accounts.interface.encodeFunctionData("deposit", [token.address, owner, amount]);
  return [...(isApproved ? [] : [approve]), await stepOn(accounts, "deposit", data)];
};
