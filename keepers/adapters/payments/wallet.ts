import type { Hex } from "../../core/hex.ts";
import type { ChannelTerms, SignedVoucher } from "../../agents/payments/ports.ts";
import {
  type ChannelPayload,
  type Requirements,
  type Settlement,
  channelPayload,
  chargedOf,
} from "../../agents/payments/x402.ts";
import { type CorrectionCall, type Given, ZERO_WORD, corrector, positions } from "./corrections.ts";
import { keyedMutex } from "./keyedMutex.ts";
import { type WalletSettings, channelFor, chooser, priceOf } from "./ways.ts";

/** Pays by voucher, one request of a channel at a time. */
export type ChannelWallet = {
  /** The first way to pay that this wallet can use: here, at a price that it pays, to whom it has a channel. */
  readonly choose: (accepts: readonly Requirements[]) => Promise<Requirements | undefined>;
  /**
   * Signs what a server asks for, when the channel's turn has come. While it is not known whether the last voucher arrived,
   * that same voucher is given again, so that nothing is paid twice. Each must be followed by one of the others.
   * @param call the same object for all payments of one call, so that they stay within the most together
   * @throws RangeError when the server asks for what we do not pay
   */
  readonly pay: (requirements: Requirements, call?: CorrectionCall) => Promise<ChannelPayload>;
  /** The server has it, and says so. What was bought before is not charged again: it says how far the channel is. */
  readonly settled: (payload: ChannelPayload, settlement: Pick<Settlement, "extra">) => void;
  /**
   * The server did not take it. Whether another try makes sense, now that we know where the server is. One that says that it
   * has a voucher which was signed for this very request must serve for it: more is signed only once in the wallet's life,
   * for a payer that lost its store, and never more than `maxPerRequest` in one call. [NX-CHN-04]
   */
  readonly refused: (payload: ChannelPayload, accepts: readonly Requirements[]) => Promise<boolean>;
  /** Nobody knows. */
  readonly unanswered: (payload: ChannelPayload) => void;
};

const SECOND_MS = 1_000;

const turnKey = ({ voucher }: ChannelPayload): string => `${voucher.channelId}:${voucher.maxClaimableAmount}`;

/** A voucher, and what it promises on top of all before it. */
type Signed = { readonly voucher: SignedVoucher; readonly added: bigint };

/**
 * The voucher of one total. What was signed before is given again byte by byte; what is new is durable before anybody has it,
 * so that the payer can always say what it owes.
 */
const voucherMaker = ({ store, sign }: WalletSettings) => {
  const writing = new Map<Hex, Promise<void>>();
  return async (channelId: Hex, terms: ChannelTerms, total: bigint): Promise<Signed> => {
    await store.learn(channelId, terms);
    const last = store.last(channelId);
    const base = last?.maxClaimableAmount ?? 0n;
    // The store tells at once what it was given; that it lies on the disk is another matter, and may fail.
    await writing.get(channelId);
    if (last?.maxClaimableAmount === total) return { voucher: last, added: 0n };
    const voucher = await sign({ channelId, maxClaimableAmount: total });
    if (total <= base) return { voucher, added: 0n };
    const written = store.append({ ...voucher, purchase: ZERO_WORD });
    writing.set(channelId, written);
    await written;
    return { voucher, added: total - base };
  };
};

/** How far a channel is after a settlement: no server can make us be further than what we signed for it. */
const resolvedAt = ({ voucher }: ChannelPayload, extra: Requirements["extra"]): bigint => {
  const [total, charged] = [BigInt(voucher.maxClaimableAmount), chargedOf(extra)];
  return charged !== undefined && charged < total ? charged : total;
};

/** Opens a wallet on what its store knows. */
export const channelWallet = (settings: WalletSettings): ChannelWallet => {
  const { take } = keyedMutex();
  const given = new Map<string, Given & { readonly end: () => void }>();
  const position = positions(settings);
  const voucherOf = voucherMaker(settings);
  const correct = corrector(settings, position);
  const endTurn = (payload: ChannelPayload): void => {
    given.get(turnKey(payload))?.end();
    given.delete(turnKey(payload));
  };

  return {
    choose: chooser(settings),
    pay: async (requirements, call = { added: 0n }) => {
      const price = priceOf(requirements, settings.maxPerRequest);
      const { channelId, terms } = await channelFor(settings, requirements);
      const end = await take(channelId, requirements.maxTimeoutSeconds * SECOND_MS);
      try {
        const { voucher, added } = await voucherOf(channelId, terms, position.next(channelId, price));
        const payload = channelPayload(terms, voucher);
        call.added += added;
        given.set(turnKey(payload), { isNew: added > 0n, call, end });
        return payload;
      } catch (error) {
        end();
        throw error;
      }
    },
    settled: (payload, { extra = {} }) => {
      position.set(payload.voucher.channelId, resolvedAt(payload, extra));
      endTurn(payload);
    },
    refused: (payload, accepts) => {
      const one = given.get(turnKey(payload));
      const again = one === undefined ? Promise.resolve(false) : correct(payload, accepts, one);
      return again.finally(() => endTurn(payload));
    },
    unanswered: endTurn,
  };
};
