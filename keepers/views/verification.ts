import { printable } from "../core/printable.ts";
import type { Hex } from "../core/hex.ts";
import type { Proposal } from "../core/proposal.ts";
import type { ClassName } from "../core/riskClass.ts";
import type { Refusal } from "../core/refusal.ts";
import { callWords } from "./calls.ts";
import type { Names } from "./names.ts";
import { sentenceOf } from "./sentences.ts";
import {
  type Naming,
  type SlowProposalStatus,
  conditionWords,
  dollars,
  slowStatusWords,
  tallyWords,
} from "./slowStatus.ts";
import { isoTime } from "./times.ts";

/** The block that everything was read at. `time` in seconds since the epoch. */
export type VerifiedBlock = { readonly number: number; readonly hash: string; readonly time: bigint };

/** How a proposal stands on the chain. `open`: what was computed of one that still can be executed. */
type Stands =
  | {
      readonly kind: "made";
      readonly made: {
        readonly agentId: bigint;
        readonly riskClass: ClassName;
        readonly block: number;
        readonly transaction: string;
      };
      readonly status: SlowProposalStatus;
      readonly voters: Readonly<Record<"for" | "against" | "abstain", readonly string[]>>;
      readonly open:
        | {
            readonly classified: {
              readonly riskClass: ClassName;
              readonly refusal: Refusal;
              readonly why: readonly string[];
            };
            readonly simulated: { readonly isOk: boolean; readonly words: string };
          }
        | undefined;
    }
  | {
      readonly kind: "enacted";
      readonly agentId: bigint;
      /** In USD with 18 decimals. */
      readonly loss: bigint;
      readonly block: number;
      readonly transaction: string;
    };

/** What one endpoint said of one proposal at one block. `content` is undefined where no transaction holds its bytes. */
export type Verified = {
  readonly hash: Hex;
  readonly place: { readonly chainId: number; readonly consensus: string };
  readonly at: VerifiedBlock;
  readonly content: Proposal | undefined;
  readonly stands: Stands;
  readonly names: Names;
  readonly naming: Naming;
  readonly dangers: readonly string[];
};

/**
 * How sure a line is. `chain`: it follows from the bytes and from what the contracts enforce; `simulation`: a call without
 * effect expects it, at that block; `proposer`: somebody says so, and nothing holds them to it.
 */
export type Basis = "chain" | "simulation" | "proposer";
export type VerificationLine = { readonly basis: Basis; readonly words: string };

/** A proposal for whoever has to decide about it: first one sentence and what could hurt, then every line with its basis. */
export type Verification = {
  readonly sentence: string;
  readonly dangers: readonly string[];
  readonly lines: readonly VerificationLine[];
  /** What the report holds for: chain, contract, block. */
  readonly holds: string;
};

const UNREAD =
  "What it would do cannot be read: its bytes are not in the transaction that proposed it. Ask its proposer for them, and do not vote before";

const chain = (words: string): VerificationLine => ({ basis: "chain", words });

const contentLines = (content: Proposal, { names, naming }: Verified): readonly VerificationLine[] => [
  ...content.calls.map((call, index) => chain(`Call ${index + 1}: ${callWords(call, names)}`)),
  ...content.conditions.map((one) => chain(`Or nothing of it happens: ${conditionWords(one, naming)}`)),
  chain(`It may lose at most ${dollars(content.maxLoss)}`),
  { basis: "proposer", words: `It is expected to gain ${dollars(content.forecast)}` },
  { basis: "proposer", words: `The record behind it has the hash ${content.evidence}` },
];

const voteLines = ({ status, voters }: Extract<Stands, { kind: "made" }>): readonly VerificationLine[] => [
  ...(status.tally === undefined ? [] : [chain(`Votes: ${tallyWords(status.tally, status.policy)}`)]),
  ...(["for", "against", "abstain"] as const)
    .filter((support) => voters[support].length > 0)
    .map((support) => chain(`Voted ${support}: ${voters[support].join(", ")}`)),
];

const standLines = ({ stands, at }: Verified): readonly VerificationLine[] => {
  if (stands.kind === "enacted") {
    return [
      chain(
        `Agent ${stands.agentId} had it enacted in block ${stands.block}: it is done, and lost ${dollars(stands.loss)}`,
      ),
      chain(`Transaction ${stands.transaction}`),
    ];
  }
  const { made, status, open } = stands;
  return [
    chain(`State: ${status.state}: ${slowStatusWords(status, at.time)}`),
    chain(`Voted for as ${status.riskClass}`),
    ...(open === undefined
      ? []
      : [
          chain(
            open.classified.refusal === "None"
              ? `Its calls are ${open.classified.riskClass} at this block`
              : "No class carries its calls at this block",
          ),
          ...open.classified.why.map((why) => chain(`Why: ${why}`)),
          { basis: "simulation" as const, words: `Carried out at this block: ${printable(open.simulated.words)}` },
        ]),
    ...voteLines(stands),
    chain(`Agent ${made.agentId} proposed it in block ${made.block}, transaction ${made.transaction}`),
  ];
};

/** A proposal in words. Whatever text comes from outside is made harmless to a reader. */
export const verificationOf = (verified: Verified): Verification => {
  const { content, names, dangers, hash, place, at } = verified;
  return {
    sentence: content === undefined ? "Its bytes are not known" : printable(sentenceOf(content.calls, names)),
    dangers: content === undefined ? [UNREAD] : dangers.map(printable),
    lines: [
      ...(content === undefined
        ? []
        : [chain(`The digest ${hash} is that of these bytes`), ...contentLines(content, verified)]),
      ...standLines(verified),
    ].map(({ basis, words }) => ({ basis, words: printable(words) })),
    holds: `Chain ${place.chainId}, Consensus ${place.consensus}, block ${at.number} (${at.hash}), ${isoTime(at.time)}`,
  };
};

/** What a page or a file says beside each basis. */
export const BASIS_WORDS: Readonly<Record<Basis, string>> = {
  chain: "the chain guarantees it",
  simulation: "a simulation expects it",
  proposer: "the proposer claims it",
};

/** What this kind of report cannot show, whoever makes it. */
export const BLIND =
  "It shows what stands on the chain. Proposals that agents vote on among themselves, and that nobody sent to the chain yet, are not in it.";

/** The report as plain text: the same bytes from every endpoint that says the same. */
export const verificationText = ({ sentence, dangers, lines, holds }: Verification): string =>
  [
    sentence,
    ...(dangers.length === 0 ? ["Nothing dangerous was found in its bytes"] : dangers.map((danger) => `! ${danger}`)),
    ...lines.map(({ basis, words }) => `[${BASIS_WORDS[basis]}] ${words}`),
    holds,
    BLIND,
    "",
  ].join("\n");
