import type { RenamedSetting } from "../config/load.ts";

/** Settings that had another name before (ADR 0036). A file or the environment may still say it. */
export const RENAMED_SETTINGS: readonly RenamedSetting[] = [
  { group: "execution", old: "recordOutcomes", name: "recordPerformance" },
  { group: "risk", old: "claimToleranceBps", name: "profitToleranceBps" },
  { group: "risk", old: "ballotDeadlineSeconds", name: "slowVoteDeadlineSeconds" },
  { group: "risk", old: "ballotLossUsd", name: "slowVoteLossUsd" },
  { group: "risk", old: "ballotPositionUsd", name: "slowVotePositionUsd" },
  { group: "steward", old: "collectBlocks", name: "collectionBlocks" },
];
