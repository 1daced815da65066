import { PEOPLE } from "./fleet.ts";
import { testKeys } from "./account.ts";
import type { Power } from "../../keepers/adapters/readers/powers.ts";

/** The document that tells who can do what. */
export const TRUST_DOC = "docs/reference/trust.md";
const BEGIN = "<!-- powers: written by npx tsx scripts/trust.ts, do not edit -->";
const END = "<!-- powers end -->";

/** What differs from one sandbox to the next, or means nothing to a reader: keys by their names, and no dates. */
const plain = (value: string): string => {
  const keyAt = testKeys();
  const named = [...PEOPLE].reduce((text, [name, index]) => text.replaceAll(keyAt(index).address, name), value);
  return named.replaceAll(/until \d{4}-[\d:.TZ-]+/g, "until its term ends").replaceAll(/\s*\(0x[0-9a-fA-F]{40}\)/g, "");
};

/** Contracts that obey the same account stand in one row. */
const merged = (powers: readonly Power[]): readonly Power[] => {
  const obeys = (power: Power): boolean => power.what.endsWith(" obeys");
  const groups = new Map<string, readonly Power[]>();
  for (const power of powers.filter(obeys)) groups.set(power.value, [...(groups.get(power.value) ?? []), power]);
  const rows = [...groups].map(([value, group]): Power => {
    const names = group.map(({ what }) => what.replace(/ obeys$/, "")).join(", ");
    return { what: `administer ${names}`, value, isRight: group.every(({ isRight }) => isRight === true) };
  });
  return [...rows, ...powers.filter((power) => !obeys(power))];
};

/** A Markdown list of powers as prettier leaves it; ✓ where `nexus status` fails if it is not so. */
export const trustList = (powers: readonly Power[]): string =>
  merged(powers)
    .map(({ what, value, isRight }) => {
      const mark = isRight === undefined ? "" : ` ${isRight ? "✓" : "✗"}`;
      return `- **${what}${mark}**: ${plain(value)}`;
    })
    .join("\n");

/** The document with its list of powers replaced. @throws Error when it has no place for one */
export const withTrustList = (document: string, list: string): string => {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${TRUST_DOC} has no place for the list of powers: ${BEGIN}`);
  return `${document.slice(0, begin)}${BEGIN}\n\n${list}\n\n${document.slice(end)}`;
};

/** What the document says otherwise than the chain; none when it was written from such a deployment. */
export const trustFindings = (document: string, powers: readonly Power[]): readonly string[] =>
  withTrustList(document, trustList(powers)) === document
    ? []
    : [
        `${TRUST_DOC}: the list of powers is not what nexus status says of a sandbox; npx tsx scripts/trust.ts writes it`,
      ];
