import { mkdtemp, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openKeyRing } from "../../../keepers/adapters/bus/keyRing.ts";
import { nativePrimitives } from "../../../keepers/adapters/bus/nacl.ts";
import type { Head } from "../../../keepers/adapters/chain/heads.ts";
import { createKey } from "../../../keepers/adapters/chain/keys.ts";
import { createChainPorts } from "../../../keepers/adapters/chain/operations.ts";
import { createRegisteredKeysReader } from "../../../keepers/adapters/chain/registeredKeys.ts";
import { isRecord, quantityOf } from "../../../keepers/adapters/chain/rpc.ts";
import { openTransactionJournal } from "../../../keepers/adapters/store/journal.ts";
import { localSigner } from "../../../keepers/adapters/wallet/signer.ts";
import { hex } from "../../../keepers/core/hex.ts";
import { address, blockNumber, unixSeconds } from "../../../keepers/core/units.ts";
import { advance, resumePipeline } from "../../../keepers/sending/advance.ts";
import { createKeyCare } from "../../../keepers/sending/keyRenewal.ts";
import { createSender, inFlight } from "../../../keepers/sending/send.ts";
import { renewalPorts } from "../../../keepers/wiring/keyCare.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";
import { DAY, at, ethers, loadFixture, networkHelpers, time } from "../../support/chain.ts";
import { inProcessNode } from "../../support/fakeNode.ts";
import { nexusFixture } from "../../support/nexus.ts";

const GWEI = 10n ** 9n;
const AGE = 30;
const given = { messageKey: hex(`0x${"a1".repeat(32)}`), boxKey: hex(`0x${"b2".repeat(32)}`) } as const;
const first = {
  messageKey: nativePrimitives.signer(Buffer.from("a1".repeat(32), "hex")).messageKey,
  boxKey: nativePrimitives.boxKeys(Buffer.from("b2".repeat(32), "hex")).boxKey,
};

/** Agent 1 has message keys that its operator gave it, and may renew them. */
const keyFixture = async () => {
  const f = await nexusFixture();
  const contract = await ethers.deployContract("MessageKeyRenewal", [f.addresses.registry]);
  const registry = f.registry.connect(f.operatorA);
  await registry.rotateProfile(1n, { uriDigest: ethers.id("file"), ...first }, 0n);
  await registry.approve(await contract.getAddress(), 1n);
  const { key } = at(f.voters, 0);
  await networkHelpers.setBalance(key.address, 10n ** 20n);
  return { ...f, contract, key };
};
type World = Awaited<ReturnType<typeof keyFixture>>;

class Death extends Error {}

/** Lets a life end before or after its nth step in the world outside, and take no other one. */
const mortal = (dieAt: number) => {
  let steps = 0;
  let isDead = false;
  const die = (): Promise<never> => {
    isDead = true;
    return Promise.reject(new Death("killed"));
  };
  const all = <T extends object>(ports: T): T =>
    new Proxy(ports, {
      get: (target, name) => {
        const found: unknown = Reflect.get(target, name);
        // What we hold in memory is no step.
        if (typeof found !== "function" || name === "all") return found;
        return async (...args: readonly unknown[]): Promise<unknown> => {
          if (isDead) throw new Death("dead");
          const step = (steps += 2);
          if (step === dieAt + 1) return die();
          const value: unknown = await Reflect.apply(found, target, args);
          return step === dieAt ? die() : value;
        };
      },
    });
  return { all, steps: () => steps };
};

/** A keeper that cares for the keys of agent 1, with its files in a folder. */
const live = async (f: World, folder: string, dieAt = -1, ages = { messageDays: AGE, voteDays: 0 }) => {
  const life = mortal(dieAt);
  const troubles: string[] = [];
  let now: Head | undefined;
  const node = { ...inProcessNode(), head: () => now };
  const ring = await openKeyRing(nativePrimitives, join(folder, "keys.json"), given);
  const journal = await openTransactionJournal(join(folder, "transactions.log"));
  const key = createKey(f.key.privateKey);
  const { chainId } = await ethers.provider.getNetwork();
  const onTrouble = (what: string): void => void troubles.push(what);
  const pipeline = createSender(
    {
      ...life.all(createChainPorts(node)),
      sign: localSigner([key], chainId),
      store: life.all(journal),
      nowMs: () => 0,
    },
    {
      name: "risk-1",
      sender: key.address,
      dryRun: false,
      gasMarginPercent: 20n,
      gasReserve: 0n,
      tip: GWEI,
      maxGasPrice: 1_000n * GWEI,
    },
    { onResult: () => expect.fail("the agent was told"), onSent: () => expect.fail("the agent was told"), onTrouble },
  );
  const [registry, contract] = [address(f.addresses.registry), address(await f.contract.getAddress())];
  const ways = { agentId: 1n, contract, pipeline: () => Promise.resolve(pipeline), ring: life.all(ring) };
  const look = createKeyCare(
    {
      head: () => now,
      readKeys: createRegisteredKeysReader(node, { registry, fromBlock: 0n, agentId: 1n, onTrouble }),
      renewal: renewalPorts({ node, registry }, ways),
      onKeys: () => undefined,
      onTrouble,
    },
    { agentId: 1n, signer: key.address, ages, everyBlocks: 1n },
  );
  let isResumed = false;
  const round = async (): Promise<void> => {
    if (!isResumed) await resumePipeline(pipeline);
    isResumed = true;
    const head = await node.request("eth_getBlockByNumber", ["latest", false]);
    const { number, timestamp, baseFeePerGas } = isRecord(head) ? head : {};
    const [block, seconds] = [blockNumber(quantityOf(number, "number")), unixSeconds(quantityOf(timestamp, "time"))];
    now = { block, time: seconds, baseFee: quantityOf(baseFeePerGas, "base fee"), seenAtMs: 0 };
    await look();
    await advance(pipeline, now);
  };
  return { round, ring, journal, troubles, steps: life.steps, isBusy: () => inFlight(pipeline).length > 0 };
};

const changes = async ({ registry }: World, since: number) =>
  registry.queryFilter(registry.filters.ProfileChanged(1n), since + 1);

const ROUNDS = 6;

describe("A keeper's own keys", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-keys-"));
  });
  afterEach(() => removeFolder(folder));

  /** Lives until the keys are renewed and nothing is under way, or until death. @returns whether it died */
  const liveOn = async (f: World, dieAt: number, rounds = ROUNDS): Promise<boolean> => {
    const life = await live(f, folder, dieAt);
    try {
      for (let i = 0; i < rounds; i += 1) {
        await life.round();
        await networkHelpers.mine();
      }
      return false;
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      return true;
    } finally {
      await life.journal.close();
    }
  };

  it("are renewed once at their age, whatever step it is killed before or after [NX-KEE-13]", async () => {
    const f = await loadFixture(keyFixture);
    let died = true;
    let before: typeof first = first;
    let kills = 0;
    for (let dieAt = 1; died; dieAt += 1) {
      await time.increase(2n * DAY);
      await liveOn(f, -1, 2);
      await time.increase(29n * DAY);
      const since = await ethers.provider.getBlockNumber();
      died = await liveOn(f, dieAt);
      if (died) kills += 1;
      await liveOn(f, -1);
      const [change, ...others] = await changes(f, since);
      expect(others, `killed at ${dieAt}`).to.deep.equal([]);
      expect(change?.args.uriDigest).to.equal(ethers.id("file"));
      const after = { messageKey: hex(change?.args.messageKey ?? ""), boxKey: hex(change?.args.boxKey ?? "") };
      const { ring, journal } = await live(f, folder);
      const held = ring.all().map(({ messageKey, boxKey }) => ({ messageKey, boxKey }));
      // The new ones, those before while the overlap lasts, and the operator's.
      expect(held, `killed at ${dieAt}`).to.deep.include.members([after, before, first]);
      expect(held.length, `killed at ${dieAt}`).to.be.at.most(3);
      expect(await journal.pending()).to.deep.equal([]);
      await journal.close();
      before = after;
    }
    expect(kills).to.be.greaterThan(20);
    const { mode } = await stat(join(folder, "keys.json"));
    expect(mode & 0o777).to.equal(0o600);
  });

  it("stay in the file until the overlap ends, and are forgotten after it [NX-KEE-13]", async () => {
    const f = await loadFixture(keyFixture);
    for (let i = 0; i < 2; i += 1) {
      await time.increase(31n * DAY);
      await liveOn(f, -1);
    }
    const life = await live(f, folder);
    const counts: number[] = [];
    for (const seconds of [0n, DAY, 1n, 1n]) {
      await time.increase(seconds);
      await life.round();
      counts.push(life.ring.all().length);
    }
    // At two looks, one after the other, nobody needs them.
    expect(counts).to.deep.equal([3, 3, 3, 2]);
    await life.journal.close();
    const again = await live(f, folder);
    expect(again.ring.all()).to.have.length(2);
    await again.journal.close();
  });

  it("are not forgotten for one answer of a node that knows nothing of them [NX-KEE-13]", async () => {
    const f = await loadFixture(keyFixture);
    await time.increase(31n * DAY);
    await liveOn(f, -1);
    const life = await live(f, folder);
    const snapshot = await networkHelpers.takeSnapshot();
    await f.registry.connect(f.operatorA).rotateProfile(1n, { uriDigest: ethers.id("file"), ...first }, 0n);
    await time.increase(2n * DAY);
    await life.round();
    await snapshot.restore();
    await life.round();
    expect(life.ring.all()).to.have.length(2);
    await life.journal.close();
  });

  it("are left alone before their age, and by a keeper that may not", async () => {
    const f = await loadFixture(keyFixture);
    await time.increase(29n * DAY);
    const since = await ethers.provider.getBlockNumber();
    const life = await live(f, folder);
    const rounds = async (): Promise<void> => {
      for (let i = 0; i < 3; i += 1) {
        await life.round();
        await networkHelpers.mine();
      }
    };
    await rounds();
    await f.registry.connect(f.operatorA).approve(ethers.ZeroAddress, 1n);
    await time.increase(2n * DAY);
    await rounds();
    expect(await changes(f, since)).to.deep.equal([]);
    expect(life.ring.all()).to.have.length(1);
    expect(life.troubles).to.deep.equal([
      "the message keys of agent 1 are 31 days old, and it may not renew them: let it once by nexus agent renewal --id 1, or use nexus agent rotate-keys",
    ]);
    await f.registry.connect(f.operatorA).approve(await f.contract.getAddress(), 1n);
    await rounds();
    expect(await changes(f, since)).to.have.length(1);
    await life.journal.close();
  });

  it("are renewed once by two processes of one key that know nothing of one another [NX-KEE-13]", async () => {
    const f = await loadFixture(keyFixture);
    await time.increase(31n * DAY);
    const since = await ethers.provider.getBlockNumber();
    const elsewhere = await mkdtemp(join(tmpdir(), "nexus-keys-"));
    const [one, two] = [await live(f, folder), await live(f, elsewhere)];
    await ethers.provider.send("evm_setAutomine", [false]);
    try {
      const rounds = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i += 1) {
          await Promise.all([one.round(), two.round()]);
          await networkHelpers.mine();
        }
      };
      await rounds(40);
      expect(await changes(f, since)).to.have.length(1);
      const foreign = "agent 1 has message keys in the registry that are not here: nobody renews them here";
      expect([...one.troubles, ...two.troubles].filter((what) => what === foreign)).to.have.length(1);
      expect([one.isBusy(), two.isBusy()]).to.deep.equal([false, false]);
      // Whoever holds the registered keys goes on with them.
      await time.increase(31n * DAY);
      await rounds(40);
      expect(await changes(f, since)).to.have.length(2);
    } finally {
      await ethers.provider.send("evm_setAutomine", [true]);
      await Promise.all([one.journal.close(), two.journal.close()]);
      await removeFolder(elsewhere);
    }
  });

  it("of votes are asked for in time, once a day, and not before", async () => {
    const f = await loadFixture(keyFixture);
    const life = await live(f, folder, -1, { messageDays: 0, voteDays: 90 });
    const asked = async (days: bigint): Promise<number> => {
      await time.increase(days * DAY);
      for (let i = 0; i < 2; i += 1) {
        await life.round();
        await networkHelpers.mine();
      }
      return life.troubles.length;
    };
    expect([await asked(82n), await asked(2n), await asked(1n)]).to.deep.equal([0, 1, 2]);
    expect(life.troubles[0]).to.equal(
      "the vote key of agent 1 is 84 days old, and is to be replaced at 90: nexus agent rotate-keys --id 1, by its operator",
    );
    await life.journal.close();
  });

  it("that cannot be read are refused, and nothing of them is shown", async () => {
    const f = await loadFixture(keyFixture);
    await liveOn(f, -1);
    await writeFile(join(folder, "keys.json"), '{"version":1,"keys":[{"messageKey":"0x5ec2e7"}]}');
    const refused = await live(f, folder).then(String, String);
    expect(refused).to.match(/keys\.json is damaged: bring back a copy/);
    expect(refused).to.not.include("5ec2e7");
  });
});
