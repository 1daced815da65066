import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Interface, parseEther } from "ethers";
import { createKey } from "../../../keepers/adapters/chain/keys.ts";
import { createChainPorts } from "../../../keepers/adapters/chain/operations.ts";
import { quantityOf, isRecord } from "../../../keepers/adapters/chain/rpc.ts";
import { connectPostgres } from "../../../keepers/adapters/store/connect.ts";
import { openTransactionJournal } from "../../../keepers/adapters/store/journal.ts";
import { openStore } from "../../../keepers/adapters/store/open.ts";
import { createBalanceReader, createPaidReader } from "../../../keepers/adapters/wallet/funds.ts";
import { localSigner } from "../../../keepers/adapters/wallet/signer.ts";
import { hex } from "../../../keepers/core/hex.ts";
import type { TransactionStore } from "../../../keepers/core/store.ts";
import { type Address, address, blockNumber, unixSeconds } from "../../../keepers/core/units.ts";
import { advance, resumePipeline } from "../../../keepers/sending/advance.ts";
import type { ChainTime, SendOperation, OperationResult } from "../../../keepers/sending/operation.ts";
import { type Pipeline, createPipeline, submit } from "../../../keepers/sending/pipeline.ts";
import { ethers, takeSnapshot } from "../../support/chain.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { type Installation, type TestPostgres, createPostgres, installations } from "../../support/postgres.ts";
import { DEPLOYMENT, accountOf, hashOf } from "../../support/storeBuilders.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const PATIENCE_MS = 120_000;
const GWEI = 10n ** 9n;
const node = inProcessNode();
const tokenAbi = new Interface(["function nonces(address owner) view returns (uint256)"]);

const KEYS = [1, 2, 3, 4].map((n) => createKey(`0x${n.toString(16).padStart(2, "0").repeat(32)}`));
const POLICY = {
  tips: { patient: 0n, normal: GWEI, urgent: 4n * GWEI },
  maxGasPrice: 1_000n * GWEI,
  gasMarginPercent: 20n,
  gasReserve: 0n,
  isDryRun: false,
  capacity: 1_000,
};

const nowOf = async (): Promise<ChainTime> => {
  const head = await node.request("eth_getBlockByNumber", ["latest", false]);
  const { number, timestamp, baseFeePerGas } = isRecord(head) ? head : {};
  return {
    block: blockNumber(quantityOf(number, "number")),
    time: unixSeconds(quantityOf(timestamp, "time")),
    baseFee: quantityOf(baseFeePerGas, "base fee"),
  };
};

type Told = Map<string, OperationResult["kind"][]>;

const startPipeline = async (
  store: TransactionStore,
  keys: typeof KEYS,
  { told, tip = GWEI }: { readonly told: Told; readonly tip?: bigint },
): Promise<Pipeline> => {
  const { chainId } = await ethers.provider.getNetwork();
  const ports = {
    ...createChainPorts(node),
    sign: localSigner(keys, chainId),
    store,
    nowMs: () => 0,
    onResult: (id: string, { kind }: OperationResult) => void told.set(id, [...(told.get(id) ?? []), kind]),
    onTrouble: () => undefined,
  };
  const policy = { ...POLICY, tips: { ...POLICY.tips, normal: tip } };
  const pipeline = createPipeline(
    ports,
    policy,
    keys.map((key) => key.address),
  );
  await resumePipeline(pipeline);
  return pipeline;
};

/** A payment of one ether to an account of its own, which the chain would make as often as it is asked. */
const paymentOf = (n: number): SendOperation => ({
  id: hashOf(n),
  call: { target: payeeOf(n), data: "0x" },
  value: parseEther("1"),
  priority: 0,
  urgency: "normal",
  deadline: unixSeconds(2n ** 40n),
  endsOnChain: false,
  guards: [],
});
const payeeOf = (n: number): Address => accountOf(0xfee_000 + n);

const paidTo = async (n: number): Promise<bigint> => (await ethers.provider.getBalance(payeeOf(n))) / parseEther("1");

describe("The sending pipeline on a real EVM", function () {
  this.timeout(PATIENCE_MS);
  let restore: () => Promise<void>;
  before(async () => {
    ({ restore } = await takeSnapshot());
    const [funder] = await ethers.getSigners();
    for (const key of KEYS)
      await (await funder?.sendTransaction({ to: key.address, value: parseEther("100") }))?.wait();
    await ethers.provider.send("evm_setAutomine", [false]);
  });
  after(async () => {
    await ethers.provider.send("evm_setAutomine", [true]);
    await restore();
  });
  const mine = (): Promise<unknown> => ethers.provider.send("hardhat_mine", ["0x1", "0x1"]);

  const twoProcesses = async (installation: Installation): Promise<void> => {
    const postgres: TestPostgres = await createPostgres(installation);
    const { url } = await postgres.start();
    const open = () =>
      openStore({ primary: connectPostgres(url, PATIENCE_MS), deployment: DEPLOYMENT, durability: "server" });
    const stores = await Promise.all([open(), open()]);
    const told: Told = new Map();
    try {
      const pipelines = await Promise.all(
        stores.map(({ transactions }, i) => startPipeline(transactions, KEYS.slice(2 * i, 2 * i + 2), { told })),
      );
      const wanted = Array.from({ length: 12 }, (_, n) => paymentOf(n + 1));
      for (let round = 0; round < 40 && told.size < wanted.length; round += 1) {
        const now = await nowOf();
        await Promise.all(
          pipelines.map(async (pipeline) => {
            for (const operation of wanted) await submit(pipeline, operation, now);
            await advance(pipeline, now);
          }),
        );
        await mine();
      }
      const paid = await Promise.all(wanted.map((_, n) => paidTo(n + 1)));
      expect(paid).to.deep.equal(wanted.map(() => 1n));
      const readPaid = createPaidReader(stores[0].transactions);
      const sums = await Promise.all(KEYS.map((key) => readPaid(key.address, 0)));
      expect(sums.reduce((sum, one) => sum + one, 0n)).to.equal(parseEther("12"));
      expect(await readPaid(KEYS[0]?.address ?? accountOf(1), 1)).to.equal(0n);
      const { block } = await nowOf();
      const balances = await createBalanceReader(node)([payeeOf(1), payeeOf(99)], block);
      expect([...balances.values()]).to.deep.equal([parseEther("1"), 0n]);
      expect([...told.values()].flat().filter((kind) => kind === "mined")).to.have.lengthOf(wanted.length);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      await postgres.remove();
    }
  };

  it("pays each of twelve payees once, asked by two processes over one store [NX-SND-01]", () => {
    const [packaged] = installations();
    if (packaged === undefined) throw new Error("there is no Postgres");
    return twoProcesses(packaged);
  });

  it("carries out once what the chain consumes, by two machines with one key and no lock [NX-KEE-01]", async () => {
    const [deployer, owner] = await ethers.getSigners();
    if (deployer === undefined || owner === undefined) throw new Error("no signers");
    await ethers.provider.send("evm_setAutomine", [true]);
    const token = await ethers.deployContract("NexusToken", [deployer.address, 1_000n]);
    await ethers.provider.send("evm_setAutomine", [false]);
    const target = address(await token.getAddress());
    const domain = {
      name: await token.name(),
      version: "1",
      chainId: (await ethers.provider.getNetwork()).chainId,
      verifyingContract: target,
    };
    const types = {
      Permit: ["owner", "spender", "value", "nonce", "deadline"].map((name, i) => ({
        name,
        type: i < 2 ? "address" : "uint256",
      })),
    };
    const deadline = (await nowOf()).time + 10_000n;
    const permit = { owner: owner.address, spender: deployer.address, value: 5n, nonce: 0n, deadline };
    const { v, r, s } = ethers.Signature.from(await owner.signTypedData(domain, types, permit));
    const data = hex(
      token.interface.encodeFunctionData("permit", [owner.address, deployer.address, 5n, deadline, v, r, s]),
    );
    const nonces = hex(tokenAbi.encodeFunctionData("nonces", [owner.address]));
    const operation: SendOperation = {
      ...paymentOf(100),
      call: { target, data },
      value: 0n,
      deadline: unixSeconds(deadline),
      endsOnChain: true,
      doneWhen: { kind: "atLeast", call: { target, data: nonces }, amount: 1n },
    };
    const folder = await mkdtemp(join(tmpdir(), "nexus-machines-"));
    const journals = await Promise.all(["a", "b"].map((name) => openTransactionJournal(join(folder, name))));
    const told: Told = new Map();
    const pipelines = await Promise.all(
      journals.map((journal, i) =>
        // They offer different prices, so that their bytes differ.
        startPipeline(journal, KEYS.slice(0, 1), { told, tip: GWEI * BigInt(1 + 9 * i) }),
      ),
    );
    for (let round = 0; round < 30 && (told.get(operation.id)?.length ?? 0) < 2; round += 1) {
      const now = await nowOf();
      for (const pipeline of pipelines) await submit(pipeline, operation, now);
      await Promise.all(pipelines.map((pipeline) => advance(pipeline, now)));
      await mine();
    }
    expect(await token.nonces(owner.address)).to.equal(1n);
    // One is mined; the other is superseded, looks again, and finds it done.
    expect(told.get(operation.id)?.toSorted()).to.deep.equal(["done", "mined"]);
    await Promise.all(journals.map((journal) => journal.close()));
    await removeFolder(folder);
  });

  it("names the contract's own error when a simulation reverts, and what a check reads", async () => {
    const { check, simulate } = createChainPorts(node);
    const { block } = await nowOf();
    const [deployer] = await ethers.getSigners();
    await ethers.provider.send("evm_setAutomine", [true]);
    const token = await ethers.deployContract("NexusToken", [deployer?.address, 1_000n]);
    await ethers.provider.send("evm_setAutomine", [false]);
    const now = await nowOf();
    const target = address(await token.getAddress());
    const data = hex(token.interface.encodeFunctionData("transfer", [accountOf(5), 1n]));
    const poor = KEYS[0]?.address ?? accountOf(1);
    const reverted = await simulate({ ...paymentOf(1), call: { target, data }, value: 0n }, poor, now.block);
    expect(reverted).to.deep.include({ kind: "reverted" });
    expect(reverted.kind === "reverted" ? reverted.why : "").to.match(/ERC20InsufficientBalance/);
    const supply = hex(token.interface.encodeFunctionData("totalSupply"));
    const call = { target, data: supply };
    expect(await check({ kind: "atLeast", call, amount: 1_000n }, now.block)).to.equal(true);
    expect(await check({ kind: "atLeast", call, amount: 1_001n }, now.block)).to.equal(false);
    const word = hex(`0x${(1_000).toString(16).padStart(64, "0")}`);
    expect(await check({ kind: "equals", call, answer: word }, now.block)).to.equal(true);
    expect(await check({ kind: "equals", call, answer: "0x" }, now.block)).to.equal(false);
    // Nothing was there at the earlier block.
    expect(await check({ kind: "atLeast", call, amount: 0n }, block)).to.equal(false);
  });
});
