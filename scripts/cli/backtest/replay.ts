import { replayRecord } from "../../../keepers/backtest/replay.ts";
import type { Replayed } from "../../../keepers/backtest/replay.ts";
import { type LoggedReplay, replayLogged } from "../../../keepers/backtest/replayLogged.ts";
import type { Difference } from "../../../keepers/core/record.ts";
import { HASHING, originHere, sha256 } from "../../backtest/origin.ts";
import { type ReadRecords, readRecordFile } from "../../backtest/recordFile.ts";
import { type Command, type Values, UsageError, requiredArgument } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { JSON_OPTION } from "../endpoint.ts";

const MOST_SHOWN = 20;

type Finding = { readonly hash: string; readonly replayed: Replayed | LoggedReplay };

const differenceWords = ({ path, recorded, now }: Difference): string => `${path} was ${recorded}, and is ${now}`;

const loggedWords = (
  evidence: string,
  replayed: Exclude<LoggedReplay, { readonly kind: "broken" }>,
): readonly string[] => [
  `${evidence}: ${replayed.kind === "same" ? "the same" : differenceWords(replayed.difference)}`,
];

const wordsOf = ({ hash, replayed }: Finding): readonly string[] => {
  if (replayed.kind === "broken") return [`${hash}: ${replayed.why}`];
  if (!("head" in replayed)) return loggedWords(hash, replayed);
  const { head, other } = replayed;
  const name = `${hash}: ${head.kind} by ${head.agent} in block ${head.block}`;
  if (replayed.kind === "same") return [`${name}: the same`, ...other.map((words) => `  ${words}`)];
  return [`${name}: ${differenceWords(replayed.difference)}`, ...other.map((words) => `  ${words}`)];
};

/** Records that are asked for: all, or those whose hash begins as it was told. */
const chosenOf = (values: Values, records: ReadRecords["records"]): ReadRecords["records"] => {
  const wanted = values.get("decision");
  return wanted === undefined ? records : records.filter(([hash]) => hash.startsWith(wanted));
};

const findingsOf = (values: Values): readonly Finding[] => {
  const { records, logged, parts } = readRecordFile(requiredArgument(values, "RECORDS"));
  const tools = { find: (name: string) => parts.get(name), hash: sha256, keccak: HASHING.keccak, origin: originHere() };
  const findings = [
    ...chosenOf(values, records).map(([hash, text]) => ({ hash, replayed: replayRecord(hash, text, tools) })),
    ...chosenOf(values, logged).map(([hash, text]) => ({ hash, replayed: replayLogged(hash, text, HASHING.hashText) })),
  ];
  if (findings.length > 0) return findings;
  const wanted = values.get("decision");
  throw new UsageError(wanted === undefined ? "there is no record" : `no record begins with ${wanted}`);
};

const sayFindings = (findings: readonly Finding[], shown: readonly Finding[], same: number): void => {
  for (const words of shown.slice(0, MOST_SHOWN).flatMap(wordsOf)) say(words);
  say(`${same} of ${findings.length} decisions are the same bytes again`);
  const others = findings.flatMap(({ replayed }) =>
    replayed.kind === "same" && "head" in replayed ? [replayed.other] : [],
  );
  for (const words of shown.length === 0 ? (others[0] ?? []) : []) say(words);
};

const run = (values: Values): Promise<number> => {
  const findings = findingsOf(values);
  const bad = findings.filter(({ replayed }) => replayed.kind !== "same");
  const shown = values.has("decision") ? findings : bad;
  const same = findings.length - bad.length;
  if (values.has("json")) sayJson({ kind: "replay", decisions: findings.length, same, findings: shown });
  else sayFindings(findings, shown, same);
  return Promise.resolve(bad.length === 0 ? EXIT.done : EXIT.wrong);
};

/** Decides again what was recorded, and compares; knows no chain and sends nothing. */
export const replayCommand: Command = {
  about: "decide again what was recorded, and name the first field that differs; sends nothing",
  takes: "RECORDS",
  example: "decisions.jsonl",
  options: {
    decision: { value: "HASH", about: "only the record whose hash begins so; without it all" },
    json: JSON_OPTION,
  },
  run,
};
