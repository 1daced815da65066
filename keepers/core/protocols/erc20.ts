import { wordAt } from "../hex.ts";
import { ZERO_ADDRESS } from "../proposal.ts";
import { type Protocol, BUYS_NOTHING, addressAt, selectorOf } from "./protocol.ts";

/** `approve(address,uint256)` */
const APPROVE = "0x095ea7b3";
/** `transfer(address,uint256)` */
const TRANSFER = "0xa9059cbb";

/** Payments and allowances of a token. The key is the hash of the one address that the call names. */
export const erc20 = {
  decoder: "Erc20Decoder",
  selectors: [APPROVE, TRANSFER],
  read: (call) => {
    const selector = selectorOf(call);
    if (selector !== APPROVE && selector !== TRANSFER) return undefined;
    const [counterparty, amountIn] = [addressAt(call.data, 0), wordAt(call.data, 1, 4)];
    if (counterparty === undefined || amountIn === undefined) return undefined;
    const spender = selector === APPROVE ? counterparty : ZERO_ADDRESS;
    return { ...BUYS_NOTHING, keyBytes: counterparty, tokenIn: call.target, amountIn, spender };
  },
  minOut: () => undefined,
  tokens: ({ tokenIn }) => [tokenIn],
  words: (call, { tokenIn, amountIn }, names) => {
    const [amount, whom] = [names.amount(tokenIn, amountIn), addressAt(call.data, 0) ?? ZERO_ADDRESS];
    return selectorOf(call) === APPROVE
      ? `approve ${amount} for ${names.router(whom)}`
      : `transfer ${amount} to ${whom}`;
  },
} as const satisfies Protocol;
