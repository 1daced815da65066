import { expect } from "chai";
import { CONDITION_KIND } from "../../keepers/core/proposal.ts";
import { type VotedProposal, PAYMENT, votedCalls, enact } from "./votedProposals.ts";
import { transferCall } from "./calls.ts";
import { USDC, WAD, ZERO, at, ethers } from "./chain.ts";
import { type Nexus, fundedFixture } from "./nexus.ts";
import type { BenchCondition, Proposal } from "./votes.ts";

/** What the payee held before, so that a balance and its rise differ. */
export const HELD_BEFORE = 11n * USDC;
export const HEALTH = (3n * WAD) / 2n;

/** A funded treasury, a payee who holds something, and a pool in which the treasury's position has a health factor. */
export const conditionFixture = async () => {
  const f = await fundedFixture();
  await f.usdc.connect(f.deployer).mint(f.payee.address, HELD_BEFORE);
  const pool = await ethers.deployContract("MockPool");
  await pool.setHealthFactor(f.addresses.treasury, HEALTH);
  return { ...f, pool, poolAt: await pool.getAddress() };
};
export type Conditioned = Awaited<ReturnType<typeof conditionFixture>>;

/** Something about the USDC of the payee or of the treasury. */
export const usdcOf = (
  f: Nexus,
  whose: "payee" | "treasury",
  kind: BenchCondition["kind"],
  amount: bigint,
): BenchCondition => ({
  kind,
  subject: f.addresses.usdc,
  holder: whose === "payee" ? f.payee.address : f.addresses.treasury,
  amount,
});

/** Of the treasury's assets only those named so may move. */
export const only = (subject: string): BenchCondition => ({
  kind: CONDITION_KIND.onlyMoves,
  subject,
  holder: ZERO,
  amount: 0n,
});

/** The treasury's value falls by no more than this. */
export const fallsBps = (amount: bigint): BenchCondition => ({
  kind: CONDITION_KIND.valueDecreasesAtMostBps,
  subject: ZERO,
  holder: ZERO,
  amount,
});

/** A payment of USDC, and of WSEI where some is named, on conditions. */
export const paymentOn = (
  f: Nexus,
  conditions: readonly BenchCondition[],
  change: { readonly usdc?: bigint; readonly wsei?: bigint; readonly proposal?: Partial<Proposal> } = {},
): Promise<VotedProposal> => {
  const { usdc = PAYMENT, wsei, proposal } = change;
  const pay = [transferCall(f.addresses.usdc, f.payee.address, usdc), f.leaves.payUsdc] as const;
  const more =
    wsei === undefined ? [] : ([[transferCall(f.addresses.wsei, f.payee.address, wsei), f.leaves.payWsei]] as const);
  return votedCalls(f, [pay, ...more], { proposal: { conditions: [...conditions], ...proposal } });
};

/** Nothing of the proposal remains: neither its payment nor the use of its nonce. */
const expectNothingLeft = async (f: Nexus, before: bigint): Promise<void> => {
  expect(await f.usdc.balanceOf(f.payee)).to.equal(before);
  expect((await f.registry.signerRecordOf(at(f.voters, 0).key.address)).highestNonce).to.equal(0n);
};

/** `enact` reverts because a condition does not hold, and leaves nothing behind. */
export const expectNotMet = async (
  f: Nexus,
  voted: VotedProposal,
  wanted: { readonly index?: bigint; readonly kind: number; readonly measured: bigint; readonly bound: bigint },
): Promise<void> => {
  const { index = 0n, kind, measured, bound } = wanted;
  const before = await f.usdc.balanceOf(f.payee);
  await expect(enact(f, voted))
    .to.be.revertedWithCustomError(f.consensus, "ConditionNotMet")
    .withArgs(index, kind, measured, bound);
  await expectNothingLeft(f, before);
};

/** `enact` reverts because an asset moved that is not named, and leaves nothing behind. */
export const expectMoved = async (
  f: Nexus,
  voted: VotedProposal,
  moved: { readonly asset: string; readonly balance: bigint; readonly before: bigint },
): Promise<void> => {
  const before = await f.usdc.balanceOf(f.payee);
  await expect(enact(f, voted))
    .to.be.revertedWithCustomError(f.consensus, "AssetMoved")
    .withArgs(moved.asset, moved.balance, moved.before);
  await expectNothingLeft(f, before);
};
