import { formatUnits, parseUnits } from "ethers";
import { SandboxToken__factory } from "../../types/index.ts";
import { timeWords } from "../../keepers/views/times.ts";
import { readWeight } from "../../keepers/adapters/readers/weight.ts";
import { signBinding } from "../deploy/agents.ts";
import {
  type AgentContext,
  type AgentStep,
  COMMON,
  ID,
  OPERATOR_KEY,
  SENDING,
  SIGNER_KEY,
  agentIdIn,
  carryOut,
  keyIn,
  ownerOf,
  step,
  tell,
  withAgents,
} from "./agentContext.ts";
import { FILE_OPTIONS, profileFrom, profileIn } from "./agentFile.ts";
import { keyRows, renewal } from "./agentRenewal.ts";
import { type Command, type Commands, type Values, UsageError, needed, required, wholeNumber } from "../lib/command.ts";
import { weightWords } from "../../keepers/views/weight.ts";

const DECIMALS = 18;
const STATUSES = ["None", "Active", "Paused", "Terminated"];
/** How long a vote signer's consent is good for, in seconds. */
const PROOF_LIFE = 600;
const DEFAULT_OVERLAP = 3_600;

const AMOUNT_OF_BOND = { value: "N", about: "whole stake tokens; a fraction is written with a point" } as const;
const AMOUNT = needed(AMOUNT_OF_BOND);

/** An amount of stake, in its units. @throws UsageError when it is none */
const amountIn = (values: Values, name: string): bigint => {
  const text = required(values, name);
  if (!/^\d+(\.\d{1,18})?$/.test(text))
    throw new UsageError(`--${name} must be an amount like 1000 or 0.5, got “${text}”`);
  return parseUnits(text, DECIMALS);
};

const proofDeadline = async ({ provider }: AgentContext): Promise<bigint> =>
  BigInt((await provider.getBlock("latest"))?.timestamp ?? 0) + BigInt(PROOF_LIFE);

/** What must come first so that the registry can take `amount`; nothing when it may already. */
const approval = async (context: AgentContext, payer: string, amount: bigint): Promise<readonly AgentStep[]> => {
  const { registry, provider } = context;
  const stake = SandboxToken__factory.connect(await registry.STAKE_TOKEN(), provider);
  const spender = await registry.getAddress();
  if ((await stake.allowance(payer, spender)) >= amount) return [];
  const data = stake.interface.encodeFunctionData("approve", [spender, amount]);
  return [{ what: `approve ${formatUnits(amount, DECIMALS)} of stake`, to: await stake.getAddress(), data }];
};

const register: Command = {
  about: `make an agent of ${OPERATOR_KEY} that votes with ${SIGNER_KEY}`,
  example: "--bond 1000 --file agent.json",
  options: {
    ...SENDING,
    ...FILE_OPTIONS,
    bond: AMOUNT,
    uri: { value: "URI", about: "where the file lies, kept on chain too" },
  },
  run: (values) =>
    withAgents(values, async (context) => {
      const { registry, book } = context;
      const [owner, signer] = [keyIn(OPERATOR_KEY).address, keyIn(SIGNER_KEY)];
      const bond = amountIn(values, "bond");
      const profile = await profileFrom(values, signer.address);
      const deadline = await proofDeadline(context);
      const proof = await signBinding(book, signer, owner, deadline);
      const enrolment = { signer: signer.address, proofDeadline: deadline, proof, bond, profile };
      const approve = await approval(context, owner, bond);
      const data = registry.interface.encodeFunctionData("registerMember", [enrolment]);
      const join = { ...(await step(context, "register", data)), follows: approve.length > 0 };
      const idOf = async (): Promise<bigint> => (await registry.signerRecordOf(signer.address)).agentId;
      const uri = values.get("uri");
      const tellUri = { ...join, what: "set the uri", follows: true };
      const setUri = async (): Promise<string> =>
        registry.interface.encodeFunctionData("setAgentURI", [await idOf(), uri ?? ""]);
      const told = uri === undefined ? [] : [{ ...tellUri, data: setUri }];
      return carryOut(context, owner, [...approve, join, ...told], async () => ({ agentId: await idOf(), ...profile }));
    }),
};

const bond: Command = {
  about: "add to an agent's bond",
  example: "--id 1 --amount 500",
  options: { ...SENDING, id: ID, amount: AMOUNT },
  run: (values) =>
    withAgents(values, async (context) => {
      const [agentId, amount] = [agentIdIn(values), amountIn(values, "amount")];
      const owner = await ownerOf(context, agentId);
      const approve = await approval(context, owner, amount);
      const data = context.registry.interface.encodeFunctionData("addBond", [agentId, amount]);
      const add = { ...(await step(context, "add to the bond", data)), follows: approve.length > 0 };
      return carryOut(context, owner, [...approve, add]);
    }),
};

const unbond: Command = {
  about: "take a part of a bond out; a week later, --withdraw pays it",
  example: "--id 1 --amount 500",
  options: { ...SENDING, id: ID, amount: AMOUNT_OF_BOND, withdraw: { about: "pay what has unbonded to the owner" } },
  run: (values) =>
    withAgents(values, async (context) => {
      const agentId = agentIdIn(values);
      const { interface: abi } = context.registry;
      const made = values.has("withdraw")
        ? await step(context, "withdraw", abi.encodeFunctionData("withdrawBond", [agentId]))
        : await step(context, "unbond", abi.encodeFunctionData("unbond", [agentId, amountIn(values, "amount")]));
      return carryOut(context, await ownerOf(context, agentId), [made]);
    }),
};

const status: Command = {
  about: "what the chain says of an agent; reads only",
  example: "--id 1",
  options: { ...COMMON, id: ID },
  run: (values) =>
    withAgents(values, async (context) => {
      const { registry, provider } = context;
      const agentId = agentIdIn(values);
      const owner = await registry.ownerOf(agentId);
      const weight = await readWeight(registry, provider, BigInt(agentId));
      const agent = await registry.agentOf(agentId);
      const signerRecord = await registry.signerRecordOf(agent.signer);
      const stake = (amount: bigint): string => formatUnits(amount, DECIMALS);
      const time = (seconds: bigint): string | bigint => (values.has("json") ? seconds : timeWords(seconds));
      tell(values, {
        agentId,
        owner,
        wallet: await registry.getAgentWallet(agentId),
        uri: await registry.tokenURI(agentId),
        status: STATUSES[Number(agent.status)] ?? String(agent.status),
        signer: agent.signer,
        weight: weight.weight,
        weightEarned: weight.earned,
        score: weight.score,
        weightCap: weight.weightCap,
        weightSince: time(signerRecord.weightSince),
        votingSeat: agent.status === 0n ? "none" : signerRecord.votingSeat,
        bond: stake(agent.bond),
        unbonding: stake(agent.unbonding),
        unbondingEnd: time(agent.unbondingEnd),
        operatorWeight: weight.operatorWeight,
        operatorCap: weight.operatorCap,
        counts: weightWords(weight),
        profile: agent.profile,
        ...(await keyRows(context, agentId, time)),
      });
      return 0;
    }),
};

const rotationOf = async (context: AgentContext, agentId: number, owner: string): Promise<readonly AgentStep[]> => {
  const { values, registry, book } = context;
  const { interface: abi } = registry;
  if (values.has("revoke"))
    return [await step(context, "revoke every key", abi.encodeFunctionData("revokeKeys", [agentId]))];
  const overlap = wholeNumber(values, "overlap", 0) ?? DEFAULT_OVERLAP;
  const steps: AgentStep[] = [];
  if (process.env[SIGNER_KEY] !== undefined) {
    const signer = keyIn(SIGNER_KEY);
    const deadline = await proofDeadline(context);
    const proof = await signBinding(book, signer, owner, deadline);
    const args = [agentId, signer.address, overlap, deadline, proof] as const;
    steps.push(await step(context, "rotate the vote signer", abi.encodeFunctionData("rotateSigner", [...args])));
  }
  if (values.has("file") || values.has("message-key")) {
    const profile = await profileIn(values);
    steps.push(
      await step(
        context,
        "rotate the message keys",
        abi.encodeFunctionData("rotateProfile", [agentId, profile, overlap]),
      ),
    );
  }
  if (steps.length === 0)
    throw new UsageError(`nothing to rotate: put a key in ${SIGNER_KEY}, or give --file or --message-key`);
  return steps;
};

const rotateKeys: Command = {
  about: `give an agent new keys: a vote signer in ${SIGNER_KEY}, message keys by option`,
  example: "--id 1 --overlap 3600",
  options: {
    ...SENDING,
    id: ID,
    overlap: { value: "S", about: `seconds in which the old keys still count (${DEFAULT_OVERLAP})` },
    file: { value: "FILE", about: "the new registration file" },
    "message-key": FILE_OPTIONS["message-key"],
    "box-key": FILE_OPTIONS["box-key"],
    revoke: { about: "end every key now and pause: for when one was stolen" },
  },
  run: (values) =>
    withAgents(values, async (context) => {
      const agentId = agentIdIn(values);
      const owner = await ownerOf(context, agentId);
      return carryOut(context, owner, await rotationOf(context, agentId, owner));
    }),
};

/** A command that makes one call which takes the id alone. */
const simple = (
  about: string,
  options: Command["options"],
  callOf: (context: AgentContext, agentId: number) => readonly [name: string, data: string],
): Command => ({
  about,
  example: "--id 1",
  options: { ...SENDING, id: ID, ...options },
  run: (values) =>
    withAgents(values, async (context) => {
      const agentId = agentIdIn(values);
      const made = await step(context, ...callOf(context, agentId));
      return carryOut(context, await ownerOf(context, agentId), [made]);
    }),
});

const pause = simple(
  "take an agent's votes away; --resume gives them back",
  { resume: { about: "give them back" } },
  ({ values, registry }, id) =>
    values.has("resume")
      ? ["resume", registry.interface.encodeFunctionData("resume", [id])]
      : ["pause", registry.interface.encodeFunctionData("pause", [id])],
);

const terminate = simple("end an agent for ever and start to unbond all of it", {}, ({ registry }, id) => [
  "terminate",
  registry.interface.encodeFunctionData("terminate", [id]),
]);

/** `nexus agent …`: what an operator does with its agents. */
export const AGENT_COMMANDS: Commands = {
  "agent register": register,
  "agent bond": bond,
  "agent unbond": unbond,
  "agent status": status,
  "agent rotate-keys": rotateKeys,
  "agent renewal": renewal,
  "agent pause": pause,
  "agent terminate": terminate,
};
