import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { benchGas } from "./gas.ts";

const benches = { gas: benchGas } as const;

/** Flow, system, gas, new slots, gas at Sei's prices: a line each, columns under one another. */
const printRow = (names: readonly string[], figures: readonly (string | bigint | number)[]): void => {
  const left = names.map((name, i) => name.padEnd(i === 0 ? 20 : 14));
  const right = figures.map((figure) => String(figure).padStart(12));
  process.stdout.write(`${[...left, ...right].join("")}\n`);
};

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const rows: unknown[] = [];
for (const name of positionals.length === 0 ? Object.keys(benches) : positionals) {
  if (name !== "gas") throw new Error(`unknown bench ${name}; known: ${Object.keys(benches).join(", ")}`);
  const result = await benches[name]();
  printRow(["flow", "system"], ["gas", "new slots", "gas on Sei"]);
  for (const { flow, system, gas, newSlots, seiGas } of result) printRow([flow, system], [gas, newSlots, seiGas]);
  rows.push(...result);
}
if (values.json !== undefined) {
  await writeFile(
    values.json,
    JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2),
  );
}
