import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import { CHANNELS_DOMAIN, VOUCHER_TYPES } from "../../keepers/core/channelTypes.ts";

const run = promisify(execFile);
const bin = (name: string): string => join(process.cwd(), "node_modules/.bin", name);

/** What an integrator writes. It resolves `nexus` by the package's own exports. */
const INTEGRATOR = `
  import { Treasury__factory } from "nexus";
  import { AddressBookError, parseAddressBook } from "nexus/deployments";
  import { channelHashes, loadKeccak, nexusScheme, paywall, payingFetch } from "nexus/payments";
  import abi from "nexus/abi/Treasury.json" with { type: "json" };
  import refusing from "nexus/abi/IConsensus.json" with { type: "json" };
  import commerce from "nexus/abi/Erc8183Adapter.json" with { type: "json" };

  const data = Treasury__factory.createInterface().encodeFunctionData("claim", ["0x" + "11".repeat(20), "0x" + "22".repeat(20)]);
  // Errors of the escrow, the ledger and the token reach who calls the adapter.
  const errors = ["NotCommerceParty", "NoResult", "JobTermOver", "BalanceTooSmall", "ERC20InsufficientAllowance"];
  const told = errors.map((name) => commerce.filter((e) => e.type === "error" && e.name === name).length);
  const { keccak } = await loadKeccak();
  const domain = { chainId: 1329n, channels: "0x" + "33".repeat(20) };
  const digest = channelHashes(keccak, domain).voucherDigest({ channelId: "0x" + "44".repeat(32), maxClaimableAmount: 5n });
  const payments = [nexusScheme, paywall, payingFetch].every((part) => typeof part === "function");
  let faults = 0;
  try { parseAddressBook({}); } catch (error) { if (error instanceof AddressBookError) faults = error.faults.length; }
  console.log(JSON.stringify({ selector: data.slice(0, 10), abi: abi.length > 50, enact: refusing.some((e) => e.name === "enact"), faults: faults > 0, told, digest, payments }));
`;

describe("the package for integrators", () => {
  it("exports typed factories, the schema of address books, and ABIs with all errors [NX-STD-05]", async () => {
    await run(bin("tsc"), ["-p", "tsconfig.package.json"]);
    await run(process.execPath, ["--import=tsx", "scripts/package.ts"]);
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", INTEGRATOR]);
    const domain = { ...CHANNELS_DOMAIN, chainId: 1329, verifyingContract: `0x${"33".repeat(20)}` };
    const voucher = { channelId: `0x${"44".repeat(32)}`, maxClaimableAmount: 5n };
    expect(JSON.parse(stdout)).to.deep.equal({
      // The selector of claim(address,address).
      selector: "0x21c0b342",
      abi: true,
      enact: true,
      faults: true,
      told: [1, 1, 1, 1, 1],
      digest: TypedDataEncoder.hash(domain, VOUCHER_TYPES, voucher),
      payments: true,
    });
  });

  it("carries no test, no mock's source and no keeper in its archive", async () => {
    const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"]);
    const paths = stdout.match(/"path": "[^"]+"/g) ?? [];
    expect(paths.some((path) => path.includes("dist/types/index.d.ts"))).to.equal(true);
    expect(paths.filter((path) => /"(?:test|contracts\/mocks|keepers|\.nexus)\//.test(path))).to.deep.equal([]);
  });
});
