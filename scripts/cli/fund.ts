import { type Signer, formatUnits, parseUnits } from "ethers";
import { AgentRegistry__factory, SandboxToken__factory } from "../../types/index.ts";
import { resolveTarget } from "../dao/calls.ts";
import { testKeys } from "../sandbox/account.ts";
import { ROLE_INDICES } from "../sandbox/fleet.ts";
import { OPERATOR_KEY, SIGNER_KEY, keyIn } from "./agentContext.ts";
import { type Command, type Values, UsageError } from "../lib/command.ts";
import { type Session, READ_OPTIONS, withDao } from "./session.ts";
import { untilMined } from "../lib/mined.ts";
import { say, sayJson } from "../lib/output.ts";
import { EXIT } from "../lib/program.ts";
import { addressOf } from "../../deployments/lookup.ts";

const NATIVE_DECIMALS = 18;
const DEFAULTS = { sei: "10", stake: "0", usdc: "0" } as const;
type Kind = keyof typeof DEFAULTS;

const amountIn = (values: Values, kind: Kind, decimals: number): bigint => {
  const text = values.get(kind) ?? DEFAULTS[kind];
  if (!/^\d+(\.\d+)?$/.test(text)) throw new UsageError(`--${kind} must be an amount like 10 or 0.5, got “${text}”`);
  return parseUnits(text, decimals);
};

type Gift = { readonly what: Kind; readonly amount: string; readonly to: string; readonly hash: string };

const sendNative = async (from: Signer, to: string, values: Values): Promise<readonly Gift[]> => {
  const value = amountIn(values, "sei", NATIVE_DECIMALS);
  if (value === 0n) return [];
  const sent = await from.sendTransaction({ to, value });
  await untilMined(sent);
  return [{ what: "sei", to, amount: formatUnits(value, NATIVE_DECIMALS), hash: sent.hash }];
};

/** What of a token is given: the giver, and where the token lies. */
type Source = { readonly what: Exclude<Kind, "sei">; readonly token: string; readonly from: Signer };

const sendToken = async ({ what, token, from }: Source, to: string, values: Values): Promise<readonly Gift[]> => {
  const erc20 = SandboxToken__factory.connect(token, from);
  const decimals = Number(await erc20.decimals());
  const amount = amountIn(values, what, decimals);
  if (amount === 0n) return [];
  const sent = await erc20.transfer(to, amount);
  await untilMined(sent);
  return [{ what, to, amount: formatUnits(amount, decimals), hash: sent.hash }];
};

/** Who is given something: the account that is named, else the operator and the vote signer of the environment. */
const receiversIn = ({ values, book }: Session): readonly [string, ...string[]] => {
  const named = values.get("to");
  if (named !== undefined) return [resolveTarget(book, named)];
  const operator = keyIn(OPERATOR_KEY).address;
  return process.env[SIGNER_KEY] === undefined ? [operator] : [operator, keyIn(SIGNER_KEY).address];
};

const funded = async (session: Session): Promise<number> => {
  const { book, provider, values, isSandbox } = session;
  if (!isSandbox) throw new UsageError("only the sandbox gives money away: this is another chain, or another machine");
  const [to, ...others] = receiversIn(session);
  const keyAt = testKeys();
  const [holder, member] = [ROLE_INDICES.holder, ROLE_INDICES.firstMember].map((at) => keyAt(at).connect(provider));
  if (holder === undefined || member === undefined) throw new Error("the sandbox has no holder");
  const stake = await AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider).STAKE_TOKEN();
  const usdc = resolveTarget(book, "USDC");
  const gifts: Gift[] = [
    ...(await sendNative(holder, to, values)),
    ...(await sendToken({ what: "stake", token: stake, from: holder }, to, values)),
    ...(await sendToken({ what: "usdc", token: usdc, from: member }, to, values)),
  ];
  for (const other of others) gifts.push(...(await sendNative(holder, other, values)));
  if (session.inJson) sayJson({ gifts });
  else for (const { what, amount, to: receiver, hash } of gifts) say(`${amount} ${what} to ${receiver}: ${hash}`);
  return EXIT.done;
};

/** Gives an account what it needs to try things out. */
export const fund: Command = {
  about: "in the sandbox: give an account gas, stake to bond, and dollars",
  example: "--to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --stake 1000",
  options: {
    to: {
      value: "ADDRESS",
      about: `who gets it; without it the accounts of ${OPERATOR_KEY} and, gas only, ${SIGNER_KEY}`,
    },
    sei: { value: "N", about: `native coin, for gas (${DEFAULTS.sei})` },
    stake: { value: "N", about: `tokens that agents bond (${DEFAULTS.stake})` },
    usdc: { value: "N", about: `dollars (${DEFAULTS.usdc})` },
    ...READ_OPTIONS,
  },
  run: (values) => withDao(values, funded),
};
