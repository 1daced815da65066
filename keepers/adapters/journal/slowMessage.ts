import type { SlowProposalMessage } from "../../core/bus.ts";
import { OLD_PROPOSAL_NAMES, withTodaysNames } from "../../core/oldNames.ts";
import { slowProposal } from "../bus/shapes.ts";

/** A proposal of the slow path as the journal's JSON has it, by today's names or the old ones. @throws TypeError or Error when it is none */
export const parseSlowMessage = (json: unknown): SlowProposalMessage =>
  slowProposal.parse(withTodaysNames(json, OLD_PROPOSAL_NAMES));
