import { type JsonRpcApiProvider, formatEther, isAddress, parseEther } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { NexusToken__factory } from "../../types/index.ts";
import { addressOf } from "../deploy/context.ts";
import { testKeys } from "../sandbox/account.ts";
import { ROLE_INDICES } from "../sandbox/fleet.ts";
import { OPERATOR_KEY, SIGNER_KEY, keyIn } from "./agentContext.ts";
import { type Command, type Values, UsageError } from "./command.ts";
import { type Session, withDao } from "./dao/session.ts";
import { READING_OPTIONS } from "./endpoint.ts";
import { say, sayJson } from "./output.ts";

const DEFAULT_NATIVE = "10";
const DEFAULT_STAKE = "0";

/** An amount with 18 decimals. @throws UsageError when it is none */
const amountIn = (values: Values, name: string, otherwise: string): bigint => {
  const text = values.get(name) ?? otherwise;
  if (!/^\d{1,9}(\.\d{1,18})?$/.test(text))
    throw new UsageError(`--${name} must be an amount like 10 or 0.5, got “${text}”`);
  return parseEther(text);
};

/** Who gets it: the account that is named, or those of the keys in the environment. */
const receiversIn = (values: Values): readonly [string, ...string[]] => {
  const named = values.get("to");
  if (named === undefined) {
    const operator = keyIn(OPERATOR_KEY).address;
    return process.env[SIGNER_KEY] === undefined ? [operator] : [operator, keyIn(SIGNER_KEY).address];
  }
  if (!isAddress(named)) throw new UsageError(`--to must be an address, got “${named}”`);
  return [named];
};

type Gift = { readonly to: string; readonly native: bigint; readonly stake: bigint };

const give = async (provider: JsonRpcApiProvider, book: AddressBook, { to, native, stake }: Gift): Promise<void> => {
  const keyAt = testKeys();
  const payer = keyAt(ROLE_INDICES.executor).connect(provider);
  if (native > 0n) await (await payer.sendTransaction({ to, value: native })).wait();
  if (stake === 0n) return;
  const holder = keyAt(ROLE_INDICES.holder).connect(provider);
  const token = NexusToken__factory.connect(addressOf(book, "NexusToken"), holder);
  await (await token.transfer(to, stake)).wait();
};

const fundFrom = async ({ values, provider, book, isSandbox }: Session): Promise<number> => {
  if (!isSandbox) throw new UsageError("only the sandbox on this machine gives money away");
  const [first, ...others] = receiversIn(values);
  const [native, stake] = [amountIn(values, "native", DEFAULT_NATIVE), amountIn(values, "stake", DEFAULT_STAKE)];
  const gifts: readonly Gift[] = [{ to: first, native, stake }, ...others.map((to) => ({ to, native, stake: 0n }))];
  for (const gift of gifts) {
    await give(provider, book, gift);
    if (!values.has("json"))
      say(`${gift.to}: ${formatEther(gift.native)} of the native coin, ${formatEther(gift.stake)} of stake`);
  }
  if (values.has("json")) sayJson({ gifts });
  return 0;
};

/** Gives an account of the sandbox what an operator needs. */
export const sandboxFund: Command = {
  about: `in the sandbox, give accounts gas and stake: those of ${OPERATOR_KEY} and ${SIGNER_KEY}, or --to`,
  example: "--stake 1000",
  options: {
    ...READING_OPTIONS,
    to: { value: "ADDRESS", about: "who gets it" },
    native: { value: "N", about: `how much of the native coin, for gas (${DEFAULT_NATIVE})` },
    stake: { value: "N", about: `how many whole stake tokens; the operator alone gets them (${DEFAULT_STAKE})` },
  },
  run: (values) => withDao(values, fundFrom),
};
