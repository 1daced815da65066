/** What has the same address on Sei and on its test network. */
export const ON_BOTH = [
  {
    name: "Multicall3",
    address: "0xcA11bde05977b3631167028862bE2a173976CA11",
    view: "function getBlockNumber() view returns (uint256)",
    source: "docs.sei.io, ecosystem contracts, and viem 2.57.20, read 2026-11-22",
    verified: false,
  },
  {
    name: "SEI/USD by API3",
    address: "0x09c6e594DE2EB633902f00B87A43b27F80a31a60",
    view: "function read() view returns (int224 value, uint32 timestamp)",
    source: "computed by @api3/contracts 34.0.0, computeCommunalApi3ReaderProxyV1Address, read 2026-11-22",
    verified: false,
  },
  {
    name: "BTC/USD by API3",
    address: "0xCAc4d304032a46C8D0947396B7cBb07986826A36",
    view: "function read() view returns (int224 value, uint32 timestamp)",
    source: "computed by @api3/contracts 34.0.0, computeCommunalApi3ReaderProxyV1Address, read 2026-11-22",
    verified: false,
  },
  {
    name: "ETH/USD by API3",
    address: "0x5b0cf2b36a65a6BB085D501B971e4c102B9Cd473",
    view: "function read() view returns (int224 value, uint32 timestamp)",
    source: "computed by @api3/contracts 34.0.0, computeCommunalApi3ReaderProxyV1Address, read 2026-11-22",
    verified: false,
  },
  {
    name: "USDC/USD by API3",
    address: "0xD3C586Eec1C6C3eC41D276a23944dea080eDCf7f",
    view: "function read() view returns (int224 value, uint32 timestamp)",
    source: "computed by @api3/contracts 34.0.0, computeCommunalApi3ReaderProxyV1Address, read 2026-11-22",
    verified: false,
  },
  {
    name: "USDT/USD by API3",
    address: "0x4eadC6ee74b7Ceb09A4ad90a33eA2915fbefcf76",
    view: "function read() view returns (int224 value, uint32 timestamp)",
    source: "computed by @api3/contracts 34.0.0, computeCommunalApi3ReaderProxyV1Address, read 2026-11-22",
    verified: false,
  },
  {
    name: "SEI/USD by Pyth",
    address: "0x2880aB155794e7179c9eE2e38200202908C17B43",
    view: "function getPriceUnsafe(bytes32 id) view returns (int64 price, uint64 conf, int32 expo, uint256 publishTime)",
    arguments: ["0x53614f1cb0c031d4af66c04cb9c756234adad0e1cee85303795091499a4084eb"],
    source: "pyth-crosschain, contract_manager/EvmPriceFeedContracts.json, and docs.sei.io, Pyth, read 2026-11-22",
    verified: false,
  },
];
