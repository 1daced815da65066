import { type Provider, type Signer, VoidSigner, Wallet, ZeroAddress } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import { AgentRegistry__factory } from "../../types/index.ts";
import { deployCore, deployParts, partsOf } from "../deploy/01_core.ts";
import { configure, setPolicy } from "../deploy/02_configure.ts";
import { handOverOf, transfer } from "../deploy/03_transfer.ts";
import { type DeployContext, CORE, isDeployed, providerOf } from "../deploy/context.ts";
import { configurationOf, policySettings, worldOf } from "../deploy/settings.ts";
import { writeAddressBook } from "../../deployments/file.ts";
import { type Command, type Values, UsageError, needed, required } from "../lib/command.ts";
import { READING_OPTIONS, bookIn, bookPathIn, checkChain, openProvider, rpcIn } from "./endpoint.ts";
import { say, sayJson } from "../lib/output.ts";
import { readParameters } from "./parameters.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** Holds the deployer's key; a key on the command line would stay in the shell's history. */
const KEY = "NEXUS_DEPLOYER_KEY";
const POLLING_MS = 200;

/** Says what is missing; sends nothing. Answers whether everything is there. */
const plan = async (context: DeployContext): Promise<boolean> => {
  const { say: tell } = context;
  const names = [...CORE, ...partsOf(context).map(([name]) => name)];
  const present = await Promise.all(names.map((name) => isDeployed(context, name)));
  names.forEach((name, i) => tell(`${present[i] === true ? "is deployed " : "would deploy"}  ${name}`));
  if (!present.every(Boolean)) {
    tell("the settings can be told once the contracts are there");
    return false;
  }
  const world = worldOf(context);
  const settings = [...configurationOf(world), ...policySettings(world)];
  const done = await Promise.all(settings.map(({ isDone }) => isDone()));
  settings.forEach(({ name }, i) => tell(`${done[i] === true ? "is set      " : "would set   "}  ${name}`));
  const { daoGoverns } = await handOverOf(context, await context.signer.getAddress());
  tell(`${daoGoverns ? "is handed over" : "would hand over"} to ${addressOf(context.read(), "NexusGovernor")}`);
  return done.every(Boolean) && daoGoverns;
};

/** Does what is missing. The demands of voting are chosen by the agents' weight, so they and the hand-over wait for agents. */
const bringAbout = async (context: DeployContext): Promise<void> => {
  await deployCore(context);
  await deployParts(context);
  await configure(context);
  const registry = AgentRegistry__factory.connect(
    addressOf(context.read(), "AgentRegistry"),
    providerOf(context.signer),
  );
  if ((await registry.totalWeight()) === 0n) {
    context.say("demands and hand-over: no agent has weight yet; register agents, then run this again");
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

const contextOf = async (
  values: Values,
  from: Pick<DeployContext, "signer" | "say">,
  found: AddressBook,
): Promise<DeployContext> => {
  const path = bookPathIn(values);
  let book = found;
  const save = async (next: AddressBook): Promise<void> => {
    book = next;
    await writeAddressBook(path, next);
  };
  const parameters = await readParameters(required(values, "parameters"), book.environment);
  return { ...from, parameters, read: () => book, save };
};

const run = async (values: Values): Promise<number> => {
  const isSending = values.has("send");
  const [book, url] = [await bookIn(values), rpcIn(values)];
  const provider = await openProvider(url, { chainId: book.chainId, pollingMs: POLLING_MS });
  try {
    await checkChain(provider, book, url);
    const told: string[] = [];
    const tell = values.has("json") ? (line: string): void => void told.push(line) : say;
    const context = await contextOf(values, { signer: signerFor(provider, isSending), say: tell }, book);
    if (isSending) await bringAbout(context);
    else if (!(await plan(context))) tell("nothing was sent; --send does it");
    if (values.has("json")) sayJson({ sent: isSending, steps: told });
    return 0;
  } finally {
    provider.destroy();
  }
};

/** Brings a deployment about, step by step, and says what is missing without being told to send. */
export const deploy: Command = {
  about: "say what a deployment lacks; with --send, do it. A second run sends nothing",
  example: "--rpc https://evm-rpc.sei-apis.com --book deployments/1329.json --parameters parameters.json",
  options: {
    ...READING_OPTIONS,
    parameters: needed({ value: "FILE", about: "limits, policies, guardian, governance; amounts as strings" }),
    send: { about: `really send, with the key in ${KEY}` },
  },
  run,
};
