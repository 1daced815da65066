import { type Socket, connect } from "node:net";
import { Transaction, keccak256 } from "ethers";
import { type Deferred, deferred } from "../../core/deferred.ts";
import { FatalError, RetryableError } from "../../core/errors.ts";
import { type Hex, hex } from "../../core/hex.ts";
import { printable } from "../../core/printable.ts";
import { type Address, address } from "../../core/units.ts";
import type { UnsignedTransaction } from "../../sending/ports.ts";
import type { TransactionSigner } from "./signer.ts";
import { type SignAnswer, answerShape, lineReader, toLine } from "./wire.ts";

/** A signer in another process. */
export type RemoteSigner = { readonly sign: TransactionSigner; readonly close: () => void };

export type RemoteSignerOptions = {
  readonly path: string;
  readonly chainId: bigint;
  /** How long an answer may take. */
  readonly timeoutMs: number;
};

/** Whether signed bytes are what was asked for: a signer's fault must not become a transaction. */
const isAsAsked = (
  raw: Hex,
  account: Address,
  unsigned: UnsignedTransaction & { readonly chainId: bigint },
): boolean => {
  const { chainId, to, data, value, nonce, gasLimit, gasPrice } = unsigned;
  try {
    const signed = Transaction.from(raw);
    const wanted = Transaction.from({ type: 0, chainId, to, data, value, nonce: Number(nonce), gasLimit, gasPrice });
    return signed.unsignedHash === wanted.unsignedHash && signed.from !== null && address(signed.from) === account;
  } catch {
    return false;
  }
};

/** One connection, and who waits for an answer on it. */
type Link = { readonly socket: Socket; readonly waiting: Map<number, Deferred<SignAnswer>> };

const openLink = (path: string): Link => {
  const socket = connect(path);
  const waiting: Link["waiting"] = new Map();
  const fail = (): void => {
    for (const { reject } of waiting.values()) reject(new RetryableError("the signer does not answer"));
    waiting.clear();
    socket.destroy();
  };
  const read = lineReader((line) => {
    const answer = answerShape.parse(JSON.parse(line));
    waiting.get(answer.id)?.resolve(answer);
  });
  socket.on("error", fail).on("close", fail);
  socket.on("data", (chunk) => {
    try {
      read(Buffer.from(chunk));
    } catch {
      fail();
    }
  });
  return { socket, waiting };
};

const lateAfter = (timeoutMs: number, reject: (error: Error) => void): NodeJS.Timeout =>
  setTimeout(() => reject(new RetryableError(`the signer says nothing for ${timeoutMs} ms`)), timeoutMs);

/** Asks a signer process at a Unix socket, and connects again whenever the connection broke. */
export const remoteSigner = ({ path, chainId, timeoutMs }: RemoteSignerOptions): RemoteSigner => {
  let link: Link | undefined;
  let ids = 0;
  const open = (): Link => {
    if (link === undefined || link.socket.destroyed) link = openLink(path);
    return link;
  };
  const ask = async (account: Address, unsigned: UnsignedTransaction): Promise<SignAnswer> => {
    const id = (ids += 1);
    const answer = deferred<SignAnswer>();
    const timer = lateAfter(timeoutMs, answer.reject);
    const { socket, waiting } = open();
    waiting.set(id, answer);
    socket.write(toLine({ id, account, unsigned }));
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  };
  return {
    sign: async (account, unsigned) => {
      const answer = await ask(account, unsigned);
      // Its limits may allow it later, and its operation has a deadline.
      if ("refused" in answer) throw new RetryableError(`the signer refuses: ${printable(answer.refused)}`);
      const { raw, transaction } = answer;
      if (transaction !== hex(keccak256(raw)) || !isAsAsked(raw, account, { ...unsigned, chainId })) {
        throw new FatalError("the signer signed something else than it was asked to");
      }
      return { raw, transaction };
    },
    close: () => link?.socket.destroy(),
  };
};
