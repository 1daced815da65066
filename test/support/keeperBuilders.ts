import { keccak256 } from "ethers";
import type { ProposalMessage } from "../../keepers/core/bus.ts";
import type { CallRules } from "../../keepers/core/callRule.ts";
import { encodeV2Swap, encodeV3Single, v2Key, v3Key } from "./swaps.ts";
import type { ChainSnapshot, TokenState } from "../../keepers/core/chainSnapshot.ts";
import { type Hex, type Keccak, hex } from "../../keepers/core/hex.ts";
import { type MandateLeaf, mandateTree } from "../../keepers/core/merkle.ts";
import { type CallProof, type Proposal, ROUTINE, ZERO_ADDRESS } from "../../keepers/core/proposal.ts";
import { proposalHasher } from "../../keepers/core/proposalHash.ts";
import type { SignerRecord } from "../../keepers/core/signerRecord.ts";
import { type Address, address, blockNumber, unixSeconds } from "../../keepers/core/units.ts";
import type { Decoders } from "../../keepers/core/protocols/all.ts";
import { erc20 } from "../../keepers/core/protocols/erc20.ts";
import type { Protocol } from "../../keepers/core/protocols/protocol.ts";
import { uniswapV2 } from "../../keepers/core/protocols/uniswapV2.ts";
import { uniswapV3 } from "../../keepers/core/protocols/uniswapV3.ts";

export const keccak: Keccak = (data) => hex(keccak256(data));

/** A recognisable address: its number in hex, padded. */
export const account = (n: number): Address => address(`0x${n.toString(16).padStart(40, "0")}`);

export const WAD = 10n ** 18n;
export const USDC = account(0x1001);
export const WSEI = account(0x1002);
export const V2_ROUTER = account(0x2001);
export const V3_ROUTER = account(0x2002);
export const TREASURY = account(0x3001);
export const CONSENSUS = account(0x3002);
const DECODERS = { erc20: account(0x4001), v2: account(0x4002), v3: account(0x4003) };
const DECODER_LIST: Decoders = new Map<Address, Protocol>([
  [DECODERS.erc20, erc20],
  [DECODERS.v2, uniswapV2],
  [DECODERS.v3, uniswapV3],
]);
export const FEE = 500n;

export const RULES: CallRules = {
  keccak,
  environment: { treasury: TREASURY, core: new Set([TREASURY, CONSENSUS]), decoders: DECODER_LIST },
};

const digest = proposalHasher(keccak, { chainId: 1329n, consensus: CONSENSUS });
const digests = new WeakMap<Proposal, Hex>();

/** The digest of a proposal, computed once for each. */
export const hashOf = (proposal: Proposal): Hex => {
  const known = digests.get(proposal) ?? digest(proposal);
  digests.set(proposal, known);
  return known;
};

const LEAVES: readonly MandateLeaf[] = [[USDC, WSEI] as const, [WSEI, USDC] as const].flatMap(([tokenIn, tokenOut]) => [
  {
    target: V2_ROUTER,
    selector: uniswapV2.pools.selector,
    decoder: DECODERS.v2,
    key: v2Key(keccak, { tokenIn, tokenOut }),
    minClass: ROUTINE,
  },
  {
    target: V3_ROUTER,
    selector: uniswapV3.pools.selector,
    decoder: DECODERS.v3,
    key: v3Key(keccak, { tokenIn, feePips: FEE, tokenOut }),
    minClass: ROUTINE,
  },
]);

const TREE = mandateTree(keccak, LEAVES);
export const ROOT = TREE.root;

/** The call proof of one of the permitted swaps. */
export const callProofFor = (kind: "v2" | "v3", tokenIn: Address): CallProof => {
  const index = (tokenIn === USDC ? 0 : 2) + (kind === "v2" ? 0 : 1);
  const leaf = LEAVES[index];
  if (leaf === undefined) throw new Error("no such leaf");
  return { decoder: leaf.decoder, minClass: leaf.minClass, proof: TREE.proofOf(leaf) ?? [] };
};

/** An active seat: agent n of operator n, weight 1,000, with nonces used up to 10. */
export const signerRecord = (n: number, changes: Partial<SignerRecord> = {}): SignerRecord => ({
  signer: account(0x5000 + n),
  agentId: BigInt(n),
  operatorId: BigInt(n),
  weight: 1_000n,
  status: "Active",
  validUntil: unixSeconds(0n),
  highestNonce: 10n,
  nonceWindow: 1n,
  votingSeat: n - 1,
  weightSince: unixSeconds(0n),
  ...changes,
});

export const tokenState = (token: Address, changes: Partial<TokenState> = {}): TokenState => {
  const isUsdc = token === USDC;
  const middle = isUsdc ? WAD : (3n * WAD) / 10n;
  const unit = isUsdc ? 10n ** 6n : WAD;
  return {
    token,
    decimals: isUsdc ? 6 : 18,
    balance: 1_000_000n * unit,
    status: "Ready",
    price: { middle, lower: (middle * 99n) / 100n, upper: (middle * 101n) / 100n },
    perAction: 500_000n * unit,
    remainingForAgent: 100_000n * unit,
    remainingForAll: 100_000n * unit,
    level: "Normal",
    ...changes,
  };
};

/** Block 100 at second 1,000, five seats, two tokens, everything well. */
export const chainSnapshot = (changes: Partial<ChainSnapshot> = {}): ChainSnapshot => ({
  block: blockNumber(100n),
  time: unixSeconds(1_000n),
  tokens: [tokenState(USDC), tokenState(WSEI)],
  signerRecords: [1, 2, 3, 4, 5].map((n) => signerRecord(n)),
  levels: new Map([
    [V2_ROUTER, "Normal"],
    [V3_ROUTER, "Normal"],
  ]),
  everything: "Normal",
  policy: { threshold: 3_000n, minVoters: 3n, minOperators: 2n, maxDeadline: 60n },
  mandateRoot: ROOT,
  lossPerAction: 500n * WAD,
  remainingLoss: 1_000n * WAD,
  treasuryValue: { lower: 10n ** 12n, upper: 10n ** 12n },
  ...changes,
});

/** 300 USDC for 1,001 WSEI on v2, and those for 300.2 USDC on v3: a gain of 0.2 USDC. */
export const honestProposal = (changes: Partial<Proposal> = {}): Proposal => {
  const wsei = 1_001n * WAD;
  const [spent, got] = [300_000_000n, 300_200_000n];
  const deadline = changes.deadline ?? unixSeconds(1_004n);
  return {
    agentId: 1n,
    nonce: 11n,
    deadline,
    submitter: ZERO_ADDRESS,
    maxLoss: 0n,
    forecast: 198_000_000_000_000_000n,
    calls: [
      encodeV2Swap(
        { router: V2_ROUTER, tokenIn: USDC, tokenOut: WSEI, amountIn: spent, minOut: wsei, recipient: TREASURY },
        deadline,
      ),
      encodeV3Single(
        { router: V3_ROUTER, tokenIn: WSEI, tokenOut: USDC, amountIn: wsei, minOut: got, recipient: TREASURY },
        FEE,
      ),
    ],
    conditions: [],
    evidence: `0x${"ab".repeat(32)}`,
    ...changes,
  };
};

/** The message of a proposal, its digest right and its profit as the calls promise it. */
export const messageOf = (
  proposal: Proposal = honestProposal(),
  changes: Partial<ProposalMessage> = {},
): ProposalMessage => ({
  hash: hashOf(proposal),
  proposal,
  callProofs: [callProofFor("v2", USDC), callProofFor("v3", WSEI)],
  expectedProfit: { token: USDC, amount: 200_000n },
  gasCost: 1_000n,
  block: blockNumber(100n),
  seenAtMs: 0,
  ...changes,
});

/** A signature that a fake `recover` takes for `signer`'s. */
export const fakeSignature = (signer: Address): Hex => `0x${signer.slice(2).padStart(128, "0")}`;
export const fakeRecover = (_hash: Hex, signature: Hex): Address | undefined =>
  /^0x0{88}[0-9a-f]{40}$/.test(signature) ? address(`0x${signature.slice(-40)}`) : undefined;
