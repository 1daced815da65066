import { DAY, USDC, ZERO, ethers, time } from "./chain.ts";
import { BOUNTY, BOUNTY_FUNDS, CAUSE, EVIDENCE, pass } from "./evidence.ts";
import { HOLDING_TIME, PRICE, fundDepositor, fundedFixture } from "./nexus.ts";

/** A tenth of a share's worth within an hour, and a fifth of the shares within a day. */
export const PRICE_LIMIT = { maxFallBps: 1_000n, window: 3_600n } as const;
export const OUTFLOW_LIMIT = { maxFallBps: 2_000n, window: DAY } as const;

/** A treasury of 1,000,000 USDC and 1,000,000 WSEI at 0.30 USD with one holder, and what judges evidence about its shares. */
export const sharesFixture = async () => {
  const f = await fundedFixture();
  const accounts = await ethers.deployContract("Accounts", [ZERO, ZERO, ZERO, ZERO]);
  const { breaker, hub, usdc, treasury } = f.addresses;
  const accountsAt = await accounts.getAddress();
  const evidence = await ethers.deployContract("BreakerEvidence", [
    f.admin.address,
    breaker,
    hub,
    accountsAt,
    usdc,
    treasury,
  ]);
  const asAdmin = { breaker: f.breaker.connect(f.admin), evidence: evidence.connect(f.admin) };
  await asAdmin.breaker.setEvidence(await evidence.getAddress());
  await asAdmin.evidence.setShareLimit(CAUSE.sharePriceFell, PRICE_LIMIT.maxFallBps, PRICE_LIMIT.window);
  await asAdmin.evidence.setShareLimit(CAUSE.sharesLeft, OUTFLOW_LIMIT.maxFallBps, OUTFLOW_LIMIT.window);
  await asAdmin.evidence.setBounty(BOUNTY);
  await f.usdc.mint(f.deployer.address, BOUNTY_FUNDS);
  await f.usdc.approve(accountsAt, BOUNTY_FUNDS);
  await accounts.deposit(usdc, await evidence.getAddress(), BOUNTY_FUNDS);
  return { ...f, accounts, evidence: evidence.connect(f.anyone), asAdmin };
};
export type SharesEvidence = Awaited<ReturnType<typeof sharesFixture>>;

/** WSEI costs so many hundredths of its first price from now on. */
export const priceWsei = async (f: Pick<SharesEvidence, "sources">, percent: bigint): Promise<void> => {
  await f.sources.wsei.setPrice((PRICE.wsei * percent) / 100n);
};

/** A second holder: the attacker's deposit, which is recent until the holding time has passed. */
export const enter = async (f: SharesEvidence, amount: bigint = 500_000n * USDC): Promise<void> => {
  await fundDepositor(f, f.attacker, amount);
  await f.treasury.connect(f.attacker).deposit(amount, f.attacker.address);
};

export const season = (): Promise<unknown> => time.increase(HOLDING_TIME);

/** Both holders, in the order that the contract wants. */
export const holdersOf = (f: Pick<SharesEvidence, "depositor" | "attacker">): string[] =>
  [f.depositor.address, f.attacker.address].sort((one, other) => (BigInt(one) < BigInt(other) ? -1 : 1));

/** Part of somebody's shares leaves in the base asset. */
export const leave = async (f: SharesEvidence, who: "depositor" | "attacker", percent: bigint): Promise<void> => {
  const { address } = f[who];
  const shares = ((await f.treasury.balanceOf(address)) * percent) / 100n;
  await f.treasury.connect(f[who]).redeem(shares, address, address);
};

/** The shares are marked, so many seconds and two blocks ago. */
export const marked = async (f: SharesEvidence, cause: bigint, holders: string[] = []): Promise<void> => {
  await f.evidence.observeShares(cause, holders);
  await pass(10n);
};

/** The worth of a share is marked, and a fifth of it lost. */
export const fallen = async (f: SharesEvidence): Promise<void> => {
  await marked(f, CAUSE.sharePriceFell);
  await priceWsei(f, 15n);
};

export const stateOf = async (
  f: SharesEvidence,
  cause: bigint,
  holders: string[] = [],
): Promise<string | undefined> => {
  const status = await f.evidence.previewTripShares(cause, holders);
  return Object.entries(EVIDENCE).find(([, value]) => value === status)?.[0];
};
