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
  firstMember: 50,
} as const;

/** One agent of the sandbox's fleet. `operator` counts from zero. */
export type FleetAgent = {
  readonly name: string;
  readonly kind: "arbitrage" | "risk";
  readonly operator: number;
};

/** Five voting agents of three operators: one proposes, all vote, no operator decides alone. */
export const FLEET: readonly FleetAgent[] = [
  { name: "hunter", kind: "arbitrage", operator: 0 },
  { name: "risk-1", kind: "risk", operator: 0 },
  { name: "risk-2", kind: "risk", operator: 1 },
  { name: "risk-3", kind: "risk", operator: 1 },
  { name: "risk-4", kind: "risk", operator: 2 },
];

/** Members of the DAO, beside the depositor. */
export const MEMBERS = ["alice", "bob", "carol", "dan", "erin"] as const;

/** The DAO's token in whole units: all there are, and what each member and the depositor is given. */
export const TOKEN_SUPPLY = 1_000_000n;
export const MEMBER_SHARE = 100_000n;

/** The bond of each agent, in whole stake tokens: its weight. */
export const BOND = 1_000n;
