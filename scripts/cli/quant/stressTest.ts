import { formatUnits } from "ethers";
import { recordedFall } from "../../../keepers/quant/risk/recordedFall.ts";
import { type StressResult, stress } from "../../../keepers/quant/risk/stress.ts";
import { simpleReturns } from "../../../keepers/quant/returns.ts";
import { type Command, type Values, UsageError, needed, required } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { JSON_OPTION } from "../endpoint.ts";
import { readPrices } from "./readPrices.ts";
import { readPosition, readScenarios } from "./readStress.ts";

const recordedIn = (values: Values) => {
  const paths = values.get("prices");
  if (paths === undefined) return [];
  const table = readPrices(paths);
  const returns = simpleReturns(table);
  if (returns.kind === "refused") throw new UsageError(`${paths}: ${returns.reason}: ${returns.detail}`);
  const fall = recordedFall(table);
  return fall === undefined ? [] : [fall];
};

const dollars = (amount: bigint): string => Number(formatUnits(amount, 18)).toFixed(2);
const health = (bps: bigint | undefined): string => (bps === undefined ? "no debt" : (Number(bps) / 10_000).toFixed(3));

const sayResult = (result: StressResult): void => {
  say(`${result.scenario}: ${result.words}`);
  say(`  value ${dollars(result.navBeforeUsd)} → ${dollars(result.navAfterUsd)} $ (${dollars(result.changeUsd)})`);
  const liquidated = result.isLiquidated ? ", can be liquidated" : "";
  say(`  health factor ${health(result.healthBeforeBps)} → ${health(result.healthAfterBps)}${liquidated}`);
  say(
    `  can be left: ${dollars(result.exitableUsd)} $, selling all of it at once costs ${dollars(result.exitCostUsd)} $`,
  );
};

const run = (values: Values): Promise<number> => {
  const { gasUsd, ...position } = readPosition(required(values, "position"));
  const results = [...readScenarios(values.get("scenarios")), ...recordedIn(values)].map((scenario) =>
    stress(scenario, position, gasUsd),
  );
  if (values.has("json")) sayJson({ kind: "stress", results });
  else for (const result of results) sayResult(result);
  return Promise.resolve(results.some(({ isLiquidated }) => isLiquidated) ? EXIT.wrong : EXIT.done);
};

/** Applies scenarios to what a file says is held; knows no chain and sends nothing. */
export const stressTest: Command = {
  about: "what falls, depegs, thin pools, expensive gas and blocked exits do to a position in a file; sends nothing",
  example: "--position position.json --prices usdc-weth.csv",
  options: {
    position: needed({ value: "FILE", about: "holdings with value and depth, debts, gas of a sale, in JSON" }),
    scenarios: { value: "FILE", about: "scenarios in JSON; without it those that come with the command" },
    prices: { value: "FILES", about: "adds the worst hour of these prices as a scenario; several by commas" },
    json: JSON_OPTION,
  },
  run,
};
