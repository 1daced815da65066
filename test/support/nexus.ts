import { buildMandateTree } from "../../deployments/mandateTree.ts";
import { SELECTOR, erc20Leaf, callProofOf } from "./calls.ts";
import { DAY, type Signer, USDC, WAD, ZERO, actors, at, ethers, now, time, voteKey } from "./chain.ts";
import { RISK } from "./enums.ts";
import { type Call, type Proposal, type Voter, proposalDigest, signBinding, signVotes, votingDomain } from "./votes.ts";

/** What each agent posts, and so weighs. */
export const BOND = 1_000n * WAD;
export const WEIGHT = 1_000n;
export const MIN_BOND = 100n * WAD;
export const WEIGHT_CAP = 2_000n;
/** Two agents of one operator that have the fixture's bond fit under it, with room for as much again and a half. */
export const OPERATOR_CAP = 3_500n;
export const HOLDING_TIME = 3_600n;
/** Dollars of loss, 18 decimals. */
export const LOSS_LIMIT = { perAction: 10_000n * WAD, perDay: 40_000n * WAD } as const;
/** In whole tokens. */
const TOKEN_LIMIT = { perAction: 100_000n, perAgentDay: 200_000n, perDay: 400_000n } as const;
export const USDC_LIMIT = limitOf(USDC);
export const WSEI_LIMIT = limitOf(WAD);
export const POLICY = { threshold: 3_000n, minVoters: 3n, minOperators: 2n, maxDeadline: 60n, delay: 0n } as const;
/** What the slow path's classes demand: a minute of delay. */
export const SLOW_POLICY = { ...POLICY, maxDeadline: 86_400n, delay: 60n } as const;
export const PRICE = { usdc: WAD, wsei: (3n * WAD) / 10n, weth: 3_000n * WAD } as const;
/** How far a stand-in source is believed: for a day, within 1 %. */
export const SOURCE_AGE = DAY;
export const SOURCE_BPS = 100n;
const BAND_BPS = 500n;
/** How much of them counts: a hundred times what the funded treasury holds of WSEI, and some millions of dollars of WETH. */
const WSEI_CAP = 100_000_000n * WAD;
const WETH_CAP = 1_000n * WAD;

function limitOf(unit: bigint) {
  return {
    perAction: TOKEN_LIMIT.perAction * unit,
    perAgentDay: TOKEN_LIMIT.perAgentDay * unit,
    perDay: TOKEN_LIMIT.perDay * unit,
  };
}

/** Whose agent is whose: five agents of three operators. */
const OPERATORS = ["operatorA", "operatorA", "operatorB", "operatorB", "operatorC"] as const;

const deployTokens = async () => ({
  usdc: await ethers.deployContract("SandboxUSDC"),
  wsei: await ethers.deployContract("SandboxToken", ["Wrapped SEI", "WSEI"]),
  weth: await ethers.deployContract("SandboxToken", ["Wrapped Ether", "WETH"]),
  stake: await ethers.deployContract("SandboxToken", ["Stake", "STK"]),
});

const deploySources = async () => ({
  usdc: await ethers.deployContract("MockSource", [PRICE.usdc]),
  wsei: await ethers.deployContract("MockSource", [PRICE.wsei]),
  weth: await ethers.deployContract("MockSource", [PRICE.weth]),
});

/** The core contracts know each other from birth, so their addresses are computed before the first exists. */
const deployCore = async (
  deployer: Signer,
  roles: { readonly admin: string; readonly guardian: string },
  tokens: { readonly usdc: string; readonly stake: string; readonly reputation: string },
) => {
  const nonce = await deployer.getNonce();
  const address = (offset: number) => ethers.getCreateAddress({ from: deployer.address, nonce: nonce + offset });
  const [registryAt, consensusAt, mandateAt, treasuryAt] = [address(0), address(1), address(2), address(3)];
  const [hubAt, breakerAt] = [address(4), address(5)];
  const { admin, guardian } = roles;
  const others = [consensusAt, registryAt, hubAt, breakerAt];
  return {
    registry: await ethers.deployContract("AgentRegistry", [
      admin,
      consensusAt,
      tokens.reputation,
      tokens.stake,
      MIN_BOND,
      WEIGHT_CAP,
      OPERATOR_CAP,
    ]),
    consensus: await ethers.deployContract("Consensus", [admin, registryAt, treasuryAt, breakerAt]),
    mandate: await ethers.deployContract("Mandate", [admin, treasuryAt, tokens.reputation, others]),
    treasury: await ethers.deployContract("Treasury", [
      admin,
      consensusAt,
      mandateAt,
      hubAt,
      breakerAt,
      tokens.usdc,
      HOLDING_TIME,
    ]),
    hub: await ethers.deployContract("OracleHub", [admin]),
    breaker: await ethers.deployContract("CircuitBreaker", [admin, guardian]),
  };
};

/** Deploys what scores agents, given the administrator and where the registry is going to be. */
type DeployReputation<R> = (admin: string, registryAt: string) => Promise<R>;
const mockReputation = () => ethers.deployContract("MockReputation");

const bareWith = async <R extends { readonly getAddress: () => Promise<string> }>(
  deployReputation: DeployReputation<R>,
) => {
  const roles = await actors();
  const tokens = await deployTokens();
  const sources = await deploySources();
  const decoders = {
    erc20: await ethers.deployContract("Erc20Decoder"),
    v2: await ethers.deployContract("UniswapV2Decoder"),
    v3: await ethers.deployContract("UniswapV3Decoder"),
  };
  // The registry follows it.
  const nonce = (await roles.deployer.getNonce()) + 1;
  const reputation = await deployReputation(
    roles.admin.address,
    ethers.getCreateAddress({ from: roles.deployer.address, nonce }),
  );
  const core = await deployCore(
    roles.deployer,
    { admin: roles.admin.address, guardian: roles.guardian.address },
    {
      usdc: await tokens.usdc.getAddress(),
      stake: await tokens.stake.getAddress(),
      reputation: await reputation.getAddress(),
    },
  );
  const addresses = {
    usdc: await tokens.usdc.getAddress(),
    wsei: await tokens.wsei.getAddress(),
    weth: await tokens.weth.getAddress(),
    registry: await core.registry.getAddress(),
    consensus: await core.consensus.getAddress(),
    mandate: await core.mandate.getAddress(),
    treasury: await core.treasury.getAddress(),
    hub: await core.hub.getAddress(),
    breaker: await core.breaker.getAddress(),
    decoders: {
      erc20: await decoders.erc20.getAddress(),
      v2: await decoders.v2.getAddress(),
      v3: await decoders.v3.getAddress(),
    },
  };
  const domain = votingDomain(addresses.consensus);
  return { ...roles, ...tokens, ...core, reputation, sources, decoders, addresses, domain };
};

/** Everything deployed and wired, nothing configured: no feed, no policy, no mandate, no agent. */
export const bareFixture = () => bareWith(mockReputation);

type Bare = Omit<Awaited<ReturnType<typeof bareFixture>>, "reputation">;

/** A profile whose words are told apart by `seed`; nobody has the private halves. */
export const profileOf = (seed: string) => ({
  uriDigest: ethers.id(`uri ${seed}`),
  messageKey: ethers.id(`message ${seed}`),
  boxKey: ethers.id(`box ${seed}`),
});

/** Registers an agent of `operator` with `key` as its vote signer. */
export const registerAgent = async (
  f: Pick<Bare, "registry" | "stake" | "deployer">,
  agent: { readonly operator: Signer; readonly key: ReturnType<typeof voteKey>; readonly bond?: bigint },
): Promise<void> => {
  const { operator, key, bond = BOND } = agent;
  const registry = await f.registry.getAddress();
  await f.stake.connect(f.deployer).mint(operator.address, bond);
  await f.stake.connect(operator).approve(registry, bond);
  const deadline = (await now()) + 600n;
  const proof = await signBinding(registry, operator.address, key, deadline);
  const profile = profileOf(key.address);
  await f.registry
    .connect(operator)
    .registerMember({ signer: key.address, proofDeadline: deadline, proof, bond, profile });
};

/** A source as a feed names it. */
export const sourceOf = (reader: string, deviationBps = SOURCE_BPS) => ({ reader, maxAge: SOURCE_AGE, deviationBps });

/** Configures feeds and listed assets. */
const configureAssets = async (f: Bare): Promise<void> => {
  const hub = f.hub.connect(f.admin);
  const feed = (decimals: bigint) => ({ decimals, quorum: 1n, maxBandBps: BAND_BPS });
  await hub.setFeed(f.addresses.usdc, feed(6n), [sourceOf(await f.sources.usdc.getAddress(), 0n)]);
  await hub.setFeed(f.addresses.wsei, feed(18n), [sourceOf(await f.sources.wsei.getAddress())]);
  await hub.setFeed(f.addresses.weth, feed(18n), [sourceOf(await f.sources.weth.getAddress())]);
  await f.treasury.connect(f.admin).addAsset(f.addresses.wsei, WSEI_CAP);
  await f.treasury.connect(f.admin).addAsset(f.addresses.weth, WETH_CAP);
};

/** The calls that the unit tests' mandate permits. WETH may leave only by an Elevated decision. */
const permittedLeaves = (f: Bare) => {
  const { usdc, wsei, weth, decoders } = f.addresses;
  const counterparty = f.payee.address;
  return {
    payUsdc: erc20Leaf(decoders, { token: usdc, counterparty, selector: SELECTOR.transfer }),
    payWsei: erc20Leaf(decoders, { token: wsei, counterparty, selector: SELECTOR.transfer }),
    approveUsdc: erc20Leaf(decoders, { token: usdc, counterparty, selector: SELECTOR.approve }),
    payWeth: erc20Leaf(decoders, { token: weth, counterparty, selector: SELECTOR.transfer }, Number(RISK.elevated)),
  };
};

const configureMandate = async (f: Bare) => {
  const leaves = permittedLeaves(f);
  const tree = buildMandateTree(Object.values(leaves));
  const mandate = f.mandate.connect(f.admin);
  await mandate.setRoot(tree.root, "ipfs://leaves");
  await mandate.setTokenLimit(f.addresses.usdc, USDC_LIMIT);
  await mandate.setTokenLimit(f.addresses.wsei, WSEI_LIMIT);
  await mandate.setLossLimit(LOSS_LIMIT);
  return { leaves, tree };
};

const configured = async <B extends Bare>(f: B) => {
  const voters: readonly Voter[] = OPERATORS.map((_, index) => ({ agentId: BigInt(index + 1), key: voteKey(index) }));
  for (const [index, operator] of OPERATORS.entries()) {
    await registerAgent(f, { operator: f[operator], key: at(voters, index).key });
  }
  await f.consensus.connect(f.admin).setPolicy(RISK.routine, POLICY);
  await configureAssets(f);
  return { ...f, ...(await configureMandate(f)), voters };
};

/** Everything deployed and configured, with five voting agents; the treasury is empty. */
export const nexusFixture = async () => configured(await bareFixture());

/** What most helpers need of a fixture; who scores agents differs. */
export type Nexus = Omit<Awaited<ReturnType<typeof nexusFixture>>, "reputation">;

/** Gives `account` USDC and lets the treasury take it. */
export const fundDepositor = async (
  f: Pick<Bare, "usdc" | "deployer" | "treasury">,
  account: Signer,
  amount: bigint,
): Promise<void> => {
  await f.usdc.connect(f.deployer).mint(account.address, amount);
  await f.usdc.connect(account).approve(await f.treasury.getAddress(), amount);
};

export const DEPOSIT = 1_000_000n * USDC;
export const WSEI_HELD = 1_000_000n * WAD;

const funded = async <N extends Bare>(f: N): Promise<N> => {
  await fundDepositor(f, f.depositor, DEPOSIT);
  await f.treasury.connect(f.depositor).deposit(DEPOSIT, f.depositor.address);
  await f.wsei.connect(f.deployer).mint(f.addresses.treasury, WSEI_HELD);
  await time.increase(HOLDING_TIME);
  return f;
};

/** One depositor, whose shares are no longer fresh, and a treasury of 1 M USDC and 1 M WSEI (300,000 USD). */
export const fundedFixture = async () => funded(await nexusFixture());

/** The same, with scores by the real `Reputation` instead of those that a test sets. */
export const fundedWith = async <R extends { readonly getAddress: () => Promise<string> }>(
  deployReputation: DeployReputation<R>,
) => funded(await configured(await bareWith(deployReputation)));

/** A proposal of agent 1 that expires in half a minute; `changes` says what is special about it. */
export const proposalOf = async (calls: readonly Call[], changes: Partial<Proposal> = {}): Promise<Proposal> => ({
  agentId: 1n,
  nonce: 1n,
  deadline: (await now()) + 30n,
  submitter: ZERO,
  maxLoss: LOSS_LIMIT.perAction,
  forecast: 0n,
  calls: [...calls],
  conditions: [],
  evidence: ethers.id("evidence"),
  ...changes,
});

/** A proposal whose calls all use the leaf that permits them, with call proofs and the votes of `voters`. */
export const votedProposalOf = (
  f: Pick<Nexus, "domain" | "voters">,
  proposal: Proposal,
  voters: readonly Voter[] = f.voters,
) => ({
  votes: signVotes(f.domain, proposal, voters),
  digest: proposalDigest(f.domain, proposal),
});

/** Call proofs for leaves of the fixture's own tree. */
export const callProofsOf = (f: Pick<Nexus, "tree">, leaves: readonly Parameters<typeof callProofOf>[1][]) =>
  leaves.map((leaf) => callProofOf(f.tree, leaf));
