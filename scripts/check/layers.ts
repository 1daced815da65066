/**
 * The layers of the TypeScript, from below. A file imports its own folder and the layers below; two folders of one layer do
 * not import each other. ARCHITECTURE.md has the same plan, with the places of what is still to come.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ["keepers/core"],
  ["deployments", "keepers/config", "keepers/market", "keepers/orchestrator", "keepers/runtime", "keepers/sending"],
  ["keepers/quant"],
  ["keepers/agents", "keepers/views"],
  ["keepers/adapters", "keepers/backtest"],
  ["keepers/gateway", "keepers/wiring"],
  ["keepers/client", "keepers/main.ts"],
  ["scripts/lib", "scripts/setup"],
  ["scripts/check", "scripts/deploy", "scripts/prove", "scripts/release", "scripts/setup.mjs", "scripts/package.ts"],
  ["scripts/dao", "scripts/doctor", "scripts/mutate", "scripts/nexus.mjs", "scripts/safe"],
  ["scripts/images", "scripts/manifests", "scripts/monitoring"],
  ["scripts/sandbox"],
  ["scripts/backtest", "scripts/run"],
  ["scripts/cli", "scripts/start", "scripts/trust.ts"],
  ["scripts/bench", "scripts/start.ts"],
];

/**
 * Who may import whom. The first rule that fits the importing file counts; what it does not allow is forbidden.
 * `$1` in a target stands for the first group of the file's own pattern: an agent's own folder.
 */
export type Rule = { readonly from: RegExp; readonly may: readonly string[] };

const PACKAGE = "^(?:@[a-z0-9-]+/)?[a-z0-9-]+(?:/|$)(?<!^(?:keepers|scripts|test|deployments|types|contracts)/)";
const ANY_PACKAGE_BUT_HARDHAT = `^(?!hardhat(?:/|$))${PACKAGE.slice(1)}`;
const NODE = "^node:";
/** The files of an agent's own folder that any of them may use: all but its ports, its tick and its settings. */
const OWN_PURE = "^keepers/agents/$1/(?!(?:ports|tick|config)\\.ts$)";
const SENDING = "^keepers/sending/";
const CORE_AND_MARKET = "^keepers/(?:core|market|quant)/";
/** What commands say, and what they read of the chain: the same as every other display. */
const DISPLAYS = "^keepers/(?:views|adapters/(?:readers|venues))/";
/** What a voucher and a channel are: commands sign and read them as the agents do. */
const PAYMENT_RULES = "^keepers/agents/payments/(?:accept|channel|parse|voucher)\\.ts$";
/** The gateway as whoever starts it sees it, and the machine's clock for it. */
const GATEWAY =
  "^keepers/(?:client/client|gateway/(?:gateway|access/programKeys|schema/routes|server/push)|adapters/clock/gateway)\\.ts$";
/** What commands may know of the fleet: how it is configured and started, also as processes, and nothing of how it is put together. */
const FLEET =
  "^keepers/(?:main\\.ts$|wiring/(?:config|agentKind|orchestrator|fleet[A-Z][a-z]+)\\.ts$|(?:adapters/)?orchestrator/)";

/** The store as a command looks into it, the signer that it runs, locks on files, the folder of alerts, and a process's figures. */
const SERVICES =
  "^keepers/adapters/(?:store/(?:connect|inspect)\\.ts$|lock/|wallet/|alerts/(?:folder|intake|push)\\.ts$|metrics/|clock/system\\.ts$)";

export const TYPESCRIPT_RULES: readonly Rule[] = [
  { from: /^keepers\/core\//, may: ["^keepers/core/"] },
  { from: /^keepers\/(?:market|quant)\//, may: [CORE_AND_MARKET] },
  { from: /^keepers\/config\//, may: ["^keepers/(?:core|config)/", "^zod$"] },
  { from: /^keepers\/runtime\//, may: ["^keepers/(?:core|runtime)/"] },
  // How transactions are sent safely, one rule for all agents that send; and when processes of a fleet start and end.
  { from: /^keepers\/(sending|orchestrator)\//, may: ["^keepers/(?:core|$1)/"] },
  // An agent: what it decides, what it may know, its round, and what its operator tells it.
  { from: /^keepers\/agents\/([^/]+)\/config\.ts$/, may: ["^keepers/(?:core|config)/", "^zod$"] },
  {
    from: /^keepers\/agents\/([^/]+)\/tick\.ts$/,
    may: [CORE_AND_MARKET, SENDING, OWN_PURE, "^keepers/agents/$1/ports\\.ts$"],
  },
  { from: /^keepers\/agents\/([^/]+)\//, may: [CORE_AND_MARKET, SENDING, OWN_PURE] },
  // A simulated chain on which the agents' own rounds run: their modules with other ports, and nothing of the world.
  {
    from: /^keepers\/backtest\//,
    may: [CORE_AND_MARKET, "^keepers/backtest/", "^keepers/agents/[^/]+/(?!config\\.ts$)"],
  },
  {
    // What displays read of the chain and its logs, for a person, and how venues stand.
    from: /^keepers\/adapters\/(?:readers|venues)\//,
    may: [
      CORE_AND_MARKET,
      "^keepers/views/",
      "^keepers/adapters/(?:readers|venues|chain)/",
      // How an endpoint outside is asked: bounded in time and size, and nothing of it believed.
      "^keepers/adapters/oracles/getJson\\.ts$",
      PAYMENT_RULES,
      "^(?:types|deployments)/",
      "^ethers$",
      "^zod$",
    ],
  },
  {
    // An adapter in a folder named for an agent may use that agent's pure functions: the paywall judges vouchers with them.
    from: /^keepers\/adapters\/([^/]+)\//,
    may: [
      CORE_AND_MARKET,
      "^keepers/(?:adapters|orchestrator)/",
      "^keepers/sending/ports\\.ts$",
      "^keepers/agents/[^/]+/ports\\.ts$",
      OWN_PURE,
      "^(?:types|deployments)/",
      ANY_PACKAGE_BUT_HARDHAT,
      NODE,
    ],
  },
  // What answers programs and the dashboard. The shapes of its answers know nothing but zod: a browser's program uses their types.
  { from: /^keepers\/gateway\/schema\//, may: ["^keepers/gateway/schema/", "^zod$"] },
  {
    from: /^keepers\/gateway\//,
    may: [
      CORE_AND_MARKET,
      "^keepers/(?:views|gateway|adapters/(?:readers|metrics))/",
      "^(?:types|deployments)/",
      ANY_PACKAGE_BUT_HARDHAT,
      NODE,
    ],
  },
  // What programs and pages that read a gateway are made of: of the gateway it knows the shapes of the answers, as types alone.
  { from: /^keepers\/client\//, may: ["^keepers/(?:client|gateway/schema)/"] },
  // How the parts of each kind of agent are put together, one file each, and the fleet of them.
  {
    from: /^keepers\/(?:main\.ts$|wiring\/)/,
    may: ["^keepers/", "^deployments/", "^types/", ANY_PACKAGE_BUT_HARDHAT, NODE],
  },
  // The words and stories of every display, folded from events; what the chain says is read by adapters/readers.
  { from: /^keepers\/views\//, may: [CORE_AND_MARKET, "^keepers/views/", "^deployments/schema\\.ts$"] },
  { from: /^deployments\//, may: ["^deployments/", "^keepers/core/", "^(?:zod|ethers)$", NODE] },
  // A bench times a decision by itself, what takes vouchers in, the bus, and the store.
  {
    from: /^scripts\/bench\//,
    may: [
      "^scripts/(?!cli/|start/)",
      CORE_AND_MARKET,
      DISPLAYS,
      FLEET,
      GATEWAY,
      "^keepers/agents/[^/]+/decide\\.ts$",
      "^keepers/(?:agents/payments|adapters/payments|adapters/bus|adapters/store)/",
      "^deployments/",
      "^types/",
      PACKAGE,
      NODE,
    ],
  },
  // Rules for Prometheus are written from the agents' own list.
  {
    from: /^scripts\/monitoring\//,
    may: [
      "^scripts/(?:monitoring|lib)/",
      CORE_AND_MARKET,
      "^keepers/agents/alerts/rules/(?:all|rule)\\.ts$",
      PACKAGE,
      NODE,
    ],
  },
  // A backtest takes settings as an operator writes them.
  {
    from: /^scripts\/backtest\//,
    may: [
      "^scripts/(?:backtest|lib|sandbox)/",
      CORE_AND_MARKET,
      "^keepers/backtest/",
      "^keepers/agents/[^/]+/config\\.ts$",
      PACKAGE,
      NODE,
    ],
  },
  // A run of a real chain is compared with its backtest, so that chain is read as displays read it.
  {
    from: /^scripts\/cli\/backtest\//,
    may: ["^scripts/", CORE_AND_MARKET, DISPLAYS, "^keepers/backtest/", "^deployments/", PACKAGE, NODE],
  },
  // The commands of the bus connect to its servers as a fleet does.
  {
    from: /^scripts\/cli\/bus\//,
    may: [
      "^scripts/",
      CORE_AND_MARKET,
      DISPLAYS,
      "^keepers/adapters/bus/(?:address|once)\\.ts$",
      "^types/",
      "^deployments/",
      PACKAGE,
      NODE,
    ],
  },
  // What starts keepers; nothing else may reach into their composition root.
  {
    from: /^scripts\/(?:start\.ts|start\/|run\/|cli\/|sandbox\/)/,
    may: [
      "^scripts/",
      CORE_AND_MARKET,
      DISPLAYS,
      PAYMENT_RULES,
      FLEET,
      GATEWAY,
      SERVICES,
      "^deployments/",
      "^types/",
      PACKAGE,
      NODE,
    ],
  },
  // The check of the runbooks asks the keepers which variables they take.
  {
    from: /^scripts\/check\//,
    may: ["^scripts/check/", "^scripts/setup/verifyPage\\.mjs$", "^keepers/wiring/config\\.ts$", PACKAGE, NODE],
  },
  {
    from: /^scripts\//,
    may: ["^scripts/", CORE_AND_MARKET, DISPLAYS, PAYMENT_RULES, "^deployments/", "^types/", PACKAGE, NODE],
  },
  // The dashboard runs in a browser: of the gateway it knows the shapes of the answers, as types alone. What it proves itself
  // it computes by the same pure rules and words as everybody else.
  // The page that verifies a proposal from a disk, without a gateway: it reads the chain as the commands do.
  {
    from: /^dashboard\/verify\//,
    may: [
      "^dashboard/verify/",
      "^keepers/(?:core|views)/",
      "^keepers/adapters/readers/(?:pinned|verification)\\.ts$",
      "^deployments/schema\\.ts$",
      "^preact(?:/|$)",
    ],
  },
  {
    from: /^dashboard\//,
    may: [
      "^dashboard/",
      "^keepers/gateway/schema/",
      "^keepers/(?:client|core|views)/",
      "^(?:preact|@preact/signals|@noble/hashes|@noble/secp256k1|qr|wouter-preact|uplot|vite)(?:/|$)",
    ],
  },
  // Examples show what whoever has the package can do: they import what it exports.
  {
    from: /^docs\/examples\//,
    may: ["^keepers/adapters/payments/payments\\.ts$", "^keepers/client/client\\.ts$", PACKAGE, NODE],
  },
  { from: /^(?:test\/|hardhat\.config\.ts$)/, may: [".*"] },
];

const LIBRARIES = "^(?:@openzeppelin/contracts|solady/src/utils)/";
const BELOW_ABSTRACTS = ["^contracts/(?:interfaces|libraries|types)/", LIBRARIES];
const BELOW_CONTRACTS = ["^contracts/abstracts/", ...BELOW_ABSTRACTS];

export const SOLIDITY_RULES: readonly Rule[] = [
  { from: /^contracts\/types\//, may: ["^contracts/types/"] },
  { from: /^contracts\/interfaces\//, may: ["^contracts/(?:interfaces|types)/", LIBRARIES] },
  { from: /^contracts\/libraries\//, may: BELOW_ABSTRACTS },
  { from: /^contracts\/mocks\//, may: [".*"] },
  // What stands beside the core may be made of several contracts.
  { from: /^contracts\/periphery\//, may: [...BELOW_CONTRACTS, "^contracts/periphery/"] },
  { from: /^contracts\//, may: BELOW_CONTRACTS },
  { from: /^test\//, may: [".*"] },
];
