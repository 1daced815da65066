import { DAY, USDC, WAD, ZERO, at, ethers, networkHelpers, now, time } from "./chain.ts";
import { bareFixture } from "./nexus.ts";

/** The asset that the evidence is about. */
export const ASSET = ethers.getAddress(`0x${"a5".repeat(20)}`);
export const PRICE = 100n * WAD;
export const BOUNTY = 5n * USDC;
/** What the contract has for bounties: one, and not quite a second. */
export const BOUNTY_FUNDS = 9n * USDC;
export const MAX_MOVE_BPS = 1_000n;
export const WINDOW = 300n;
export const CAUSE = { priceRefused: 0n, priceMoved: 1n, sharePriceFell: 2n, sharesLeft: 3n } as const;
export const EVIDENCE = {
  complete: 0n,
  absent: 1n,
  notObserved: 2n,
  tooSoon: 3n,
  tooOld: 4n,
  spent: 5n,
  notTripped: 6n,
  disabled: 7n,
} as const;
export const MIN_SECONDS = 10n;
export const MAX_SECONDS = 600n;
export const COOL_DOWN = 600n;
const FEED = { decimals: 18n, quorum: 2n, maxBandBps: 1_000n };

/** Three sources of one asset within 1 %, two of which must agree, and what judges evidence about them. */
export const evidenceFixture = async () => {
  const f = await bareFixture();
  const accounts = await ethers.deployContract("Accounts", [ZERO, ZERO, ZERO, ZERO]);
  const { breaker, hub, usdc } = f.addresses;
  const evidence = await ethers.deployContract("BreakerEvidence", [
    f.admin.address,
    breaker,
    hub,
    await accounts.getAddress(),
    usdc,
    f.addresses.treasury,
  ]);
  const deploy = () => ethers.deployContract("MockIntervalSource");
  const feed = [await deploy(), await deploy(), await deploy()];
  const readers = await Promise.all(feed.map((source) => source.getAddress()));
  const admin = {
    hub: f.hub.connect(f.admin),
    breaker: f.breaker.connect(f.admin),
    evidence: evidence.connect(f.admin),
  };
  await admin.hub.setFeed(
    ASSET,
    FEED,
    readers.map((reader) => ({ reader, maxAge: DAY, deviationBps: 100n })),
  );
  await admin.breaker.setEvidence(await evidence.getAddress());
  await admin.evidence.setMoveLimit(ASSET, MAX_MOVE_BPS, WINDOW);
  await admin.evidence.setBounty(BOUNTY);
  await f.usdc.mint(f.deployer.address, BOUNTY_FUNDS);
  await f.usdc.approve(await accounts.getAddress(), BOUNTY_FUNDS);
  await accounts.deposit(usdc, await evidence.getAddress(), BOUNTY_FUNDS);
  const all = { ...f, accounts, evidence: evidence.connect(f.anyone), feed, asAdmin: admin };
  await sayAll(all, PRICE);
  return all;
};
export type Evidence = Awaited<ReturnType<typeof evidenceFixture>>;

/** A source says `price`, with an interval that the hub takes until a day has passed. */
export const say = async (f: Pick<Evidence, "feed">, index: number, price: bigint): Promise<void> => {
  await at(f.feed, index).setAnswer(price, await now(), 0n);
};

export const sayAll = async (f: Pick<Evidence, "feed">, price: bigint): Promise<void> => {
  for (const index of f.feed.keys()) await say(f, index, price);
};

/** Two of three sources have no price, so the hub has none. */
export const refuse = async (f: Pick<Evidence, "feed">): Promise<void> => {
  await say(f, 0, 0n);
  await say(f, 1, 0n);
};

/** Lets `seconds` pass, and a block more than evidence needs. */
export const pass = async (seconds: bigint): Promise<void> => {
  await networkHelpers.mine(2);
  await time.increase(seconds);
};
