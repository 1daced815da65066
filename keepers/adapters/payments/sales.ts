import type { Hex } from "../../core/hex.ts";
import type { Settlement } from "../../agents/payments/x402.ts";

/** What a server answers. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
};

const CACHING = "cache-control";

/** What is asked, paid and sold is between two parties: no cache gives it to another, or a price that is over. */
export const unshared = ({ headers, ...reply }: Reply): Reply => {
  const others = Object.entries(headers).filter(([name]) => name.toLowerCase() !== CACHING);
  return { ...reply, headers: { ...Object.fromEntries(others), [CACHING]: "no-store" } };
};

/** One payment, and what it is for. */
export type Sale = { readonly payment: string; readonly purchase: Hex };

/** The work for a sale. */
export type Work = {
  readonly serve: () => Promise<Reply>;
  /** Whether such an answer is charged. */
  readonly isCharged: (reply: Reply) => boolean;
  /** Gives the payment back. @returns whether that could be done */
  readonly giveBack: () => Promise<boolean>;
};

export type Served =
  | { readonly kind: "served"; readonly reply: Reply; readonly isFree: boolean }
  /** The payment was for another purchase. */
  | { readonly kind: "spent" }
  /** It was answered long ago, and the answer is not kept any more. */
  | { readonly kind: "gone" };

/** What was sold not long ago, so that a lost answer can be given again. */
export type Sales = {
  /** Does the work once for a sale, however often it is asked for. What is given back, or failed, may be tried again. */
  readonly serveOnce: (sale: Sale, work: Work) => Promise<Served>;
  /** Settles a payment once; one that failed may be tried again. */
  readonly settleOnce: (key: string, settle: () => Promise<Settlement>) => Promise<Settlement>;
};

/** As many answers as are remembered; the oldest goes first. */
const MAX = 1_000;
/** Of so many more it is remembered that they were answered: the same work is not done again and again for one payment. */
const MAX_GONE = 100_000;
const SERVER_FAULT = 500;
const FAILED: Reply = {
  status: SERVER_FAULT,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ error: "the work failed; ask again with the same payment" }),
};

type Keyed = {
  readonly size: number;
  readonly keys: () => Iterator<string>;
  readonly delete: (key: string) => boolean;
};

/** Drops the oldest where there are too many. @returns it */
const dropOldest = (keyed: Keyed, most: number): string | undefined => {
  if (keyed.size <= most) return undefined;
  const oldest = keyed.keys().next();
  if (oldest.done === true) return undefined;
  keyed.delete(oldest.value);
  return oldest.value;
};

const attempt = async (serve: Work["serve"]): Promise<Reply> => {
  try {
    return await serve();
  } catch {
    return FAILED;
  }
};

type Sold = { readonly purchase: Hex; readonly served: Promise<Served> };

/** Starts with nothing sold. */
export const salesOf = (): Sales => {
  const sold = new Map<string, Sold>();
  const gone = new Set<string>();
  const settlements = new Map<string, Promise<Settlement>>();

  const serve = async ({ payment }: Sale, { serve: doWork, isCharged, giveBack }: Work): Promise<Served> => {
    const reply = await attempt(doWork);
    const forget = (): void => void sold.delete(payment);
    if (isCharged(reply)) return { kind: "served", reply, isFree: false };
    // Forgotten first: once it is given back, the same payment may buy something else.
    forget();
    return { kind: "served", reply, isFree: await giveBack() };
  };

  return {
    serveOnce: async (sale, work) => {
      const before = sold.get(sale.payment);
      if (before !== undefined) return before.purchase === sale.purchase ? before.served : { kind: "spent" };
      if (gone.has(sale.payment)) return { kind: "gone" };
      const served = serve(sale, work);
      sold.set(sale.payment, { purchase: sale.purchase, served });
      const dropped = dropOldest(sold, MAX);
      if (dropped !== undefined) gone.add(dropped);
      dropOldest(gone, MAX_GONE);
      return served;
    },
    settleOnce: async (key, settle) => {
      const before = settlements.get(key);
      if (before !== undefined) return before;
      const settling = settle();
      settlements.set(key, settling);
      dropOldest(settlements, MAX);
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
