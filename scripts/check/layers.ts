import { type Import, firstCycle, solidityImports, typescriptImports } from "./imports.ts";
import { type Files, matching } from "./repository.ts";

/**
 * Who may import whom. The first rule that fits the importing file counts; what it does not allow is forbidden.
 * `$1` in a target stands for the first group of the file's own pattern: an agent's own folder.
 */
type Rule = { readonly from: RegExp; readonly may: readonly string[] };

const PACKAGE = "^(?:@[a-z0-9-]+/)?[a-z0-9-]+(?:/|$)(?<!^(?:keepers|scripts|test|deployments|types|contracts)/)";
const ANY_PACKAGE_BUT_HARDHAT = `^(?!hardhat(?:/|$))${PACKAGE.slice(1)}`;
const NODE = "^node:";
const OWN_PURE = "^keepers/$1/(?!ports\\.ts$|tick\\.ts$)";
const SENDING = "^keepers/sending/";
const CORE_AND_MARKET = "^keepers/(?:core|market)/";
/** What a voucher and a channel are: commands sign and read them as the agents do. */
const PAYMENT_RULES = "^keepers/payments/(?:accept|channel|parse|voucher)\\.ts$";

const TYPESCRIPT_RULES: readonly Rule[] = [
  { from: /^keepers\/core\//, may: ["^keepers/core/"] },
  { from: /^keepers\/market\//, may: [CORE_AND_MARKET] },
  { from: /^keepers\/config\//, may: ["^keepers/(?:core|config)/", "^deployments/", "^zod$"] },
  { from: /^keepers\/runtime\//, may: ["^keepers/(?:core|runtime)/"] },
  {
    // An adapter in a folder named for an agent may use that agent's pure functions: the paywall judges vouchers with them.
    from: /^keepers\/adapters\/([^/]+)\//,
    may: [
      CORE_AND_MARKET,
      "^keepers/adapters/",
      "^keepers/[^/]+/ports\\.ts$",
      OWN_PURE,
      "^(?:types|deployments)/",
      ANY_PACKAGE_BUT_HARDHAT,
      NODE,
    ],
  },
  // How transactions are sent safely: one rule for all agents that send.
  { from: /^keepers\/sending\//, may: ["^keepers/(?:core|sending)/"] },
  // How the parts of each kind of agent are put together, and the fleet of them.
  {
    from: /^keepers\/(?:main|agents|paymentsAgent|sharedBus|common)\.ts$/,
    may: ["^keepers/", "^deployments/", "^types/", ANY_PACKAGE_BUT_HARDHAT, NODE],
  },
  { from: /^keepers\/([^/]+)\/tick\.ts$/, may: [CORE_AND_MARKET, SENDING, "^keepers/$1/"] },
  { from: /^keepers\/([^/]+)\/ports\.ts$/, may: [CORE_AND_MARKET, SENDING, OWN_PURE] },
  // decide.ts, and the pure helpers beside it.
  { from: /^keepers\/([^/]+)\//, may: [CORE_AND_MARKET, SENDING, OWN_PURE] },
  { from: /^deployments\//, may: ["^deployments/", "^keepers/core/", "^(?:zod|ethers)$", NODE] },
  // A bench times a decision by itself, what takes vouchers in, and the bus.
  {
    from: /^scripts\/bench\//,
    may: [
      "^scripts/",
      CORE_AND_MARKET,
      "^keepers/(?:main|[^/]+/decide)\\.ts$",
      "^keepers/(?:payments|adapters/payments|adapters/bus)/",
      "^deployments/",
      "^types/",
      PACKAGE,
      NODE,
    ],
  },
  // The commands that start keepers; nothing else may reach into their composition root.
  {
    from: /^scripts\/(?:start\.ts|start\/|cli\/)/,
    may: [
      "^scripts/",
      CORE_AND_MARKET,
      PAYMENT_RULES,
      "^keepers/(?:main\\.ts$|config/)",
      "^deployments/",
      "^types/",
      PACKAGE,
      NODE,
    ],
  },
  { from: /^scripts\//, may: ["^scripts/", CORE_AND_MARKET, PAYMENT_RULES, "^deployments/", "^types/", PACKAGE, NODE] },
  // Examples show what whoever has the package can do: they import what it exports.
  { from: /^docs\/examples\//, may: ["^keepers/adapters/payments/payments\\.ts$", PACKAGE, NODE] },
  { from: /^(?:test\/|hardhat\.config\.ts$)/, may: [".*"] },
];

const LIBRARIES = "^(?:@openzeppelin/contracts|solady/src/utils)/";
const BELOW_CONTRACTS = ["^contracts/(?:interfaces|libraries|types)/", LIBRARIES];

const SOLIDITY_RULES: readonly Rule[] = [
  { from: /^contracts\/types\//, may: ["^contracts/types/"] },
  { from: /^contracts\/interfaces\//, may: ["^contracts/(?:interfaces|types)/", LIBRARIES] },
  { from: /^contracts\/libraries\//, may: BELOW_CONTRACTS },
  { from: /^contracts\/mocks\//, may: [".*"] },
  // What stands beside the core may be made of several contracts.
  { from: /^contracts\/periphery\//, may: [...BELOW_CONTRACTS, "^contracts/periphery/"] },
  { from: /^contracts\//, may: BELOW_CONTRACTS },
  { from: /^test\//, may: [".*"] },
];

const findingsFor = (imports: readonly Import[], rules: readonly Rule[]): readonly string[] =>
  imports.flatMap(({ from, to }) => {
    const rule = rules.find((candidate) => candidate.from.test(from));
    if (rule === undefined) return [`${from}: no layer is declared for this file (scripts/check/layers.ts)`];
    const own = rule.from.exec(from)?.[1] ?? "";
    const isAllowed = rule.may.some((pattern) => new RegExp(pattern.replaceAll("$1", own)).test(to));
    const isTest = to.startsWith("test/") && !from.startsWith("test/");
    return isAllowed && !isTest ? [] : [`${from} must not import ${to}`];
  });

const cycleFindings = (imports: readonly Import[]): readonly string[] => {
  const cycle = firstCycle(imports);
  return cycle === undefined ? [] : [`imports go in a circle: ${cycle.join(" → ")}`];
};

/** Imports against the layers, circles, and `index.ts` files, which hide who imports whom. */
export const layerFindings = (files: Files): readonly string[] => {
  const typescript = typescriptImports(files);
  const solidity = solidityImports(files);
  return [
    ...findingsFor(typescript, TYPESCRIPT_RULES),
    ...findingsFor(solidity, SOLIDITY_RULES),
    ...cycleFindings(typescript),
    ...cycleFindings(solidity),
    ...matching(files, /(?:^|\/)index\.ts$/).map(([path]) => `${path}: name the file for what it holds`),
  ];
};
