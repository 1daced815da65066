import { AbiCoder, type Provider, concat, isError } from "ethers";
import type { AddressBook } from "../../../deployments/schema.ts";
import { AgentRegistry__factory, CircuitBreaker__factory, Consensus__factory } from "../../../types/index.ts";
import { rolesOf } from "./contracts.ts";
import { type Dao, daoOf, interfaceAt } from "./contracts.ts";
import { breakerGuardians, slowPathPowers } from "./guardians.ts";
import { type LogSource, readSince } from "./logs.ts";
import { type Power, isSame, wordsOf } from "./powers.ts";
import { recorderPowers } from "./recorders.ts";
import { spanWords, votesWords } from "../../views/spans.ts";
import { addressOf } from "../../../deployments/lookup.ts";
import { SETTING_NAMES } from "../chain/reverts.ts";

/** What obeys the timelock by its immutable `ADMIN`. */
export const ADMINISTERED = [
  "AgentRegistry",
  "Consensus",
  "Mandate",
  "Treasury",
  "OracleHub",
  "CircuitBreaker",
  "BreakerEvidence",
  "Reputation",
  "Escrow",
  "FeeSplitter",
] as const;

/** How settings that are no spans of time are told. */
const SETTING_WORDS: Readonly<Partial<Record<string, (value: bigint) => string>>> = {
  "proposal threshold": (units) => `${votesWords(units)} votes`,
  quorum: (percent) => `${percent} % of the supply`,
};

/** Whether the accounts are exactly the one that is wanted. */
const isAlone = (accounts: readonly string[], wanted: string): boolean => {
  const [first, ...others] = accounts;
  return first !== undefined && isSame(first, wanted) && others.length === 0;
};

/** The accounts that hold a role of the timelock: everybody it was ever granted to, asked whether they still do. */
const holdersOf = async ({ timelock }: Dao, source: LogSource, role: string): Promise<readonly string[]> => {
  const granted = await readSince(source, "Timelock", (span) =>
    timelock.queryFilter(timelock.filters.RoleGranted(role), span.from, span.to),
  );
  const accounts = [...new Set(granted.map(({ args }) => args.account))];
  const holds = await Promise.all(accounts.map((account) => timelock.hasRole(role, account)));
  return accounts.filter((_, i) => holds[i] === true);
};

/** Who may do what in the timelock: the governor alone, and the timelock itself its own roles. [NX-DAO-06] */
const timelockPowers = async (dao: Dao, source: LogSource): Promise<readonly Power[]> => {
  const { book, timelock } = dao;
  const [governor, self] = [addressOf(book, "NexusGovernor"), addressOf(book, "Timelock")];
  const roles = await rolesOf(timelock);
  const wanted = [
    ["schedule in the timelock", roles.proposer, governor],
    ["cancel in the timelock", roles.canceller, governor],
    ["execute in the timelock", roles.executor, governor],
    ["change the timelock's roles", roles.admin, self],
  ] as const;
  return Promise.all(
    wanted.map(async ([what, role, holder]) => {
      const holders = await holdersOf(dao, source, role);
      return { what, value: wordsOf(book, holders), isRight: isAlone(holders, holder) };
    }),
  );
};

/** The account that deployed. @throws Error when the chain lacks the deployment's transaction */
const deployerOf = async (book: AddressBook, provider: Provider): Promise<string> => {
  const tx = await provider.getTransaction(book.contracts["Timelock"]?.tx ?? "");
  if (tx === null) throw new Error("the chain has no transaction that deployed the timelock");
  return tx.from;
};

/** Whatever the account that deployed may still do. */
const deployerPowers = async (
  { timelock, governor }: Dao,
  deployer: string,
  guardians: readonly string[],
): Promise<Power> => {
  const roles = Object.entries(await rolesOf(timelock));
  const held = await Promise.all(roles.map(([, role]) => timelock.hasRole(role, deployer)));
  const rights = [
    ...roles.flatMap(([name], i) => (held[i] === true ? [`${name} of the timelock`] : [])),
    ...(guardians.some((guardian) => isSame(guardian, deployer)) ? ["guardian of the breaker"] : []),
    ...(isSame(await governor.proposalGuardian(), deployer) ? ["guardian of proposals"] : []),
  ];
  const value = rights.length === 0 ? `none (${deployer})` : `${rights.join(", ")} (${deployer})`;
  return { what: "rights of the deployer", value, isRight: rights.length === 0 };
};

/** What the governor is set to, and within which limits it can be set otherwise. [NX-DAO-02] */
const settingPowers = ({ governor }: Dao): Promise<readonly Power[]> =>
  Promise.all(
    SETTING_NAMES.map(async (what, setting) => {
      const words = SETTING_WORDS[what] ?? spanWords;
      const { value, minimum, maximum } = await governor.settingOf(setting);
      const limits = `${words(minimum)} to ${words(maximum)}`;
      return { what, value: `${words(value)}, settable to ${limits}`, isRight: value >= minimum && value <= maximum };
    }),
  );

/** What answers only to one contract, whose address no getter tells: the function, and the error that others get. */
const GATES = [
  {
    what: "make the treasury act",
    gated: "Treasury",
    name: "execute",
    error: "NotExecutingConsensus",
    by: "Consensus",
  },
  { what: "charge the mandate's limits", gated: "Mandate", name: "charge", error: "NotTreasury", by: "Treasury" },
] as const;

/** Whether a call with empty arguments is refused because of who makes it. */
const isRefused = async (
  provider: Provider,
  call: { readonly from: string; readonly to: string; readonly data: string },
  selector: string,
): Promise<boolean> => {
  try {
    await provider.call(call);
    return false;
  } catch (error) {
    return isError(error, "CALL_EXCEPTION") && error.data?.startsWith(selector) === true;
  }
};

/** Who is not turned away at a gate, found by trying it in the name of every contract of the book and of `strangers`. */
const gatePowers = async (
  book: AddressBook,
  provider: Provider,
  strangers: readonly string[],
): Promise<readonly Power[]> => {
  const candidates = [...Object.values(book.contracts).map(({ address }) => address), ...strangers];
  return Promise.all(
    GATES.map(async ({ what, gated, name, error, by }) => {
      const to = addressOf(book, gated);
      const abi = interfaceAt(book, to);
      const [fragment, refusal] = [abi?.getFunction(name) ?? null, abi?.getError(error) ?? null];
      if (fragment === null || refusal === null) throw new Error(`${gated} has no ${name} or no ${error}`);
      const coder = AbiCoder.defaultAbiCoder();
      const data = concat([fragment.selector, coder.encode(fragment.inputs, coder.getDefaultValue(fragment.inputs))]);
      const refused = await Promise.all(
        candidates.map((from) => isRefused(provider, { from, to, data }, refusal.selector)),
      );
      const may = candidates.filter((_, i) => refused[i] === false);
      return { what, value: wordsOf(book, may), isRight: isAlone(may, addressOf(book, by)) };
    }),
  );
};

const guardianPower = async ({ governor, book }: Dao): Promise<Power> => {
  const guardian = await governor.proposalGuardian();
  const end = new Date(Number(await governor.guardianTermEnd()) * 1000).toISOString();
  const isNobody = BigInt(guardian) === 0n;
  return {
    what: "cancel proposals",
    value: isNobody
      ? "nobody: no guardian in office"
      : `${wordsOf(book, [guardian])} until ${end}, but no change of guardian`,
  };
};

/** The time to exit beside the delay. [NX-DAO-05] */
const exitPower = async ({ treasury, timelock }: Dao): Promise<Power> => {
  const [exit, delay] = [await treasury.MIN_HOLDING_TIME(), await timelock.getMinDelay()];
  const value = `${spanWords(exit)}, before what was decided takes effect after ${spanWords(delay)}`;
  return { what: "depositors leave within", value, isRight: delay > exit };
};

const wiring = async (dao: Dao, provider: Provider): Promise<readonly Power[]> => {
  const { book, governor } = dao;
  const at = (name: string): string => addressOf(book, name);
  const consensus = Consensus__factory.connect(at("Consensus"), provider);
  const stake = await AgentRegistry__factory.connect(at("AgentRegistry"), provider).STAKE_TOKEN();
  const bound = [
    ["votes in the DAO", await governor.token(), "NexusToken"],
    ["the governor decides for", await governor.timelock(), "Timelock"],
    ["agents' votes are counted by", await consensus.REGISTRY(), "AgentRegistry"],
    ["agents' proposals are executed by", await consensus.EXECUTOR(), "Treasury"],
  ] as const;
  return [
    ...bound.map(([what, account, name]) => ({
      what,
      value: wordsOf(book, [account]),
      isRight: isSame(account, at(name)),
    })),
    { what: "bonds are posted in", value: wordsOf(book, [stake]) },
  ];
};

/** Whether the timelock administers every contract. @throws Error when the book lacks one */
export const adminPowers = (book: AddressBook, provider: Provider): Promise<readonly Power[]> => {
  const timelock = addressOf(book, "Timelock");
  return Promise.all(
    ADMINISTERED.map(async (name) => {
      // All of them answer ADMIN() alike.
      const admin = await CircuitBreaker__factory.connect(addressOf(book, name), provider).ADMIN();
      return { what: `${name} obeys`, value: wordsOf(book, [admin]), isRight: isSame(admin, timelock) };
    }),
  );
};

/**
 * Who can do what, read from the chain: the contracts' administrator, the timelock's roles, the governor's settings, the
 * guardians, and what the deployer kept.
 * @throws Error when the chain does not answer or the book lacks a contract
 */
export const readPowers = async (source: LogSource): Promise<readonly Power[]> => {
  const { book, provider } = source;
  const dao = daoOf(book, provider);
  const guardians = await breakerGuardians(source);
  const supply = await dao.token.totalSupply();
  const deployer = await deployerOf(book, provider);
  return [
    ...(await adminPowers(book, provider)),
    ...(await timelockPowers(dao, source)),
    ...(await wiring(dao, provider)),
    await guardianPower(dao),
    ...(await recorderPowers(source)),
    { what: "raise the breaker", value: wordsOf(book, guardians) },
    ...(await slowPathPowers(book, provider, guardians)),
    ...(await gatePowers(book, provider, [deployer, ...guardians])),
    await deployerPowers(dao, deployer, guardians),
    await exitPower(dao),
    ...(await settingPowers(dao)),
    { what: "supply of the DAO's token", value: `${votesWords(supply)}, for ever` },
  ];
};
