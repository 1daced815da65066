/** Which keys of the test mnemonic stand for whom in the sandbox, beside those that the sandbox itself uses. */
export const ROLE_INDICES = {
  deployer: 0,
  depositor: 1,
  /** Holds what of the DAO's token nobody else was given. */
  holder: 2,
  guardian: 3,
  firstOperator: 10,
  firstSigner: 20,
  /** Pays the gas of what was voted for; it has no vote. */
  executor: 40,
  /** Pays the gas of what waits on the slow path; it has no vote either. */
  steward: 41,
  /** Names the agent that watches the others; it signs and pays nothing. */
  alerts: 42,
  /** Pays the gas of what shows the breaker its evidence; it has no vote. */
  monitor: 43,
  firstMember: 50,
  /** Own the Safe that is a guardian of the breaker. */
  firstGuardianOwner: 60,
  /** Own the Safe that co-signs Critical proposals. */
  firstCoSignerOwner: 70,
} as const;

/** Names of the sandbox's two Safes in the address book. */
export const GUARDIAN_SAFE = "GuardianSafe";
export const CO_SIGNER_SAFE = "CoSignerSafe";

/** Each of the two Safes: how many owners it has, and how many must sign. */
export const SAFE_OWNERS = 3;
export const SAFE_THRESHOLD = 2;

/** One agent of the sandbox's fleet. `operator` counts from zero. */
export type FleetAgent = {
  readonly name: string;
  readonly kind: "arbitrage" | "risk";
  readonly operator: number;
};

/** Five voting agents of three operators: one proposes, all vote, no operator decides alone. */
export const FLEET: readonly FleetAgent[] = [
  { name: "searcher", kind: "arbitrage", operator: 0 },
  { name: "risk-1", kind: "risk", operator: 0 },
  { name: "risk-2", kind: "risk", operator: 1 },
  { name: "risk-3", kind: "risk", operator: 1 },
  { name: "risk-4", kind: "risk", operator: 2 },
];

/** What the treasury is to hold beside USDC. Each part is more than one Routine trade can bring, so it is voted for slowly. */
export const SPREAD = { targets: { WSEI: 250, WETH: 250 }, everyBlocks: 10 };

/** Members of the DAO, beside the depositor. */
export const MEMBERS = ["alice", "bob", "carol", "dan", "erin"] as const;

/** The DAO's token in whole units: all there are, and what each member and the depositor is given. */
export const TOKEN_SUPPLY = 1_000_000n;
export const MEMBER_SHARE = 100_000n;

/** The bond of each agent, in whole stake tokens: its weight. */
export const BOND = 1_000n;

const numbered = (name: string): readonly string[] =>
  Array.from({ length: SAFE_OWNERS }, (_, index) => `${name}-${index + 1}`);

/** Names of the owners of the two Safes. */
export const GUARDIAN_OWNERS = numbered("guardian-owner");
export const CO_SIGNER_OWNERS = numbered("cosigner-owner");

const indexed = (names: readonly string[], first: number): readonly (readonly [string, number])[] =>
  names.map((name, index) => [name, first + index]);

/** Who can be named on the command line in the sandbox, and which key of the test mnemonic is theirs. */
export const PEOPLE: ReadonlyMap<string, number> = new Map([
  ...indexed(MEMBERS, ROLE_INDICES.firstMember),
  ["depositor", ROLE_INDICES.depositor],
  ["guardian", ROLE_INDICES.guardian],
  ["holder", ROLE_INDICES.holder],
  ...indexed(
    FLEET.map(({ name }) => name),
    ROLE_INDICES.firstSigner,
  ),
  ...indexed(GUARDIAN_OWNERS, ROLE_INDICES.firstGuardianOwner),
  ...indexed(CO_SIGNER_OWNERS, ROLE_INDICES.firstCoSignerOwner),
]);
