import { expect } from "chai";
import { entryPointFor } from "../../../../keepers/adapters/chain/entryPoints.ts";
import { ZERO_ADDRESS } from "../../../../keepers/core/proposal.ts";
import { CONSENSUS, account } from "../../../support/keeperBuilders.ts";

describe("Where a proposal that passed is sent", () => {
  const [recorder, submitter] = [account(0x9001), account(0x9002)];
  for (const [title, proposal, known, entryPoint] of [
    ["to the recorder", ZERO_ADDRESS, recorder, recorder],
    ["to Consensus where nothing records", ZERO_ADDRESS, undefined, CONSENSUS],
    ["to Consensus where it names who executes it", submitter, recorder, CONSENSUS],
  ] as const) {
    it(title, () => {
      expect(entryPointFor({ submitter: proposal }, { consensus: CONSENSUS, recorder: known })).to.equal(entryPoint);
    });
  }
});
