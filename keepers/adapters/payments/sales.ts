import type { Hex } from "../../core/hex.ts";
import type { Settlement } from "../../payments/x402.ts";

/** What a server answers. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
};

/** One payment, and what it is for. */
export type Sale = { readonly payment: string; readonly purchase: Hex };

/** What was sold not long ago, so that a lost answer can be given again. */
export type Sales = {
  /** Does the work once for a sale, however often it is asked for; undefined when the payment was for another purchase. */
  readonly serveOnce: (sale: Sale, serve: () => Promise<Reply>) => Promise<Reply | undefined>;
  /** Settles a payment once; one that failed may be tried again. */
  readonly settleOnce: (key: string, settle: () => Promise<Settlement>) => Promise<Settlement>;
};

/** As many answers as are remembered; the oldest goes first. */
const MOST = 1_000;
const SERVER_FAULT = 500;
const FAILED: Reply = {
  status: SERVER_FAULT,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ error: "the work failed; ask again with the same payment" }),
};

const remember = <T>(entries: Map<string, T>, key: string, entry: T): void => {
  entries.delete(key);
  entries.set(key, entry);
  const oldest = entries.size > MOST ? entries.keys().next().value : undefined;
  if (oldest !== undefined) entries.delete(oldest);
};

const attempt = async (serve: () => Promise<Reply>): Promise<Reply> => {
  try {
    return await serve();
  } catch {
    return FAILED;
  }
};

type Sold = Sale & { readonly reply: Promise<Reply> };

/** Starts with nothing sold. */
export const salesOf = (): Sales => {
  const sold = new Map<string, Sold>();
  const settlements = new Map<string, Promise<Settlement>>();
  return {
    serveOnce: async (sale, serve) => {
      const before = sold.get(sale.payment);
      if (before !== undefined) return before.purchase === sale.purchase ? before.reply : undefined;
      const entry = { ...sale, reply: attempt(serve) };
      remember(sold, sale.payment, entry);
      const reply = await entry.reply;
      if (reply.status >= SERVER_FAULT && sold.get(sale.payment) === entry) sold.delete(sale.payment);
      return reply;
    },
    settleOnce: async (key, settle) => {
      const before = settlements.get(key);
      if (before !== undefined) return before;
      const settling = settle();
      remember(settlements, key, settling);
      try {
        const settlement = await settling;
        if (!settlement.success) settlements.delete(key);
        return settlement;
      } catch (error) {
        settlements.delete(key);
        throw error;
      }
    },
  };
};
