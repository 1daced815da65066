import type { Commands } from "../../lib/command.ts";
import { open, status, topUp } from "./channel.ts";
import { close, watch } from "./close.ts";
import { balance, deposit, withdraw } from "./ledger.ts";
import { claim, send } from "./voucher.ts";

/** Payments through channels. */
export const PAY_COMMANDS: Commands = {
  "pay balance": balance,
  "pay deposit": deposit,
  "pay withdraw": withdraw,
  "pay open": open,
  "pay top-up": topUp,
  "pay send": send,
  "pay claim": claim,
  "pay close": close,
  "pay watch": watch,
  "pay status": status,
};
