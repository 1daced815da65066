import { expect } from "chai";
import { SEI_FEES, nextBaseFee } from "../../../scripts/sandbox/fees.ts";
import { widestOpportunity } from "../../../scripts/sandbox/opportunities.ts";
import { refusalOf } from "../../../scripts/sandbox/guard.ts";
import { expectNear } from "../../support/near.ts";

const GWEI = 10n ** 9n;

describe("sandbox: Sei's base fee", () => {
  const { targetGas, limitGas, floorWei, capWei } = SEI_FEES;

  it("stands still at the target", () => {
    expect(nextBaseFee(80n * GWEI, targetGas)).to.equal(80n * GWEI);
  });

  it("rises by 0.75 % after a full block and falls by 0.39 % after an empty one", () => {
    expect(nextBaseFee(80n * GWEI, limitGas)).to.equal((80n * GWEI * 10_075n) / 10_000n);
    expect(nextBaseFee(80n * GWEI, 0n)).to.equal((80n * GWEI * 9_961n) / 10_000n);
  });

  it("moves in proportion between these", () => {
    expect(nextBaseFee(80n * GWEI, targetGas / 2n)).to.equal((80n * GWEI * 99_805n) / 100_000n);
    expect(nextBaseFee(80n * GWEI, (targetGas + limitGas) / 2n)).to.equal((80n * GWEI * 100_375n) / 100_000n);
  });

  it("never leaves its bounds", () => {
    expect(nextBaseFee(floorWei, 0n)).to.equal(floorWei);
    expect(nextBaseFee(capWei, limitGas)).to.equal(capWei);
  });
});

describe("sandbox: the guard", () => {
  const refused = [
    "evm_mine",
    "evm_increaseTime",
    "evm_setNextBlockTimestamp",
    "evm_setAutomine",
    "evm_setIntervalMining",
    "evm_snapshot",
    "evm_revert",
    "evm_setTime",
    "hardhat_mine",
    "hardhat_setBalance",
    "hardhat_setStorageAt",
    "hardhat_setCode",
    "hardhat_setNonce",
    "hardhat_impersonateAccount",
    "hardhat_reset",
    "hardhat_setNextBlockBaseFeePerGas",
    "hardhat_dropTransaction",
    "anvil_mine",
    "anvil_setBalance",
    "debug_setHead",
    "debug_setGCPercent",
    "eth_sendTransaction",
    "eth_sign",
    "eth_signTypedData_v4",
    "eth_signTransaction",
    "personal_sign",
    "miner_stop",
    "txpool_inspect",
    "eth_pendingTransactions",
    "",
    "ETH_CALL",
  ];
  for (const method of refused) {
    it(`refuses ${method || "a nameless method"}`, () => {
      expect(refusalOf({ method, params: [] })).to.match(/^the sandbox refuses /);
    });
  }

  for (const method of ["eth_call", "eth_sendRawTransaction", "eth_getLogs", "eth_chainId", "eth_estimateGas"]) {
    it(`lets ${method} pass`, () => {
      expect(refusalOf({ method, params: [] })).to.equal(undefined);
    });
  }

  it("lets only Sei's two subscriptions pass", () => {
    const subscribe = (...params: readonly unknown[]) => refusalOf({ method: "eth_subscribe", params });
    expect(subscribe("newHeads")).to.equal(undefined);
    expect(subscribe("logs", {})).to.equal(undefined);
    expect(subscribe("newPendingTransactions")).to.match(/newPendingTransactions/);
    expect(subscribe()).to.match(/refuses the subscription/);
    expect(refusalOf({ method: "eth_subscribe" })).to.match(/refuses the subscription/);
  });
});

describe("sandbox: the widest gap", () => {
  const pool = (name: string, base: "WSEI" | "WETH", quote: "USDC" | "WETH", price: number, feePips: number) => ({
    name,
    base,
    quote,
    price,
    feePips,
  });

  it("finds none where every cycle costs its fees", () => {
    const pools = [pool("a", "WSEI", "USDC", 0.3, 3000), pool("b", "WSEI", "USDC", 0.3, 500)];
    expectNear(widestOpportunity(pools).gainBps, -35, 0.1);
  });

  it("finds a two-hop cycle: buy where it is cheap, sell where it is dear", () => {
    const pools = [pool("cheap", "WSEI", "USDC", 0.3, 500), pool("dear", "WSEI", "USDC", 0.303, 500)];
    const gap = widestOpportunity(pools);
    expect(gap.path).to.deep.equal(["cheap", "dear"]);
    expectNear(gap.gainBps, (1.01 * 0.9995 ** 2 - 1) * 1e4, 1e-6);
  });

  it("finds a three-hop cycle where no pair of pools has a gap", () => {
    const pools = [
      pool("s", "WSEI", "USDC", 0.3, 500),
      pool("e", "WETH", "USDC", 2500, 500),
      pool("x", "WSEI", "WETH", 0.000122, 3000),
    ];
    const gap = widestOpportunity(pools);
    expect(gap.path).to.deep.equal(["s", "x", "e"]);
    expectNear(gap.gainBps, ((0.000122 * 2500) / 0.3) * 0.9995 ** 2 * 0.997 * 1e4 - 1e4, 1e-6);
  });
});
