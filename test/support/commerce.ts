import { type Signer, USDC, ZERO, ethers, now } from "./chain.ts";
import type { Terms } from "./jobs.ts";
import { moneyFixture } from "./money.ts";

export const BUDGET = 100n * USDC;
export const TERM = 86_400n;
export const DELIVERABLE = ethers.id("the deliverable");
export const REASON = ethers.id("the reason");
export const STATUS = { open: 0n, funded: 1n, submitted: 2n, completed: 3n, rejected: 4n, expired: 5n } as const;
const NOTHING = "0x";

/** The calls of the newer draft of the standard, by their signatures: those of the older text have the same names. */
export const CREATE = "createJob(address,address,uint256,string,address,uint256)";
const PROVIDER = "setProvider(uint256,address,uint256)";
const PRICE = "setBudget(uint256,address,uint256,bytes)";
/** The provider's agent. */
export const PROVIDER_AGENT = 7n;

/** The adapter over the escrow of the money's fixture, and the parties by the standard's names. */
export const commerceFixture = async () => {
  const f = await moneyFixture();
  const adapter = await ethers.deployContract("Erc8183Adapter", [f.addresses.escrow, f.addresses.usdc]);
  const adapterAt = await adapter.getAddress();
  const worker = ethers.getCreateAddress({ from: adapterAt, nonce: 1 });
  const [client, provider, evaluator] = [f.depositor, f.payee, f.operatorB];
  await f.usdc.connect(client).approve(adapterAt, ethers.MaxUint256);
  return { ...f, adapter, adapterAt, worker, client, provider, evaluator };
};
export type Commerce = Awaited<ReturnType<typeof commerceFixture>>;

/** What a party does, in the standard's own words; what is for hooks is empty. */
export const as = (f: Commerce, who: Signer) => {
  const adapter = f.adapter.connect(who);
  return {
    setProvider: (jobId: bigint, provider: string) => adapter[PROVIDER](jobId, provider, PROVIDER_AGENT),
    setBudget: (jobId: bigint, amount: bigint) => adapter[PRICE](jobId, f.addresses.usdc, amount, NOTHING),
    fund: (jobId: bigint, expected: bigint) => adapter.fund(jobId, expected, NOTHING),
    submit: (jobId: bigint, deliverable = DELIVERABLE) => adapter.submit(jobId, deliverable, NOTHING),
    complete: (jobId: bigint) => adapter.complete(jobId, REASON, NOTHING),
    reject: (jobId: bigint) => adapter.reject(jobId, REASON, NOTHING),
    claimRefund: (jobId: bigint) => adapter.claimRefund(jobId),
    claimPayment: (jobId: bigint) => adapter.claimPayment(jobId),
  };
};

/** Job 1 is open, with a provider and a budget. */
export const openFixture = async () => {
  const f = await commerceFixture();
  const [jobId, expiredAt] = [1n, (await now()) + TERM];
  const adapter = f.adapter.connect(f.client);
  await adapter[CREATE](f.provider.address, f.evaluator.address, expiredAt, "Find the bug", ZERO, PROVIDER_AGENT);
  await as(f, f.provider).setBudget(jobId, BUDGET);
  return { ...f, jobId, expiredAt };
};

export const fundedFixture = async () => {
  const f = await openFixture();
  await as(f, f.client).fund(f.jobId, BUDGET);
  return f;
};

export const submittedFixture = async () => {
  const f = await fundedFixture();
  await as(f, f.provider).submit(f.jobId);
  return { ...f, judgedBy: await f.adapter.judgedBy(f.jobId) };
};

export const completedFixture = async () => {
  const f = await submittedFixture();
  await as(f, f.evaluator).complete(f.jobId);
  return f;
};

/** An adapter that is paid in a token which misbehaves on demand; its job 1 is submitted. */
export const hostileFixture = async () => {
  const f = await commerceFixture();
  const hostileAdapter = await ethers.deployContract("Erc8183Adapter", [f.addresses.escrow, f.addresses.hostile]);
  const own = hostileAdapter.connect(f.client);
  await f.hostile.connect(f.client).approve(await hostileAdapter.getAddress(), ethers.MaxUint256);
  await own[CREATE](f.provider.address, f.evaluator.address, (await now()) + TERM, "", ZERO, 0n);
  await own[PRICE](1n, f.addresses.hostile, BUDGET, NOTHING);
  await own.fund(1n, BUDGET, NOTHING);
  await hostileAdapter.connect(f.provider).submit(1n, DELIVERABLE, NOTHING);
  return { ...f, hostileAdapter };
};

/** The terms by which a job lies in the escrow, as a caller gives them; what the adapter answers is frozen. */
export const termsIn = async (f: Commerce, jobId: bigint): Promise<Terms> => {
  const terms = await f.adapter.termsOf(jobId);
  const { client, worker, evaluator, arbiter, token, spec } = terms;
  const { floor, timeoutPayment, cap, outcomeBps, evaluatorPay, deliverBy, reviewPeriod, agentId } = terms;
  const price = { floor, timeoutPayment, cap, outcomeBps, evaluatorPay };
  return { client, worker, evaluator, arbiter, token, spec, ...price, deliverBy, reviewPeriod, agentId };
};

/** What is left of the adapter's and its worker's money, in tokens and in the ledger; fees owed are the collector's. */
export const leftInside = async (f: Commerce): Promise<bigint> => {
  const accounts = [f.adapterAt, f.worker];
  const parts = await Promise.all([
    ...accounts.map((account) => f.usdc.balanceOf(account)),
    ...accounts.map((account) => f.accounts.balanceOf(f.addresses.usdc, account)),
  ]);
  return parts.reduce((sum, part) => sum + part, 0n);
};
