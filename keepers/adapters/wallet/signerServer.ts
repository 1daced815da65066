import type { Socket } from "node:net";
import type { Address } from "../../core/units.ts";
import type { UnsignedTransaction } from "../../sending/ports.ts";
import type { TransactionSigner } from "./signer.ts";
import { type SocketServer, serveSocket } from "./socket.ts";
import { type SignAnswer, type SignRequest, lineReader, requestShape, toLine } from "./wire.ts";

/** What a signer process signs, whoever asks: a sender that was taken over gets no more. */
export type SignerLimits = {
  /** In wei per gas. */
  readonly maxGasPrice: bigint;
  readonly maxGasLimit: bigint;
  /** The most that one transaction may pay, in wei, to anything but an account of `own`. */
  readonly maxValue: bigint;
  /** Where transactions may go: the contracts of the deployment. Accounts of our own may always be paid. */
  readonly targets: ReadonlySet<Address>;
  readonly own: ReadonlySet<Address>;
};

/** Why a transaction is not signed; undefined when it is. */
export const refusalOf = (
  { to, data, value, gasLimit, gasPrice }: UnsignedTransaction,
  { maxGasPrice, maxGasLimit, maxValue, targets, own }: SignerLimits,
): string | undefined => {
  if (gasPrice > maxGasPrice) return `the gas price ${gasPrice} is above ${maxGasPrice} wei`;
  if (gasLimit > maxGasLimit) return `the gas limit ${gasLimit} is above ${maxGasLimit}`;
  if (own.has(to)) return data === "0x" ? undefined : "an account of our own is sent data";
  if (!targets.has(to)) return `${to} is not a contract of the deployment`;
  return value > maxValue ? `the value ${value} is above ${maxValue} wei` : undefined;
};

const answerTo = async (
  { id, account, unsigned }: SignRequest,
  sign: TransactionSigner,
  limits: SignerLimits,
): Promise<SignAnswer> => {
  const refused = limits.own.has(account) ? refusalOf(unsigned, limits) : `there is no key for ${account}`;
  if (refused !== undefined) return { id, refused };
  return { id, ...(await sign(account, unsigned)) };
};

const talk = (socket: Socket, sign: TransactionSigner, limits: SignerLimits): void => {
  const onLine = (line: string): void => {
    const parsed = requestShape.safeParse(parseJson(line));
    // Who does not speak the language is not answered.
    if (!parsed.success) {
      socket.destroy();
      return;
    }
    answerTo(parsed.data, sign, limits).then(
      (answer) => socket.write(toLine(answer)),
      () => socket.destroy(),
    );
  };
  const read = lineReader(onLine);
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    try {
      read(Buffer.from(chunk));
    } catch {
      socket.destroy();
    }
  });
};

const parseJson = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/**
 * Serves signatures at a Unix socket that only this user can open; keys stay in this process.
 * @throws FatalError when it cannot listen there
 */
export const serveSigner = (path: string, sign: TransactionSigner, limits: SignerLimits): Promise<SocketServer> =>
  serveSocket(path, "the signer", (socket) => talk(socket, sign, limits));
