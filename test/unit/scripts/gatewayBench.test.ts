import { expect } from "chai";
import { type GatewayRow, gatewayTargets } from "../../../scripts/bench/gateway.ts";

const ROWS: readonly GatewayRow[] = [
  { flow: "requests", measure: "answered", value: 1_000, unit: "/s", load: 0.5 },
  { flow: "requests", measure: "p99", value: 51, unit: "ms", load: 0.5 },
  { flow: "requests", measure: "failed", value: 0, unit: "requests", load: 0.5 },
  { flow: "stream-1000", measure: "p99", value: 250, unit: "ms", load: 0.5 },
  { flow: "stream-1000", measure: "cut off", value: 1, unit: "clients", load: 0.5 },
  { flow: "block-to-client", measure: "p95", value: 1_001, unit: "ms", load: 0.5 },
  { flow: "memory", measure: "most at once", value: 301, unit: "MB", load: 0.5 },
];
const verdicts = (rows: readonly GatewayRow[]) => gatewayTargets(rows).map(({ isMet }) => isMet);

describe("The bench of the gateway", () => {
  it("holds each figure against its limit, and times of a busy machine against none", () => {
    expect(verdicts(ROWS)).to.deep.equal([true, false, true, true, false, false, false]);
    const busy = ROWS.map((row) => ({ ...row, load: 1 }));
    expect(verdicts(busy)).to.deep.equal([undefined, undefined, true, undefined, false, undefined, false]);
    expect(verdicts([])).to.deep.equal(Array.from({ length: 7 }, () => undefined));
  });
});
