import { USDC, ethers } from "./chain.ts";
import { PROTOCOL_BPS } from "./fees.ts";
import { JOB_FEE_BPS } from "./money.ts";
import { fundedWith } from "./nexus.ts";
import { HALF_LIFE, ROLE, WEIGHTING } from "./reputation.ts";

/** A tenth of what the shares gain. */
export const FEE_BPS = 1_000n;

/**
 * A funded treasury whose results reach the real scores: losses by the mandate, gains by the recorder, and the performance
 * fee by a splitter that divides among agents 1, 3 and 5.
 */
export const performanceRecordFixture = async () => {
  const f = await fundedWith((admin, registryAt) =>
    ethers.deployContract("Reputation", [admin, registryAt, HALF_LIFE, WEIGHTING]),
  );
  const reputationAt = await f.reputation.getAddress();
  const { consensus, treasury, registry, mandate } = f.addresses;
  const recorder = await ethers.deployContract("PerformanceRecorder", [consensus, treasury, reputationAt]);
  const reputation = f.reputation.connect(f.admin);
  await reputation.setRecorder(mandate, ROLE.proposals);
  await reputation.setRecorder(await recorder.getAddress(), ROLE.proposals);

  const nonce = await f.deployer.getNonce();
  const at = (offset: number) => ethers.getCreateAddress({ from: f.deployer.address, nonce: nonce + offset });
  const [ledger, splitterAt, escrowAt] = [at(0), at(1), at(2)];
  const none = ethers.ZeroAddress;
  const accounts = await ethers.deployContract("Accounts", [none, splitterAt, escrowAt, none]);
  const environment = [f.admin.address, ledger, registry, reputationAt, treasury, f.admin.address, PROTOCOL_BPS];
  const splitter = await ethers.deployContract("FeeSplitter", environment);
  const { hub } = f.addresses;
  const escrow = await ethers.deployContract("Escrow", [
    f.admin.address,
    ledger,
    registry,
    reputationAt,
    hub,
    JOB_FEE_BPS,
  ]);
  await splitter.connect(f.admin).setBeneficiaries([1n, 3n, 5n]);
  await f.treasury.connect(f.admin).setPerformanceFee(splitterAt, FEE_BPS);
  return { ...f, recorder, accounts, splitter, splitterAt, escrow };
};
export type PerformanceRecords = Awaited<ReturnType<typeof performanceRecordFixture>>;

/** What the treasury gains in the tests: ten thousand dollars, given to it. */
export const GAIN = 10_000n * USDC;
export const gain = (f: Pick<PerformanceRecords, "usdc" | "deployer" | "addresses">, amount = GAIN) =>
  f.usdc.connect(f.deployer).mint(f.addresses.treasury, amount);
