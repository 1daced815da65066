import {
  type LensQuery,
  type LensAnswer,
  decodeSnapshot,
  encodeSnapshotCall,
} from "../../keepers/adapters/chain/lens.ts";
import type { CallRules } from "../../keepers/core/callRule.ts";
import { hex } from "../../keepers/core/hex.ts";
import {
  type Condition,
  type CallProof,
  type Proposal,
  type RiskClass,
  CONDITION_KIND,
} from "../../keepers/core/proposal.ts";
import { type Address, address, unixSeconds } from "../../keepers/core/units.ts";
import type { CallProof as PlainCallProof } from "./calls.ts";
import { ethers } from "./chain.ts";
import { keccak } from "./keeperBuilders.ts";
import type { Nexus } from "./nexus.ts";
import type { Proposal as PlainProposal } from "./votes.ts";
import { erc20 } from "../../keepers/core/protocols/erc20.ts";
import type { Protocol } from "../../keepers/core/protocols/protocol.ts";
import { uniswapV2 } from "../../keepers/core/protocols/uniswapV2.ts";
import { uniswapV3 } from "../../keepers/core/protocols/uniswapV3.ts";

/** The lens of the unit tests' deployment. */
export const deployLens = async (f: Pick<Nexus, "addresses">): Promise<Address> => {
  const { consensus, mandate, hub, breaker } = f.addresses;
  const lens = await ethers.deployContract("NexusLens", [consensus, mandate, hub, breaker]);
  return address(await lens.getAddress());
};

/** What a keeper sees of the deployment now, by the lens. */
export const lookAt = async (
  lens: Address,
  f: Pick<Nexus, "addresses">,
  more: Partial<LensQuery>,
): Promise<LensAnswer> => {
  const { usdc, wsei, weth } = f.addresses;
  const query: LensQuery = {
    v2Pools: [],
    v3Pools: [],
    v3Words: [],
    tokens: [
      { address: address(usdc), symbol: "USDC", decimals: 6 },
      { address: address(wsei), symbol: "WSEI", decimals: 18 },
      { address: address(weth), symbol: "WETH", decimals: 18 },
    ],
    signers: [],
    scopes: [],
    agentId: 1n,
    ...more,
  };
  return decodeSnapshot(query, await ethers.provider.call({ to: lens, data: encodeSnapshotCall(query) }));
};

/** The keepers' rules for the deployment. */
export const rulesOf = ({ addresses, admin }: Pick<Nexus, "addresses" | "admin">): CallRules => {
  const { treasury, consensus, registry, mandate, hub, breaker, decoders } = addresses;
  const core = [treasury, consensus, registry, mandate, hub, breaker, admin.address].map(address);
  return {
    keccak,
    environment: {
      treasury: address(treasury),
      core: new Set(core),
      decoders: new Map<Address, Protocol>([
        [address(decoders.erc20), erc20],
        [address(decoders.v2), uniswapV2],
        [address(decoders.v3), uniswapV3],
      ]),
    },
  };
};

const riskClass = (value: number): RiskClass => (value === 0 ? 0 : value === 1 ? 1 : 2);

const toCondition = (plain: PlainProposal["conditions"][number]): Condition => {
  const kind = Object.values(CONDITION_KIND).find((value) => value === plain.kind);
  if (kind === undefined) throw new RangeError(`no kind of condition has the value ${plain.kind}`);
  return { kind, subject: address(plain.subject), holder: address(plain.holder), amount: plain.amount };
};

/** A proposal as the contracts' tests write it, as keepers do. */
export const toProposal = (plain: PlainProposal): Proposal => ({
  ...plain,
  deadline: unixSeconds(plain.deadline),
  submitter: address(plain.submitter),
  calls: plain.calls.map(({ target, data }) => ({ target: address(target), data: hex(data) })),
  conditions: plain.conditions.map(toCondition),
  evidence: hex(plain.evidence),
});

export const toCallProofs = (plain: readonly PlainCallProof[]): readonly CallProof[] =>
  plain.map(({ decoder, minClass, proof }) => ({
    decoder: address(decoder),
    minClass: riskClass(minClass),
    proof: proof.map(hex),
  }));
