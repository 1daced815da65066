import { type Network, parseNetwork } from "../network.ts";
import { ON_BOTH } from "./onBoth.ts";

/** The test network of Sei, as its documents and the packages of its protocols have it. See `verified`. */
export const SEI_TESTNET: Network = parseNetwork({
  name: "sei-testnet",
  chainId: 1328,
  entries: [
    {
      name: "USDC",
      address: "0x4fCF1784B31630811181f670Aea7A7bEF803eaED",
      view: "function decimals() view returns (uint8)",
      answer: "6",
      source: "docs.sei.io, USDC on Sei, read 2026-11-22",
      verified: false,
    },
    {
      name: "WSEI",
      address: "0xdE5cc7BdFff9311373337e4Dda6ce06850494189",
      view: "function decimals() view returns (uint8)",
      answer: "18",
      source: "dragonswap-core, deployments/addresses.json; which one is canonical is not documented, read 2026-11-22",
      verified: false,
    },
    ...ON_BOTH,
    {
      name: "DragonSwap V1 factory",
      address: "0x385488FfbFf2265DaC31d38497b616fA6cc81231",
      view: "function allPairsLength() view returns (uint256)",
      source: "dragonswap-core, deployments/addresses.json, read 2026-11-22",
      verified: false,
    },
    {
      name: "DragonSwap V1 router",
      address: "0x4Ed5B9C2C3E0689d516F312e88b12D96D2548A66",
      view: "function factory() view returns (address)",
      answer: "0x385488FfbFf2265DaC31d38497b616fA6cc81231",
      source: "dragonswap-core, deployments/addresses.json, read 2026-11-22",
      verified: false,
    },
  ],
});
