import { type Provider, keccak256 } from "ethers";
import type { AddressBook } from "../../deployments/schema.ts";
import {
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Mandate__factory,
  OracleHub__factory,
  Treasury__factory,
} from "../../types/index.ts";
import { QUOTE_STATUSES, BREAKER_LEVELS } from "../../keepers/core/chainSnapshot.ts";
import { ADMINISTERED } from "../../keepers/adapters/readers/trust.ts";
import { isSame } from "../../keepers/adapters/readers/powers.ts";
import { buildMandateTree } from "../../deployments/mandateTree.ts";
import { type Finding, judged, inspect } from "./finding.ts";
import { addressOf } from "../../deployments/lookup.ts";
import { PROTOCOLS } from "../../keepers/core/protocols/all.ts";
import { CLASSES } from "../../keepers/core/riskClass.ts";

/** What a keeper or a member needs to find in the book, beside what the timelock administers. */
const NEEDED = [
  ...ADMINISTERED,
  "Timelock",
  "NexusToken",
  "NexusGovernor",
  "NexusLens",
  ...PROTOCOLS.map(({ decoder }) => decoder),
];

/** Whether the book has all that anyone needs, and a mandate. */
export const bookFinding = (book: AddressBook): Finding => {
  const missing = [
    ...NEEDED.filter((name) => book.contracts[name] === undefined),
    ...(book.mandate === undefined ? ["the mandate's leaves"] : []),
  ];
  return judged("address book", missing.length === 0, {
    found: missing.length === 0 ? `${Object.keys(book.contracts).length} contracts` : `it lacks ${missing.join(", ")}`,
    advice: "finish the deployment (nexus deploy --parameters FILE says what it lacks), or take its published book",
  });
};

/** Whether at each address stands the code that the book says. */
export const codeFinding = (book: AddressBook, provider: Provider): Promise<Finding> =>
  inspect("code", "the endpoint does not give code: name another by --rpc", async () => {
    const entries = Object.entries(book.contracts);
    const codes = await Promise.all(entries.map(([, { address }]) => provider.getCode(address)));
    const wrong = entries.flatMap(([name, { bytecodeHash }], i) =>
      keccak256(codes[i] ?? "0x") === bytecodeHash ? [] : [name],
    );
    return judged("code", wrong.length === 0, {
      found:
        wrong.length === 0
          ? `as the book says at ${entries.length} addresses`
          : `not the book's at ${wrong.join(", ")}`,
      advice: "it is the book of another deployment, or the chain was reset: take the right book",
    });
  });

/** Whether chain and book permit the same calls: agents make their proofs from the book's leaves. */
export const mandateFinding = (book: AddressBook, provider: Provider): Promise<Finding> =>
  inspect("mandate", "the mandate cannot be read: see code", async () => {
    const root = await Mandate__factory.connect(addressOf(book, "Mandate"), provider).root();
    const leaves = book.mandate?.leaves ?? [];
    const made = buildMandateTree(leaves).root;
    return judged("mandate", root === made, {
      found:
        root === made ? `${leaves.length} permitted calls, root ${root}` : `${root} on chain, the leaves make ${made}`,
      advice: "the DAO has changed it since the book was written: take the new book and restart the keepers",
    });
  });

const assetsOf = async (book: AddressBook, provider: Provider) => {
  const assets = await Treasury__factory.connect(addressOf(book, "Treasury"), provider).assets();
  const symbolOf = (asset: string): string =>
    Object.values(book.environment.tokens).find(({ address }) => isSame(address, asset))?.symbol ?? asset;
  return assets.map((asset) => ({ asset, symbol: symbolOf(asset) }));
};

/** Whether every asset of the treasury has a price now. */
export const oracleFinding = (book: AddressBook, provider: Provider): Promise<Finding> =>
  inspect("oracles", "the prices cannot be read: see code", async () => {
    const hub = OracleHub__factory.connect(addressOf(book, "OracleHub"), provider);
    const assets = await assetsOf(book, provider);
    const quotes = await Promise.all(assets.map(({ asset }) => hub.previewQuote(asset)));
    const without = assets.flatMap(({ symbol }, i) => {
      const status = Number(quotes[i]?.status ?? 1n);
      return status === 0 ? [] : [`${symbol} ${QUOTE_STATUSES[status] ?? status}`];
    });
    return judged("oracles", without.length === 0, {
      found: without.length === 0 ? `fresh for ${assets.map(({ symbol }) => symbol).join(", ")}` : without.join(", "),
      advice:
        "nothing that lets such an asset fall is executed until its feeds are well: nexus oracles says which are not",
    });
  });

/** The command by which a member proposes to lower the breaker. */
const restoring = (scope: string): string =>
  `nexus dao propose --title Restore --target CircuitBreaker --call 'restore(address,uint8,string)' --args '["${scope}", 0, "it is over"]'`;

/** Whether the breaker lets everything pass: on the whole, for each asset, and for each router. */
export const breakerFinding = (book: AddressBook, provider: Provider): Promise<Finding> =>
  inspect("breaker", "the breaker cannot be read: see code", async () => {
    const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
    const scopes = [
      { name: "everything", scope: await breaker.EVERYTHING() },
      ...(await assetsOf(book, provider)).map(({ asset, symbol }) => ({ name: symbol, scope: asset })),
      ...[...book.environment.dexes, ...(book.environment.aggregators ?? [])].map(({ name, router }) => ({
        name,
        scope: router,
      })),
      ...(book.environment.lending ?? []).map(({ name, pool }) => ({ name, scope: pool })),
    ];
    const levels = await Promise.all(scopes.map(({ scope }) => breaker.levelOf(scope)));
    const raised = scopes.flatMap(({ name, scope }, i) => {
      const level = Number(levels[i] ?? 0n);
      return level === 0 ? [] : [{ words: `${BREAKER_LEVELS[level] ?? level} for ${name}`, scope }];
    });
    return judged("breaker", raised.length === 0, {
      found: raised.length === 0 ? `Normal in ${scopes.length} scopes` : raised.map(({ words }) => words).join(", "),
      advice:
        "a guardian raised it, or evidence did, which ends by BreakerEvidence.restore once the sources are well; " +
        `what a guardian raised only the DAO restores: ${restoring(raised[0]?.scope ?? "")}`,
    });
  });

/** Two thirds of a weight: more than half of it, and not so much that one agent's absence stops everything. */
const enough = (total: bigint): bigint => (total * 2n) / 3n + 1n;

/** Whether each class demands something, and more than half of the weight that there is. */
export const policyFinding = (book: AddressBook, provider: Provider): Promise<Finding> =>
  inspect("policies", "the policies cannot be read: see code", async () => {
    const consensus = Consensus__factory.connect(addressOf(book, "Consensus"), provider);
    const total = await AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider).totalWeight();
    const policies = await Promise.all(CLASSES.map((_, index) => consensus.policyOf(index)));
    const faults = CLASSES.flatMap((name, index) => {
      const threshold = policies[index]?.threshold ?? 0n;
      if (threshold === 0n) return [`${name} has none, so nothing of it passes`];
      if (threshold > total) return [`${name} wants ${threshold} of a weight of ${total}`];
      return threshold * 2n > total ? [] : [`${name} wants ${threshold}, no more than half of ${total}`];
    });
    // The first class that is at fault, and a threshold that would do.
    const [first = ""] = faults[0]?.split(" ") ?? [];
    return judged("policies", faults.length === 0, {
      found: faults.length === 0 ? `${CLASSES.join(", ")} set for a weight of ${total}` : faults.join("; "),
      advice: `a member of the DAO proposes it: nexus dao propose-policy --class ${first} --threshold ${enough(total)}`,
    });
  });
