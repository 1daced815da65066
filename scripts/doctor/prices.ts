import { type Provider, ZeroAddress, formatUnits } from "ethers";
import { addressOf } from "../../deployments/lookup.ts";
import type { AddressBook } from "../../deployments/schema.ts";
import { type OracleReading, readOracles } from "../../keepers/adapters/readers/oracles.ts";
import { isSame } from "../../keepers/adapters/readers/powers.ts";
import { Accounts__factory, BreakerEvidence__factory, CircuitBreaker__factory } from "../../types/index.ts";
import { type Finding, inspect, judged } from "./finding.ts";

const SET_FEED = "the DAO sets its feed anew by OracleHub.setFeed: nexus dao propose";

/** Says of all assets what is wrong with some of them, or that nothing is. */
const ofAssets = (
  what: string,
  oracles: readonly OracleReading[],
  {
    faultOf,
    well,
    advice,
  }: {
    readonly faultOf: (oracle: OracleReading) => string | undefined;
    readonly well: string;
    readonly advice: string;
  },
): Finding => {
  const faults = oracles.flatMap((oracle) => {
    const fault = faultOf(oracle);
    return fault === undefined ? [] : [`${oracle.asset} ${fault}`];
  });
  return judged(what, faults.length === 0, { found: faults.length === 0 ? well : faults.join("; "), advice });
};

/** Whether no source decides a price alone, and no two of an asset's sources are one. */
export const quorumOf = (oracles: readonly OracleReading[]): Finding =>
  ofAssets("price quorums", oracles, {
    faultOf: ({ quorum, sources }) => {
      const readers = new Set(sources.map(({ reader }) => reader.toLowerCase()));
      if (readers.size < sources.length) return "counts one source twice";
      if (quorum < 2) return `has a quorum of ${quorum}: one source decides alone`;
      return quorum > sources.length / 2 ? undefined : `needs ${quorum} of ${sources.length}: two groups can reach it`;
    },
    well: oracles.map(({ asset, quorum, sources }) => `${asset} ${quorum} of ${sources.length}`).join(", "),
    advice: `give it sources of several makers, and a quorum of more than half of them; ${SET_FEED}`,
  });

/** A source's interval at its maximum age is its deviation twice, on each side. */
const WIDEST = 4n;

/** Whether the widest interval that a source is believed in still is a price. */
export const widthOf = (oracles: readonly OracleReading[]): Finding =>
  ofAssets("price widths", oracles, {
    faultOf: ({ sources, maxBandBps }) => {
      const widest =
        sources.reduce((most, { deviationBps }) => (deviationBps > most ? deviationBps : most), 0n) * WIDEST;
      if (sources.some(({ deviationBps }) => deviationBps === 0n)) return "has a source without a deviation";
      return widest <= maxBandBps
        ? undefined
        : `grows to ${widest} basis points at its maximum age, and ${maxBandBps} are a price at most`;
    },
    well: oracles.map(({ asset, maxBandBps }) => `${asset} up to ${maxBandBps} basis points`).join(", "),
    advice: `a source that is old takes the price with it; a wider band or a smaller deviation; ${SET_FEED}`,
  });

/** Whether every source of every asset counts now. */
export const sourcesOf = (oracles: readonly OracleReading[]): Finding =>
  ofAssets("price sources", oracles, {
    faultOf: ({ sources }) => {
      const lost = sources.filter(({ state }) => state !== "Agreeing");
      return lost.length === 0
        ? undefined
        : `without ${lost.map(({ name, state }) => `${name} (${state})`).join(", ")}`;
    },
    well: `${oracles.reduce((sum, { sources }) => sum + sources.length, 0)} agree`,
    advice: "nexus oracles says how old each is and how far it is off; look at the feeds at their makers'",
  });

const evidenceOf = (book: AddressBook, provider: Provider) =>
  BreakerEvidence__factory.connect(addressOf(book, "BreakerEvidence"), provider);

/** The causes of `BreakerCause` that are about the treasury's shares. */
const SHARE_CAUSES = [
  { cause: 2, words: "fall of a share's worth" },
  { cause: 3, words: "outflow of shares" },
] as const;

/** Whether anyone can trip the breaker by evidence, and for which assets a move of the price is any. */
const evidenceFinding = (book: AddressBook, provider: Provider, oracles: readonly OracleReading[]): Promise<Finding> =>
  inspect("evidence", "the evidence cannot be read: see code", async () => {
    const evidence = evidenceOf(book, provider);
    const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
    const [judge, watched, shares] = await Promise.all([
      breaker.evidence(),
      Promise.all(oracles.map(({ address }) => evidence.watchOf(address))),
      Promise.all(SHARE_CAUSES.map(({ cause }) => evidence.shareWatchOf(cause))),
    ]);
    const free = SHARE_CAUSES.filter((_, index) => shares[index]?.maxFallBps === 0n).map(({ words }) => words);
    const unlimited = oracles.filter((_, index) => watched[index]?.watch.maxMoveBps === 0n).map(({ asset }) => asset);
    const isAsked = isSame(judge, addressOf(book, "BreakerEvidence"));
    const faults = [
      ...(isAsked ? [] : [judge === ZeroAddress ? "the breaker asks nobody" : `the breaker asks ${judge}`]),
      ...(unlimited.length === 0 ? [] : [`any move of ${unlimited.join(", ")} is allowed`]),
      ...(free.length === 0 ? [] : [`any ${free.join(" and any ")} is allowed`]),
    ];
    return judged("evidence", faults.length === 0, {
      found: faults.length === 0 ? `moves of ${oracles.length} assets are limited` : faults.join("; "),
      advice:
        "the DAO names the contract by CircuitBreaker.setEvidence and limits moves by BreakerEvidence.setMoveLimit, falls of shares by setShareLimit: " +
        "nexus dao propose",
    });
  });

/** What a trip pays, and what is there for it. A trip without a bounty works too, so this is only told. */
const bountyFinding = (book: AddressBook, provider: Provider): Promise<Finding> =>
  inspect("bounties", "the bounties cannot be read: see code", async () => {
    const evidence = evidenceOf(book, provider);
    const [bounty, token, at] = await Promise.all([evidence.bounty(), evidence.BOUNTY_TOKEN(), evidence.getAddress()]);
    const funds = await Accounts__factory.connect(addressOf(book, "Accounts"), provider).balanceOf(token, at);
    const named = Object.values(book.environment.tokens).find(({ address }) => isSame(address, token));
    const money = (units: bigint): string => `${formatUnits(units, named?.decimals ?? 0)} ${named?.symbol ?? token}`;
    const found = `a trip pays ${money(bounty)}, ${money(funds)} are set aside`;
    return funds > bounty || bounty === 0n
      ? { what: "bounties", found }
      : { what: "bounties", found, advice: "anyone sets more aside by Accounts.deposit for BreakerEvidence" };
  });

/** Everything about prices: quorums, widths, sources, and what trips the breaker by them. */
export const priceFindings = async (book: AddressBook, provider: Provider): Promise<readonly Finding[]> => {
  try {
    const oracles = await readOracles(book, provider);
    return [
      quorumOf(oracles),
      widthOf(oracles),
      sourcesOf(oracles),
      await evidenceFinding(book, provider, oracles),
      await bountyFinding(book, provider),
    ];
  } catch {
    // That prices cannot be read at all stands in the finding before.
    return [];
  }
};
