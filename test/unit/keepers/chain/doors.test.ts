import { expect } from "chai";
import { doorFor } from "../../../../keepers/adapters/chain/doors.ts";
import { ZERO_ADDRESS } from "../../../../keepers/core/proposal.ts";
import { CONSENSUS, account } from "../../../support/keeperBuilders.ts";

describe("Where a proposal that passed is sent", () => {
  const [recorder, executor] = [account(0x9001), account(0x9002)];
  for (const [title, proposal, known, door] of [
    ["to the recorder", ZERO_ADDRESS, recorder, recorder],
    ["to Consensus where nothing records", ZERO_ADDRESS, undefined, CONSENSUS],
    ["to Consensus where it names who executes it", executor, recorder, CONSENSUS],
  ] as const) {
    it(title, () => {
      expect(doorFor({ executor: proposal }, { consensus: CONSENSUS, recorder: known })).to.equal(door);
    });
  }
});
