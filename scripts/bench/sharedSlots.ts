/** A slot that operations of two agents may meet in, and why. `variable` is its name as the compiler has it. */
export type SharedSlot = {
  readonly contract: string;
  readonly variable: string;
  /** Both operations of a pair must be among these. */
  readonly operations: readonly string[];
  readonly why: string;
};

/** An `enact` in which each of the two agents votes for what the other proposes. */
export const CROSSED = "enact with each other's vote";

const ENACTING = ["enact", CROSSED] as const;
/** Numbers, totals and caps of all agents, packed into one slot so that joining creates none for them. */
const COUNTERS = "_agentCount, _operatorCount, _totalWeight, _takenSeats, _weightCap";
const PROPOSERS = [1, 2] as const;

/**
 * Every slot that two agents who have nothing to do with one another may meet in: `npm run bench -- conflicts` fails for
 * any other, and for one of these that nobody meets in any more. docs/conflicts.md has the arguments at length.
 */
export const SHARED_SLOTS: readonly SharedSlot[] = [
  {
    contract: "SandboxUSDC",
    variable: "_balances[Treasury]",
    operations: ENACTING,
    why: "one treasury: both spend its one balance of the token; other tokens are other slots",
  },
  {
    contract: "Mandate",
    variable: "_decreases[USDC]",
    operations: ENACTING,
    why: "the treasury's limit of the token per day binds all agents together; written only if a balance fell",
  },
  {
    contract: "Mandate",
    variable: "_losses",
    operations: ENACTING,
    why: "the treasury's limit of loss per day binds all agents together; written only if a balance fell",
  },
  ...PROPOSERS.map((agent) => ({
    contract: "AgentRegistry",
    variable: `_signerRecords[signer of agent ${agent}]`,
    operations: [CROSSED],
    why: "a seat holds weight and used nonces, so that a vote takes one load: who proposes and votes at once is read and written",
  })),
  {
    contract: "AgentRegistry",
    variable: COUNTERS,
    operations: ["registerMember", "rotateSigner"],
    why: "ids, seats and the total weight are one sequence; rare, and nothing that counts votes reads it",
  },
  {
    contract: "NexusToken",
    variable: "_balances[AgentRegistry]",
    operations: ["registerMember"],
    why: "bonds lie in one contract, and its balance is the proof that they are all there",
  },
];
