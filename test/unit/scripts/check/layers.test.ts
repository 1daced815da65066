import { expect } from "chai";
import { layerFindings } from "../../../../scripts/check/layerFindings.ts";

const files = (...entries: readonly (readonly [path: string, text: string])[]) => new Map(entries);
const importing = (path: string, specifier: string) => files([path, `import { x } from "${specifier}";\n`]);

describe("check layers", () => {
  for (const [path, specifier] of [
    ["keepers/core/a.ts", "./b.ts"],
    ["keepers/market/a.ts", "../core/b.ts"],
    ["keepers/agents/arbitrage/decide.ts", "../../market/b.ts"],
    ["keepers/agents/arbitrage/decide.ts", "./cycles.ts"],
    ["keepers/agents/arbitrage/ports.ts", "./decide.ts"],
    ["keepers/agents/arbitrage/tick.ts", "./ports.ts"],
    ["keepers/adapters/chain/a.ts", "ethers"],
    ["keepers/adapters/chain/a.ts", "../../agents/arbitrage/ports.ts"],
    ["keepers/adapters/log/a.ts", "node:fs"],
    ["keepers/agents/arbitrage/config.ts", "../../config/shapes.ts"],
    ["keepers/agents/arbitrage/config.ts", "zod"],
    ["keepers/wiring/arbitrage.ts", "../agents/arbitrage/tick.ts"],
    ["keepers/wiring/arbitrage.ts", "../adapters/chain/a.ts"],
    ["keepers/config/a.ts", "zod"],
    ["keepers/runtime/a.ts", "../core/b.ts"],
    ["keepers/views/a.ts", "../market/b.ts"],
    ["keepers/views/a.ts", "../../deployments/schema.ts"],
    ["keepers/adapters/readers/a.ts", "../../views/b.ts"],
    ["keepers/adapters/readers/a.ts", "ethers"],
    ["scripts/dao/a.ts", "../../keepers/adapters/readers/b.ts"],
    ["scripts/start/a.ts", "../sandbox/b.ts"],
    ["keepers/main.ts", "./adapters/chain/a.ts"],
    ["scripts/deploy/a.ts", "../../keepers/core/b.ts"],
    ["scripts/deploy/a.ts", "hardhat"],
    ["scripts/cli/a.ts", "../../keepers/main.ts"],
    ["scripts/bench/a.ts", "../../keepers/agents/arbitrage/decide.ts"],
    ["keepers/adapters/chain/a.ts", "../../../deployments/schema.ts"],
    ["test/unit/a.test.ts", "../../keepers/agents/arbitrage/tick.ts"],
    ["contracts/Treasury.sol", "./interfaces/ITreasury.sol"],
    ["contracts/sources/A.sol", "../types/B.sol"],
    ["contracts/libraries/A.sol", "@openzeppelin/contracts/token/ERC20/IERC20.sol"],
    ["contracts/A.sol", "solady/src/utils/MerkleProofLib.sol"],
    ["contracts/A.sol", "./abstracts/B.sol"],
    ["contracts/periphery/A.sol", "../abstracts/B.sol"],
    ["contracts/abstracts/A.sol", "../libraries/B.sol"],
    ["contracts/abstracts/A.sol", "./B.sol"],
    ["contracts/mocks/A.sol", "../Treasury.sol"],
  ] as const) {
    it(`lets ${path} import ${specifier}`, () => {
      expect(layerFindings(importing(path, specifier))).to.deep.equal([]);
    });
  }

  for (const [path, specifier, target] of [
    ["keepers/core/a.ts", "ethers", "ethers"],
    ["keepers/core/a.ts", "node:fs", "node:fs"],
    ["keepers/core/a.ts", "../market/b.ts", "keepers/market/b.ts"],
    ["keepers/market/a.ts", "../agents/arbitrage/decide.ts", "keepers/agents/arbitrage/decide.ts"],
    ["keepers/agents/arbitrage/decide.ts", "ethers", "ethers"],
    ["keepers/agents/arbitrage/decide.ts", "./ports.ts", "keepers/agents/arbitrage/ports.ts"],
    ["keepers/agents/arbitrage/decide.ts", "../risk/decide.ts", "keepers/agents/risk/decide.ts"],
    ["keepers/agents/arbitrage/decide.ts", "./config.ts", "keepers/agents/arbitrage/config.ts"],
    ["keepers/agents/arbitrage/tick.ts", "../../config/shapes.ts", "keepers/config/shapes.ts"],
    ["keepers/adapters/chain/a.ts", "../../wiring/a.ts", "keepers/wiring/a.ts"],
    ["keepers/views/a.ts", "ethers", "ethers"],
    ["keepers/views/a.ts", "../sending/b.ts", "keepers/sending/b.ts"],
    ["keepers/adapters/readers/a.ts", "../../agents/risk/ports.ts", "keepers/agents/risk/ports.ts"],
    ["scripts/dao/a.ts", "../../keepers/adapters/chain/b.ts", "keepers/adapters/chain/b.ts"],
    ["scripts/cli/a.ts", "../../keepers/wiring/risk.ts", "keepers/wiring/risk.ts"],
    ["keepers/agents/arbitrage/cycles.ts", "./tick.ts", "keepers/agents/arbitrage/tick.ts"],
    ["keepers/agents/arbitrage/tick.ts", "../../adapters/chain/a.ts", "keepers/adapters/chain/a.ts"],
    ["keepers/adapters/chain/a.ts", "hardhat", "hardhat"],
    ["keepers/adapters/chain/a.ts", "../../agents/arbitrage/tick.ts", "keepers/agents/arbitrage/tick.ts"],
    ["keepers/runtime/a.ts", "../agents/arbitrage/tick.ts", "keepers/agents/arbitrage/tick.ts"],
    ["keepers/config/a.ts", "ethers", "ethers"],
    ["scripts/deploy/a.ts", "../../keepers/main.ts", "keepers/main.ts"],
    ["scripts/cli/a.ts", "../../keepers/agents/arbitrage/decide.ts", "keepers/agents/arbitrage/decide.ts"],
    ["scripts/bench/a.ts", "../../keepers/agents/arbitrage/tick.ts", "keepers/agents/arbitrage/tick.ts"],
    ["scripts/deploy/a.ts", "../../test/support/b.ts", "test/support/b.ts"],
    ["contracts/Treasury.sol", "./Consensus.sol", "contracts/Consensus.sol"],
    ["contracts/Treasury.sol", "./mocks/A.sol", "contracts/mocks/A.sol"],
    ["contracts/types/A.sol", "../interfaces/B.sol", "contracts/interfaces/B.sol"],
    ["contracts/interfaces/A.sol", "../libraries/B.sol", "contracts/libraries/B.sol"],
    ["contracts/libraries/A.sol", "../Treasury.sol", "contracts/Treasury.sol"],
    ["contracts/libraries/A.sol", "../abstracts/B.sol", "contracts/abstracts/B.sol"],
    ["contracts/abstracts/A.sol", "../Treasury.sol", "contracts/Treasury.sol"],
  ] as const) {
    it(`forbids ${path} to import ${target}`, () => {
      expect(layerFindings(importing(path, specifier))).to.include(`${path} must not import ${target}`);
    });
  }

  it("sees type imports, re-exports, bare and dynamic imports, and none in a comment", () => {
    const text = [
      'import type { A } from "ethers";',
      'export { b } from "zod";',
      'import "chai";',
      'const c = await import("mocha");',
      '// import { d } from "tsx";',
      '/* import { e } from "prettier"; */',
      'import {\n  f,\n  g,\n} from "fast-check";',
    ].join("\n");
    const targets = layerFindings(files(["keepers/core/a.ts", text])).map((finding) => finding.split(" ").at(-1));
    expect(targets).to.have.members(["ethers", "zod", "chai", "mocha", "fast-check"]);
  });

  it("finds a circle and shows it", () => {
    const circle = files(
      ["keepers/core/a.ts", 'import { b } from "./b.ts";'],
      ["keepers/core/b.ts", 'import { c } from "./c.ts";'],
      ["keepers/core/c.ts", 'import { b } from "./b.ts";'],
    );
    expect(layerFindings(circle)).to.deep.equal([
      "imports go in a circle: keepers/core/b.ts → keepers/core/c.ts → keepers/core/b.ts",
    ]);
  });

  for (const [path, specifier, target, where] of [
    ["keepers/views/a.ts", "../agents/risk/decide.ts", "keepers/agents/risk/decide.ts", "beside it"],
    ["keepers/core/a.ts", "../market/b.ts", "keepers/market/b.ts", "on a higher layer"],
    ["scripts/dao/a.ts", "../cli/b.ts", "scripts/cli/b.ts", "on a higher layer"],
    ["scripts/sandbox/a.ts", "../start/b.ts", "scripts/start/b.ts", "on a higher layer"],
    ["scripts/start/a.ts", "../cli/b.ts", "scripts/cli/b.ts", "beside it"],
    ["scripts/lib/a.ts", "../deploy/b.ts", "scripts/deploy/b.ts", "on a higher layer"],
  ] as const) {
    it(`keeps ${path} from ${target}, which stands ${where}`, () => {
      const found = `${path} must not import ${target}, which stands ${where}`;
      expect(layerFindings(importing(path, specifier))).to.include(found);
    });
  }

  it("wants a layer for every folder of keepers and scripts", () => {
    const odd = importing("scripts/attic/a.ts", "./b.ts");
    expect(layerFindings(odd)).to.deep.equal(["scripts/attic/a.ts: no layer is declared for it"]);
  });

  it("finds folders that import each other, where no two files do", () => {
    const folders = files(
      ["scripts/cli/dao/a.ts", 'import { b } from "../safe/b.ts";'],
      ["scripts/cli/safe/c.ts", 'import { d } from "../dao/d.ts";'],
    );
    const circle = "scripts/cli/dao → scripts/cli/safe → scripts/cli/dao";
    expect(layerFindings(folders)).to.deep.equal([`folders import each other in a circle: ${circle}`]);
  });

  it("lets a folder's own files and its subfolders share a file that lies between them", () => {
    const folders = files(
      ["scripts/cli/program.ts", 'import { a } from "./dao/a.ts";'],
      ["scripts/cli/dao/a.ts", 'import { b } from "../session.ts";'],
    );
    expect(layerFindings(folders)).to.deep.equal([]);
  });

  it("wants a layer for every file, and no index.ts", () => {
    const odd = files(["tools/a.ts", 'import { b } from "./b.ts";'], ["keepers/core/index.ts", ""]);
    expect(layerFindings(odd)).to.have.length(2);
  });
});
