import { type Provider, type Signer, JsonRpcProvider, VoidSigner, Wallet, ZeroAddress } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { AgentRegistry__factory } from "../../types/index.ts";
import { deployCore, deployParts, partsOf } from "../deploy/01_core.ts";
import { configure, setPolicy } from "../deploy/02_configure.ts";
import { handOverOf, transfer } from "../deploy/03_transfer.ts";
import { MONEY, deployMoney } from "../deploy/04_money.ts";
import { type DeployContext, CORE, addressOf, isDeployed, providerOf } from "../deploy/context.ts";
import { configurationOf, policySettings, worldOf } from "../deploy/settings.ts";
import { readAddressBook, writeAddressBook } from "../lib/addressBook.ts";
import { type Command, type Values, UsageError, required } from "./command.ts";
import { say } from "./output.ts";
import { readParameters } from "./parameters.ts";
import { NODE_OPTIONS } from "../lib/nodeOptions.ts";

/** Holds the deployer's key; a key on the command line would stay in the shell's history. */
const KEY = "NEXUS_DEPLOYER_KEY";
const POLLING_MS = 200;

/** Says what is missing; sends nothing. Answers whether everything is there. */
const plan = async (context: DeployContext): Promise<boolean> => {
  const names = [...CORE, ...partsOf(context).map(([name]) => name), ...MONEY];
  const present = await Promise.all(names.map((name) => isDeployed(context, name)));
  names.forEach((name, i) => say(`${present[i] === true ? "is deployed " : "would deploy"}  ${name}`));
  if (!present.every(Boolean)) {
    say("the settings can be told once the contracts are there");
    return false;
  }
  const world = worldOf(context);
  const settings = [...configurationOf(world), ...policySettings(world)];
  const done = await Promise.all(settings.map(({ isDone }) => isDone()));
  settings.forEach(({ name }, i) => say(`${done[i] === true ? "is set      " : "would set   "}  ${name}`));
  const { daoGoverns } = await handOverOf(context, await context.signer.getAddress());
  say(`${daoGoverns ? "is handed over" : "would hand over"} to ${addressOf(context.read(), "NexusGovernor")}`);
  return done.every(Boolean) && daoGoverns;
};

/** Does what is missing. The demands of voting are chosen by the agents' weight, so they and the hand-over wait for agents. */
const bringAbout = async (context: DeployContext): Promise<void> => {
  await deployCore(context);
  await deployParts(context);
  await deployMoney(context);
  await configure(context);
  const registry = AgentRegistry__factory.connect(
    addressOf(context.read(), "AgentRegistry"),
    providerOf(context.signer),
  );
  if ((await registry.totalWeight()) === 0n) {
    say("demands and hand-over: no agent has weight yet; register agents, then run this again");
    return;
  }
  await setPolicy(context);
  await transfer(context);
};

const signerFor = (provider: Provider, isSending: boolean): Signer => {
  const key = process.env[KEY];
  if (key !== undefined) return new Wallet(key, provider);
  if (isSending) throw new UsageError(`to send, the deployer's key must be in ${KEY}`);
  return new VoidSigner(ZeroAddress, provider);
};

const contextOf = async (values: Values, signer: Signer): Promise<DeployContext> => {
  const path = required(values, "book");
  const found = await readAddressBook(path);
  if (found === undefined) throw new UsageError(`there is no address book ${path}; write its environment first`);
  let book: AddressBook = found;
  const chainId = (await providerOf(signer).getNetwork()).chainId;
  if (chainId !== BigInt(book.chainId)) {
    throw new UsageError(`the chain's id is ${chainId}, the address book is for ${book.chainId}`);
  }
  const save = async (next: AddressBook): Promise<void> => {
    book = next;
    await writeAddressBook(path, next);
  };
  const parameters = await readParameters(required(values, "parameters"), book.environment);
  return { signer, parameters, read: () => book, save, say };
};

const run = async (values: Values): Promise<number> => {
  const isSending = values.has("send");
  const provider = new JsonRpcProvider(required(values, "rpc"), undefined, {
    ...NODE_OPTIONS,
    pollingInterval: POLLING_MS,
  });
  try {
    const context = await contextOf(values, signerFor(provider, isSending));
    if (isSending) await bringAbout(context);
    else if (!(await plan(context))) say("nothing was sent; --send does it");
    return 0;
  } finally {
    provider.destroy();
  }
};

/** Brings a deployment about, step by step, and says what is missing without being told to send. */
export const deploy: Command = {
  about: "say what a deployment lacks; with --send, do it. A second run sends nothing",
  options: {
    rpc: { value: "URL", about: "the chain's JSON-RPC endpoint" },
    book: { value: "FILE", about: "the address book; it names tokens, pools and oracles, and grows" },
    parameters: { value: "FILE", about: "limits, policies, guardian, governance; amounts as strings" },
    send: { about: `really send, with the key in ${KEY}` },
  },
  run,
};
