import { expect } from "chai";
import { explainRevert } from "../../../../keepers/adapters/chain/reverts.ts";
import { hex } from "../../../../keepers/core/hex.ts";
import {
  Consensus__factory,
  Escrow__factory,
  Mandate__factory,
  Reputation__factory,
  Treasury__factory,
} from "../../../../types/index.ts";

const WORD = `0x${"12".repeat(32)}`;
const ACCOUNT = `0x${"0".repeat(39)}1`;

const treasury = Treasury__factory.createInterface();
const consensus = Consensus__factory.createInterface();

describe("the error that revert data holds", () => {
  for (const [data, told] of [
    ["0x", { name: "empty", text: "reverted without a reason" }],
    ["0x12345678", { name: "unknown", text: "reverted with 0x12345678" }],
    [
      treasury.encodeErrorResult("ActionRefused", [27n, 3n]),
      { name: "ActionRefused", text: "ActionRefused(refusal: OverActionLimit, index: 3)", refusal: "OverActionLimit" },
    ],
    [
      consensus.encodeErrorResult("ProposalRefused", [WORD, 17n, 0n]),
      {
        name: "ProposalRefused",
        text: `ProposalRefused(proposalHash: ${WORD}, refusal: BelowThreshold, index: 0)`,
        refusal: "BelowThreshold",
      },
    ],
    [
      // Its refusals are of another kind, with numbers of their own.
      Escrow__factory.createInterface().encodeErrorResult("JobNotRecordable", [WORD, 5n]),
      { name: "JobNotRecordable", text: `JobNotRecordable(jobId: ${WORD}, refusal: WalletChanged)` },
    ],
    [
      Reputation__factory.createInterface().encodeErrorResult("NotRecorder", [ACCOUNT, 1n]),
      { name: "NotRecorder", text: `NotRecorder(caller: ${ACCOUNT}, role: 1)` },
    ],
    [
      Mandate__factory.createInterface().encodeErrorResult("DailyLimitExceeded", [7n, 5n]),
      { name: "DailyLimitExceeded", text: "DailyLimitExceeded(amount: 7, remaining: 5)" },
    ],
    [treasury.encodeErrorResult("Error", ["STF"]), { name: "Error", text: "reverted: STF" }],
    [treasury.encodeErrorResult("Panic", [17n]), { name: "Panic", text: "Panic(code: 17)" }],
  ] as const) {
    it(`is ${told.text}, for keepers and commands alike`, () => {
      expect(explainRevert(hex(data))).to.deep.equal(told);
    });
  }
});
