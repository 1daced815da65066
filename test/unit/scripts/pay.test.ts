import { mkdtemp, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider, Network, Transaction, type TransactionRequest } from "ethers";
import { UsageError } from "../../../scripts/lib/command.ts";
import { type Session, act } from "../../../scripts/cli/session.ts";
import { lookOn } from "../../../scripts/cli/pay/close.ts";
import { payerOf } from "../../../scripts/cli/pay/steps.ts";
import { writeObject } from "../../../scripts/lib/termsFile.ts";
import { account } from "../../support/keeperBuilders.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

const BLOCK = {
  hash: `0x${"01".repeat(32)}`,
  parentHash: `0x${"02".repeat(32)}`,
  number: "0x1",
  timestamp: "0x1",
  nonce: "0x0000000000000000",
  difficulty: "0x0",
  gasLimit: "0x1",
  gasUsed: "0x0",
  miner: `0x${"0".repeat(40)}`,
  extraData: "0x",
  transactions: [],
};

/** A node whose account has `mined` transactions and, together with those that wait, `pending`. */
class FakeNode extends JsonRpcProvider {
  readonly raw: string[] = [];
  readonly #counts: { mined: number; pending: number };
  constructor(counts: { mined: number; pending: number }) {
    const network = Network.from(1329);
    super("http://127.0.0.1:1", network, { staticNetwork: network, batchMaxCount: 1 });
    this.#counts = counts;
  }
  override send(method: string, params: readonly unknown[]): Promise<unknown> {
    const { mined, pending } = this.#counts;
    const count = params[1] === "pending" ? pending : mined;
    const answers: Readonly<Record<string, unknown>> = {
      eth_getTransactionCount: `0x${count.toString(16)}`,
      eth_estimateGas: "0x5208",
      eth_gasPrice: "0x1",
      eth_blockNumber: "0x1",
      eth_getBlockByNumber: BLOCK,
    };
    if (method in answers) return Promise.resolve(answers[method]);
    if (method === "eth_sendRawTransaction") this.raw.push(String(params[0]));
    return Promise.reject(new Error(`no answer to ${method}`));
  }
}

const sessionOf = (provider: JsonRpcProvider, isSending = true): Session => {
  const values = new Map(isSending ? [["send", ""]] : []);
  // Only what the payer is found by is there.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/consistent-type-assertions -- it is not asked for more
  return { values, provider, isSandbox: false, inJson: false } as unknown as Session;
};

describe("Who pays by a command", () => {
  before(() => {
    process.env["NEXUS_PAYMENT_KEY"] = `0x${"07".repeat(32)}`;
  });
  after(() => {
    delete process.env["NEXUS_PAYMENT_KEY"];
  });

  it("is refused while a transaction of its own waits, so that nothing said twice moves twice [NX-CHN-09]", async () => {
    const waiting = await payerOf(sessionOf(new FakeNode({ mined: 3, pending: 4 }))).catch((error: unknown) => error);
    expect(waiting).to.be.instanceOf(UsageError);
    expect(String(waiting)).to.include("is pending");
    expect((await payerOf(sessionOf(new FakeNode({ mined: 3, pending: 3 })))).nonce).to.equal(3);
    expect((await payerOf(sessionOf(new FakeNode({ mined: 3, pending: 4 }), false))).nonce).to.equal(undefined);
  });

  it("sends under the nonce that was read before the state, whatever waits by then [NX-CHN-09]", async () => {
    const counts = { mined: 3, pending: 3 };
    const node = new FakeNode(counts);
    const session = sessionOf(node);
    const actor = await payerOf(session);
    // Somebody says the same at the same time, and is faster.
    counts.pending = 4;
    const call: TransactionRequest & { target: string; data: string; value: bigint } = {
      target: account(1),
      data: "0x",
      value: 0n,
    };
    await act(session, actor, call).catch(() => undefined);
    expect(node.raw.map((raw) => Transaction.from(raw).nonce)).to.deep.equal([3]);
  });
});

describe("Watching a channel", () => {
  it("goes on after faults of the node, tells each once, and ends where it should [NX-CHN-08]", async () => {
    const answers: (Error | number | undefined)[] = [
      undefined,
      new Error("server response 502 Bad Gateway"),
      new Error("server response 502 Bad Gateway"),
      undefined,
      new Error("server response 502 Bad Gateway"),
      new SyntaxError("Unexpected token < in JSON"),
      7,
    ];
    const troubles: string[] = [];
    let waits = 0;
    const code = await lookOn(
      () => {
        const answer = answers.shift();
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
      {
        wait: () => {
          waits += 1;
          return Promise.resolve();
        },
        onTrouble: (reason) => void troubles.push(reason),
      },
    );
    expect([code, waits, troubles.length]).to.deep.equal([7, 6, 3]);
    const misuse = await lookOn(() => Promise.reject(new UsageError("no")), {
      wait: () => Promise.resolve(),
      onTrouble: () => undefined,
    }).catch((error: unknown) => error);
    expect(misuse).to.be.instanceOf(UsageError);
  });
});

describe("A file of payments", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nexus-files-"));
  });
  afterEach(() => removeFolder(folder));

  it("holds the old voucher until the new one lies on the disk [NX-CHN-06]", async () => {
    const path = join(folder, "voucher.json");
    await writeObject(path, { total: 1n });
    expect(JSON.parse(await readFile(path, "utf8"))).to.deep.equal({ total: "1" });
    // A disk that is full: nothing can be written where the new file would lie.
    await symlink("/dev/full", `${path}.${process.pid}.new`);
    const failure: unknown = await writeObject(path, { total: 2n }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
    expect(JSON.parse(await readFile(path, "utf8"))).to.deep.equal({ total: "1" });
    expect(await readdir(folder)).to.deep.equal(["voucher.json"]);
    await writeFile(path, "{}");
    await writeObject(path, { total: 3n });
    expect(JSON.parse(await readFile(path, "utf8"))).to.deep.equal({ total: "3" });
  });
});
