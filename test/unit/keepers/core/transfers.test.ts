import { expect } from "chai";
import { Interface, id } from "ethers";
import fc from "fast-check";
import { type EventLog, TRANSFER_TOPIC, netChanges } from "../../../../keepers/core/transfers.ts";
import type { Address } from "../../../../keepers/core/units.ts";
import { TREASURY, USDC, WSEI, account } from "../../../support/keeperBuilders.ts";

const ERC20 = new Interface(["event Transfer(address indexed from, address indexed to, uint256 value)"]);
const ERC721 = new Interface(["event Transfer(address indexed from, address indexed to, uint256 indexed id)"]);
const STRANGER = account(0x77);
const LISTED = new Set([USDC, WSEI]);

const transfer = (token: Address, from: Address, to: Address, value: bigint): EventLog => ({
  address: token,
  ...ERC20.encodeEventLog("Transfer", [from, to, value]),
});

describe("core/transfers", () => {
  it("knows the event by its topic", () => {
    expect(TRANSFER_TOPIC).to.equal(id("Transfer(address,address,uint256)"));
  });

  it("nets what came in against what went out, token by token, in the order of the first move", () => {
    const logs = [
      transfer(WSEI, STRANGER, TREASURY, 7n),
      transfer(USDC, TREASURY, STRANGER, 10n),
      transfer(WSEI, TREASURY, STRANGER, 7n),
      transfer(USDC, STRANGER, TREASURY, 12n),
    ];
    expect(netChanges(logs, TREASURY, LISTED)).to.deep.equal([
      { token: WSEI, change: 0n },
      { token: USDC, change: 2n },
    ]);
  });

  it("counts a transfer to oneself as none", () => {
    const change = netChanges([transfer(USDC, TREASURY, TREASURY, 5n)], TREASURY, LISTED);
    expect(change).to.deep.equal([{ token: USDC, change: 0n }]);
  });

  it("does not hear tokens that are not listed, moves between others, other events and cut data", () => {
    const paid = transfer(USDC, STRANGER, TREASURY, 5n);
    const nft = { address: USDC, ...ERC721.encodeEventLog("Transfer", [STRANGER, TREASURY, 5n]) };
    const logs = [
      transfer(STRANGER, STRANGER, TREASURY, 5n),
      transfer(USDC, STRANGER, account(0x78), 5n),
      { ...paid, topics: [id("Approval(address,address,uint256)"), ...paid.topics.slice(1)] },
      { ...paid, topics: [TRANSFER_TOPIC, `0x${"ff".repeat(32)}`, paid.topics[2] ?? ""] },
      { ...paid, data: "0x05" },
      { ...paid, topics: [] },
      nft,
    ];
    expect(netChanges(logs, TREASURY, LISTED)).to.deep.equal([]);
  });

  it("agrees with balances kept by hand, whatever is sent to whom", () => {
    const party = fc.constantFrom(TREASURY, STRANGER, account(0x78));
    const move = fc.record({
      token: fc.constantFrom(USDC, WSEI),
      from: party,
      to: party,
      value: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 12 }), (moves) => {
        const balances = new Map<string, bigint>();
        const add = (token: Address, holder: Address, value: bigint) =>
          balances.set(token + holder, (balances.get(token + holder) ?? 0n) + value);
        for (const { token, from, to, value } of moves) {
          add(token, from, -value);
          add(token, to, value);
        }
        const logs = moves.map(({ token, from, to, value }) => transfer(token, from, to, value));
        for (const { token, change } of netChanges(logs, TREASURY, LISTED)) {
          expect(change).to.equal(balances.get(token + TREASURY));
        }
      }),
      { seed: 712 },
    );
  });
});
