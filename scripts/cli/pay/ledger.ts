import { SandboxToken__factory } from "../../../types/index.ts";
import { type Command, needed } from "../../lib/command.ts";
import { READ_OPTIONS, actorOf } from "../session.ts";
import { say, sayJson } from "../../lib/output.ts";
import {
  type MoneySession,
  type PayToken,
  PAYMENT_KEY,
  PAY_OPTIONS,
  TOKEN_OPTION,
  accountNamed,
  amountIn,
  amountWords,
  tokenIn,
  withMoney,
} from "./money.ts";
import { carryOut, deposit as depositSteps, payerOf, stepOn } from "./steps.ts";

const balancesOf = async ({ money: { accounts }, provider }: MoneySession, token: PayToken, account: string) => {
  const erc20 = SandboxToken__factory.connect(token.address, provider);
  return {
    inLedger: await accounts.balanceOf(token.address, account),
    inWallet: await erc20.balanceOf(account),
    feesOwed: await accounts.feesOf(token.address, account),
  };
};

/** Brings the ledger's balance to what is asked for, which may be nothing to do. */
const deposited = async (session: MoneySession): Promise<number> => {
  const token = await tokenIn(session);
  const wanted = amountIn(session, token, "balance");
  const actor = await payerOf(session);
  const { inLedger } = await balancesOf(session, token, actor.address);
  const missing = wanted > inLedger ? wanted - inLedger : 0n;
  const steps = missing === 0n ? [] : await depositSteps(session, token, actor.address, missing);
  const line =
    missing === 0n
      ? `nothing to do: ${amountWords(token, inLedger)} are in the ledger`
      : `${amountWords(token, missing)} into the ledger, to have ${amountWords(token, wanted)}`;
  return carryOut(session, actor, steps, {
    facts: () => balancesOf(session, token, actor.address),
    lines: [line],
  });
};

const withdrawn = async (session: MoneySession): Promise<number> => {
  const { accounts } = session.money;
  const token = await tokenIn(session);
  const actor = await payerOf(session);
  const left = session.values.has("leave") ? amountIn(session, token, "leave") : 0n;
  const { inLedger } = await balancesOf(session, token, actor.address);
  const amount = inLedger > left ? inLedger - left : 0n;
  const data = accounts.interface.encodeFunctionData("withdraw", [token.address, actor.address, amount]);
  const line =
    amount === 0n
      ? `nothing to do: ${amountWords(token, inLedger)} are in the ledger`
      : `${amountWords(token, amount)} out of the ledger`;
  return carryOut(session, actor, amount === 0n ? [] : [await stepOn(accounts, "withdraw", data)], {
    facts: () => balancesOf(session, token, actor.address),
    lines: [line],
  });
};

const shown = async (session: MoneySession): Promise<number> => {
  const token = await tokenIn(session);
  const who = session.values.get("as");
  const account = who === undefined ? (await actorOf(session, PAYMENT_KEY)).address : accountNamed(session, who);
  const { inLedger, inWallet, feesOwed } = await balancesOf(session, token, account);
  if (session.inJson) sayJson({ account, token: token.address, inLedger, inWallet, feesOwed });
  else {
    say(`${account} has ${amountWords(token, inLedger)} in the ledger, ${amountWords(token, inWallet)} outside of it`);
    if (feesOwed > 0n) say(`and owes ${amountWords(token, feesOwed)} in fees, which anyone may collect`);
  }
  return 0;
};

/** Brings tokens into the ledger. */
export const deposit: Command = {
  about: "bring tokens into the ledger until it holds --balance for you",
  example: "--balance 100 --as alice",
  options: {
    balance: needed({ value: "N", about: "what you want to have in it; said twice, it moves once" }),
    token: TOKEN_OPTION,
    ...PAY_OPTIONS,
  },
  run: (values) => withMoney(values, deposited),
};

/** Takes tokens out of the ledger. */
export const withdraw: Command = {
  about: "take what is free out of the ledger",
  example: "--leave 10 --as alice",
  options: { leave: { value: "N", about: "what stays in it (0)" }, token: TOKEN_OPTION, ...PAY_OPTIONS },
  run: (values) => withMoney(values, withdrawn),
};

/** What an account has. */
export const balance: Command = {
  about: "what an account has in the ledger; reads only",
  example: "--as alice",
  options: {
    token: TOKEN_OPTION,
    ...READ_OPTIONS,
    as: { value: "WHO", about: "whose: a name in the sandbox, an address" },
  },
  run: (values) => withMoney(values, shown),
};
