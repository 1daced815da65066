import { expect } from "chai";
import { AbiCoder, type Interface, MaxUint256, hexlify, id as hashOf, keccak256 } from "ethers";
import fc from "fast-check";
import { exact, shown, signed, unitsOf } from "../../dashboard/src/data/amounts.ts";
import { spanText } from "../../dashboard/src/data/times.ts";
import { governorId } from "../../dashboard/src/wallet/governorId.ts";
import { type FunctionName, SELECTORS, addressAt, encode, listIn, wordAt } from "../../dashboard/src/data/selectors.ts";
import { type WalletProvider, readAnnouncement, shortText } from "../../dashboard/src/wallet/provider.ts";
import { Refused, connect, sendThrough, session, switchChain } from "../../dashboard/src/wallet/session.ts";
import { SAFE_ABI } from "../../scripts/safe/create.ts";
import {
  Consensus__factory,
  NexusGovernor__factory,
  NexusToken__factory,
  Treasury__factory,
} from "../../types/index.ts";

const usdc = (units: string) => ({ units, decimals: 6, symbol: "USDC" });

describe("Figures on the dashboard", () => {
  it("are exact where they are read out, and short where they are seen", () => {
    expect([exact(usdc("1234567890123")), shown(usdc("1234567890123"))]).to.deep.equal([
      "1,234,567.890123 USDC",
      "1,234,567.89",
    ]);
    expect([shown(usdc("-1500000")), signed(usdc("1500000")), signed(usdc("0"))]).to.deep.equal([
      "−1.50",
      "+1.50",
      "0.00",
    ]);
    expect([shown(usdc("1"), 4), shown(usdc("0"), 4), shown(usdc("999"), 0)]).to.deep.equal([
      "under 0.0001",
      "0.0000",
      "under 1",
    ]);
    expect(shown({ units: "7", decimals: 0, symbol: "X" })).to.equal("7");
  });

  it("lose no digit on their way from a text to units and back", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.nat(18), (units, decimals) => {
        const text = exact({ units: units.toString(), decimals, symbol: "X" }).split(" ")[0] ?? "";
        expect(unitsOf(text, decimals)).to.equal(units);
      }),
    );
    for (const text of ["", "-1", "1e3", "1.2.3", "0x10", "1.1234567", "١"])
      expect(unitsOf(text, 6), text).to.equal(undefined);
  });

  it("are read with commas between thousands alone: a decimal comma is refused, not dropped", () => {
    for (const text of ["1,5", "0,5", "0,500", "1,50", "1500,25", "1,5000", "1,,500", ",500", "1,500,25", "1.500,25"])
      expect(unitsOf(text, 6), text).to.equal(undefined);
    expect(["1,500", "1500", "1,500.25", "1,234,567", "0.5", " 12. "].map((text) => unitsOf(text, 6))).to.deep.equal([
      1_500_000_000n,
      1_500_000_000n,
      1_500_250_000n,
      1_234_567_000_000n,
      500_000n,
      12_000_000n,
    ]);
  });

  it("tell spans in two units at the most", () => {
    expect([0, 59, 61, 3_600, 90_061, -5].map(spanText)).to.deep.equal([
      "0 s",
      "59 s",
      "1 min 1 s",
      "1 h",
      "1 d 1 h",
      "0 s",
    ]);
  });
});

describe("Calls that the dashboard asks a wallet for", () => {
  const interfaces: readonly Interface[] = [
    Treasury__factory,
    NexusToken__factory,
    NexusGovernor__factory,
    Consensus__factory,
  ]
    .map((factory): Interface => factory.createInterface())
    .concat(SAFE_ABI);
  const names = Object.keys(SELECTORS).filter((name): name is FunctionName => name in SELECTORS);

  it("name functions of the contracts, by the selectors that those have", () => {
    for (const name of names) {
      const found = interfaces
        .map((abi) => abi.getFunction(name)?.selector)
        .filter((selector) => selector !== undefined);
      expect(found.length, name).to.be.at.least(1);
      expect([...new Set(found)], name).to.deep.equal([SELECTORS[name]]);
    }
  });

  it("carry their arguments as the general encoder does", () => {
    const account = `0x${"aB".repeat(20)}`;
    const [treasury] = interfaces;
    const wanted = treasury?.encodeFunctionData("redeem", [MaxUint256, account.toLowerCase(), account.toLowerCase()]);
    expect(encode("redeem(uint256,address,address)", MaxUint256, account, account)).to.equal(wanted);
  });

  it("have their answers read as the general decoder does", () => {
    const [treasury] = interfaces;
    const parts = [1n, 0n, MaxUint256];
    const list = treasury?.encodeFunctionResult("redeemInKind", [parts]) ?? "";
    expect(listIn(list)).to.deep.equal(parts);
    expect(listIn("0x")).to.deep.equal([]);
    const fresh = treasury?.encodeFunctionResult("recentSharesOf", [5n, 6n, 7n]) ?? "";
    expect([wordAt(fresh, 1), wordAt(fresh, 9)]).to.deep.equal([6n, 0n]);
    expect(addressAt(treasury?.encodeFunctionResult("asset", [`0x${"0a".repeat(20)}`]) ?? "", 0)).to.equal(
      `0x${"0a".repeat(20)}`,
    );
  });
});

describe("The number of a proposal of the DAO", () => {
  const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map((data) => hexlify(data));
  const call = fc.record({
    target: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((data) => hexlify(data)),
    value: fc.bigInt({ min: 0n, max: MaxUint256 }),
    data: bytes(100),
  });
  const documentOf = (
    calls: readonly (typeof call extends fc.Arbitrary<infer T> ? T : never)[],
    description: string,
  ) => ({
    calls: calls.map(({ target, data }) => ({ target, data, words: "", targetName: null })),
    governed: { values: calls.map(({ value }) => value.toString()), untrustedDescription: description },
  });

  it("is computed in the browser as the governor does [NX-GTW-10]", () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 4 }), fc.string({ unit: "binary" }), (calls, description) => {
        const parts = [
          calls.map(({ target }) => target),
          calls.map(({ value }) => value),
          calls.map(({ data }) => data),
          hashOf(description),
        ];
        const wanted = keccak256(
          AbiCoder.defaultAbiCoder().encode(["address[]", "uint256[]", "bytes[]", "bytes32"], parts),
        );
        expect(governorId(documentOf(calls, description))).to.equal(BigInt(wanted));
      }),
    );
  });

  it("is none where values lack, or where a part is no part of a proposal", () => {
    const one = { target: `0x${"0a".repeat(20)}`, value: 1n, data: "0x01" };
    const whole = documentOf([one], "");
    expect(governorId(whole)).to.be.a("bigint");
    expect(governorId({ ...whole, governed: null })).to.equal(undefined);
    expect(governorId({ ...whole, governed: { ...whole.governed, values: [] } })).to.equal(undefined);
    for (const bad of [{ target: "0x0a" }, { data: "0x0" }, { data: "" }])
      expect(governorId(documentOf([{ ...one, ...bad }], "")), JSON.stringify(bad)).to.equal(undefined);
    for (const value of ["-1", "x", (MaxUint256 + 1n).toString()])
      expect(governorId({ ...whole, governed: { ...whole.governed, values: [value] } }), value).to.equal(undefined);
  });
});

describe("A wallet that changes while a page is open", () => {
  const [alice, bob] = [`0x${"a1".repeat(20)}`, `0x${"b0".repeat(20)}`];
  const call = { to: `0x${"0c".repeat(20)}`, data: "0x" };

  /** A wallet in memory: `is` is what it answers now. */
  const walletOf = () => {
    const is = { chain: 7, accounts: [alice], obeys: true };
    const sent: unknown[] = [];
    const listeners = new Map<string, (value: unknown) => void>();
    const answers: Readonly<Record<string, (params: readonly unknown[]) => unknown>> = {
      eth_requestAccounts: () => is.accounts,
      eth_accounts: () => is.accounts,
      eth_chainId: () => `0x${is.chain.toString(16)}`,
      eth_call: () => "0x",
      eth_sendTransaction: ([asked]) => {
        sent.push(asked);
        return "0xfeed";
      },
      eth_getTransactionReceipt: () => ({ status: "0x1" }),
      wallet_switchEthereumChain: () => {
        if (is.obeys) is.chain = 9;
        return null;
      },
    };
    const provider: WalletProvider = {
      request: ({ method, params = [] }) => Promise.resolve(answers[method]?.(params)),
      on: (event, listener) => void listeners.set(event, listener),
    };
    return { is, sent, provider, tell: (event: string, value: unknown) => listeners.get(event)?.(value) };
  };

  const connected = async () => {
    const wallet = walletOf();
    await connect({ id: "1", name: "One", icon: undefined, provider: wallet.provider });
    if (session.value === undefined) throw new Error("no session");
    return { ...wallet, mine: session.value };
  };

  const refusalOf = async (doing: Promise<unknown>): Promise<string> =>
    doing.then(
      () => "nothing was refused",
      (error: unknown) => (error instanceof Refused ? error.message : String(error)),
    );

  afterEach(() => {
    session.value = undefined;
  });

  it("sends on the chain that the page shows, and names it in the transaction", async () => {
    const { mine, sent } = await connected();
    expect(await sendThrough(mine, call, () => undefined)).to.equal("0xfeed");
    expect(sent).to.deep.equal([{ from: alice, chainId: "0x7", ...call }]);
  });

  it("sends nothing from another chain or account than the page shows, told or not", async () => {
    const { is, mine, sent } = await connected();
    is.chain = 1;
    expect(await refusalOf(sendThrough(mine, call, () => undefined))).to.match(/on chain 1 now, and this page on 7/);
    expect(session.value?.chainId).to.equal(1);
    is.chain = 7;
    is.accounts = [bob, alice];
    expect(await refusalOf(sendThrough(mine, call, () => undefined))).to.include(`the account ${bob}`);
    is.accounts = [];
    expect(await refusalOf(sendThrough(mine, call, () => undefined))).to.include("no account");
    expect(session.value).to.equal(undefined);
    expect(sent).to.deep.equal([]);
  });

  it("hears only the wallet that is connected", async () => {
    const first = await connected();
    const second = await connected();
    first.tell("accountsChanged", [bob]);
    first.tell("chainChanged", "0x1");
    first.tell("accountsChanged", []);
    expect(session.value).to.deep.equal(second.mine);
    second.tell("chainChanged", "0x1");
    second.tell("accountsChanged", [bob]);
    expect([session.value?.chainId, session.value?.account]).to.deep.equal([1, bob]);
  });

  it("reads back which chain a wallet changed to", async () => {
    const { is, mine } = await connected();
    is.obeys = false;
    expect(await refusalOf(switchChain(mine, 9))).to.match(/on chain 7 still/);
    expect(session.value?.chainId).to.equal(7);
    is.obeys = true;
    await switchChain(mine, 9);
    expect(session.value?.chainId).to.equal(9);
  });
});

describe("What a wallet calls itself and says", () => {
  it("is cut, stands on one line and hides no character [NX-GTW-06]", async () => {
    const provider: WalletProvider = {
      request: async () => Promise.reject(Object.assign(new Error(`no\u202e\n${"x".repeat(5_000)}`), { code: -1 })),
    };
    const named = (name: unknown) => readAnnouncement({ info: { uuid: "1", name }, provider })?.name;
    expect(named("Good\u202e\nwallet")).to.equal(String.raw`Good\u{202e} wallet`);
    expect(named(" \n ")).to.equal("A wallet without a name");
    expect(named("é".repeat(41))).to.equal(`${"é".repeat(39)}…`);
    expect(Array.from(shortText("😀".repeat(5_000), 40))).to.have.length(40);
    const refused = await connect({ id: "1", name: "One", icon: undefined, provider }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Refused);
    expect(refused instanceof Refused ? refused.message : "").to.match(/^no\\u\{202e\} x{188}…$/);
  });
});
