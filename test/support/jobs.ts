import { type Signer, USDC, ZERO, ethers, now } from "./chain.ts";
import { type Domain, type Money, CHAIN_ID, JOB_FEE_BPS, moneyFixture } from "./money.ts";

export type Terms = {
  readonly client: string;
  readonly worker: string;
  readonly evaluator: string;
  readonly arbiter: string;
  readonly token: string;
  readonly spec: string;
  readonly floor: bigint;
  readonly timeoutPayment: bigint;
  readonly cap: bigint;
  readonly outcomeBps: bigint;
  readonly evaluatorPay: bigint;
  readonly deliverBy: bigint;
  readonly reviewPeriod: bigint;
  readonly agentId: bigint;
};

export const PRICE = 100n * USDC;
export const REVIEW_PERIOD = 3_600n;
export const TIME_TO_WORK = 86_400n;
export const RESULT = ethers.id("the work");
export const JOB = {
  none: 0n,
  funded: 1n,
  accepted: 2n,
  delivered: 3n,
  disputed: 4n,
  paid: 5n,
  arbitrated: 6n,
  settled: 7n,
  failed: 8n,
  cancelled: 9n,
} as const;

/** A job of the depositor for the payee at a fixed price; operator A decides disputes. */
export const termsOf = async (
  f: Pick<Money, "depositor" | "payee" | "operatorA"> & { readonly addresses: { readonly usdc: string } },
  change: Partial<Terms> = {},
): Promise<Terms> => ({
  client: f.depositor.address,
  worker: f.payee.address,
  evaluator: ZERO,
  arbiter: f.operatorA.address,
  token: f.addresses.usdc,
  spec: ethers.id("a job"),
  floor: PRICE,
  timeoutPayment: PRICE,
  cap: PRICE,
  outcomeBps: 0n,
  evaluatorPay: 0n,
  deliverBy: (await now()) + TIME_TO_WORK,
  reviewPeriod: REVIEW_PERIOD,
  agentId: 0n,
  ...change,
});

/** A tenth of the outcome on top of a floor, judged by operator B for a fee of its own. */
export const performanceTerms = (f: Money, change: Partial<Terms> = {}): Promise<Terms> =>
  termsOf(f, {
    evaluator: f.operatorB.address,
    floor: 50n * USDC,
    timeoutPayment: 80n * USDC,
    cap: 200n * USDC,
    outcomeBps: 1_000n,
    evaluatorPay: 5n * USDC,
    ...change,
  });

const TERMS_TUPLE =
  "tuple(address,address,address,address,address,bytes32,uint104,uint104,uint104,uint16,uint104,uint40,uint32,uint32)";

/** A job's key, computed by ethers and not by our contracts. */
export const jobIdOf = (t: Terms): string =>
  ethers.keccak256(
    ethers.AbiCoder.defaultAbiCoder().encode(
      [TERMS_TUPLE],
      [
        [
          t.client,
          t.worker,
          t.evaluator,
          t.arbiter,
          t.token,
          t.spec,
          t.floor,
          t.timeoutPayment,
          t.cap,
          t.outcomeBps,
          t.evaluatorPay,
          t.deliverBy,
          t.reviewPeriod,
          t.agentId,
        ],
      ],
    ),
  );

/** What a signature over a job needs to know. */
type Signing = { readonly addresses: { readonly escrow: string } };

const escrowDomain = (f: Signing): Domain => ({
  name: "NEXUS Escrow",
  version: "1",
  chainId: CHAIN_ID,
  verifyingContract: f.addresses.escrow,
});

export const signSettlement = (
  f: Signing,
  terms: Terms,
  { earned, deadline }: { readonly earned: bigint; readonly deadline: bigint },
  signer: Signer,
): Promise<string> =>
  signer.signTypedData(
    escrowDomain(f),
    {
      Settlement: [
        { name: "jobId", type: "bytes32" },
        { name: "earned", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    { jobId: jobIdOf(terms), earned, deadline },
  );

export const signApproval = (
  f: Signing,
  terms: Terms,
  { result, outcome }: { readonly result: string; readonly outcome: bigint },
  signer: Signer,
): Promise<string> =>
  signer.signTypedData(
    escrowDomain(f),
    {
      Approval: [
        { name: "jobId", type: "bytes32" },
        { name: "result", type: "bytes32" },
        { name: "outcome", type: "uint128" },
      ],
    },
    { jobId: jobIdOf(terms), result, outcome },
  );

/** A job at a fixed price is funded. */
export const fundedFixture = async () => {
  const f = await moneyFixture();
  const terms = await termsOf(f);
  await f.escrow.connect(f.depositor).fund(terms);
  return { ...f, terms, jobId: jobIdOf(terms) };
};

export const acceptedFixture = async () => {
  const f = await fundedFixture();
  await f.escrow.connect(f.payee).accept(f.terms);
  return f;
};

export const deliveredFixture = async () => {
  const f = await acceptedFixture();
  await f.escrow.connect(f.payee).deliver(f.terms, RESULT);
  return { ...f, judgeBy: (await now()) + REVIEW_PERIOD };
};

export const disputedFixture = async () => {
  const f = await deliveredFixture();
  await f.escrow.connect(f.depositor).dispute(f.terms);
  return { ...f, decideBy: (await now()) + REVIEW_PERIOD };
};

/** It was approved and paid. */
export const paidFixture = async () => {
  const f = await deliveredFixture();
  await f.escrow.connect(f.depositor).approve(f.terms, 0n);
  return f;
};

/** A job with a price by outcome is delivered. */
export const performanceFixture = async () => {
  const f = await moneyFixture();
  const terms = await performanceTerms(f);
  await f.escrow.connect(f.depositor).fund(terms);
  await f.escrow.connect(f.payee).deliver(terms, RESULT);
  return { ...f, terms, jobId: jobIdOf(terms), judgeBy: (await now()) + REVIEW_PERIOD };
};

/** What a job's price brings the worker after the fee. */
export const netOf = (earned: bigint): bigint => earned - (earned * JOB_FEE_BPS) / 10_000n;
export const feeOf = (earned: bigint): bigint => (earned * JOB_FEE_BPS) / 10_000n;
