import { readFile, stat } from "node:fs/promises";
import { Wallet } from "ethers";
import { readKeystore, writePrivateKey } from "../../../keepers/adapters/wallet/keystore.ts";
import { localSigner } from "../../../keepers/adapters/wallet/signer.ts";
import { type SignerLimits, serveSigner } from "../../../keepers/adapters/wallet/signerServer.ts";
import { type Address, address } from "../../../keepers/core/units.ts";
import {
  type Command,
  type Commands,
  type Options,
  type Values,
  UsageError,
  needed,
  required,
} from "../../lib/command.ts";
import { say, sayJson, untilStopped, warn } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { CHAIN_OPTIONS, JSON_OPTION, bookIn } from "../endpoint.ts";

const OTHERS = 0o077;
const DEFAULT_GAS_PRICE = 1_000n * 10n ** 9n;
/** All that a transaction may use on Sei. */
const DEFAULT_GAS = 12_500_000n;

const PASSWORD_OPTION = needed({
  value: "FILE",
  about: "the file with the keystore's password, which only you can read",
});

const { book } = CHAIN_OPTIONS;
const BOOK_OPTIONS: Options = book === undefined ? {} : { book };

/** The password in the file that the option names. @throws UsageError when others may read it */
const passwordIn = async (values: Values) => {
  const path = required(values, "password-file");
  const [text, { mode }] = await Promise.all([readFile(path, "utf8"), stat(path)]).catch((cause: unknown) => {
    throw new UsageError(`the password file ${path} cannot be read`, { cause });
  });
  if ((mode & OTHERS) !== 0)
    throw new UsageError(`the password file ${path} is open to other users: chmod 600 ${path}`);
  return { reveal: () => text.replace(/\r?\n$/, "") };
};

const create: Command = {
  about: "make a new key of a sender, encrypted in a file that only you can read; prints its address",
  example: "--keystore lane1.json --password-file password.txt",
  options: {
    ...BOOK_OPTIONS,
    keystore: needed({ value: "FILE", about: "where to write it; a file that is there stays as it is" }),
    "password-file": PASSWORD_OPTION,
    json: JSON_OPTION,
  },
  run: async (values) => {
    const { privateKey } = Wallet.createRandom();
    const account = await writePrivateKey(required(values, "keystore"), privateKey, await passwordIn(values));
    if (values.has("json")) sayJson({ address: account });
    else say(account);
    return EXIT.done;
  },
};

const amountIn = (values: Values, name: string, otherwise: bigint): bigint => {
  const text = values.get(name);
  if (text === undefined) return otherwise;
  if (!/^\d{1,30}$/.test(text)) throw new UsageError(`--${name} must be a whole number`);
  return BigInt(text);
};

const addressesIn = (values: Values, name: string): readonly Address[] => {
  try {
    return (values.get(name) ?? "")
      .split(",")
      .filter((text) => text !== "")
      .map(address);
  } catch {
    throw new UsageError(`--${name} must be addresses with commas between them`);
  }
};

/** A core file of the process would hold its keys. */
const warnOfCores = async (): Promise<void> => {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const soft = /^Max core file size\s+(\S+)/m.exec(limits)?.[1];
  if (soft !== undefined && soft !== "0") warn("a crash may write the keys into a core file: run it after ulimit -c 0");
};

const serve: Command = {
  about:
    "sign for senders on this machine, within limits, at a socket that only you can open; keys stay in this process",
  example: "--keystore lane1.json,lane2.json --password-file password.txt --socket signer.sock",
  options: {
    ...BOOK_OPTIONS,
    keystore: needed({ value: "FILES", about: "the encrypted keys, with commas between them" }),
    "password-file": PASSWORD_OPTION,
    socket: needed({ value: "PATH", about: "where senders ask" }),
    target: { value: "ADDRESSES", about: "where transactions may go besides the book's contracts and own accounts" },
    "max-gas-price": { value: "WEI", about: `the most for each unit of gas (${DEFAULT_GAS_PRICE})` },
    "max-gas": { value: "GAS", about: `the most gas of a transaction (${DEFAULT_GAS})` },
    "max-value": { value: "WEI", about: "the most that a transaction may pay to others than own accounts (0)" },
    json: JSON_OPTION,
  },
  run: async (values) => {
    const stopped = untilStopped();
    const { chainId, contracts } = await bookIn(values);
    const amounts = {
      maxGasPrice: amountIn(values, "max-gas-price", DEFAULT_GAS_PRICE),
      maxGasLimit: amountIn(values, "max-gas", DEFAULT_GAS),
      maxValue: amountIn(values, "max-value", 0n),
    };
    const others = addressesIn(values, "target");
    const password = await passwordIn(values);
    const files = required(values, "keystore").split(",");
    const keys = await Promise.all(files.map((file) => readKeystore(file, password)));
    const own = keys.map((key) => key.address);
    const targets = new Set([...Object.values(contracts).map((one) => address(one.address)), ...others]);
    const limits: SignerLimits = { ...amounts, targets, own: new Set(own) };
    const socket = required(values, "socket");
    const server = await serveSigner(socket, localSigner(keys, BigInt(chainId)), limits);
    await warnOfCores();
    if (values.has("json")) sayJson({ socket, accounts: own });
    else say(`signing at ${socket} for ${own.join(", ")}`);
    await new Promise<void>((end) => {
      if (stopped.aborted) end();
      stopped.addEventListener("abort", () => end(), { once: true });
    });
    await server.close();
    return EXIT.done;
  },
};

/** `nexus signer …`: keys of senders, apart from the senders. */
export const SIGNER_COMMANDS: Commands = { "signer create": create, "signer serve": serve };
