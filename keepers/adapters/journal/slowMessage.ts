import type { SlowProposalMessage } from "../../core/bus.ts";
import { slowProposal } from "../bus/shapes.ts";

/** A proposal of the slow path as the journal's JSON has it. @throws TypeError or Error when it is none */
export const parseSlowMessage = (json: unknown): SlowProposalMessage => slowProposal.parse(json);
