import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { benchGas } from "./gas.ts";

const benches = { gas: benchGas } as const;

const { values, positionals } = parseArgs({ options: { json: { type: "string" } }, allowPositionals: true });
const rows: unknown[] = [];
for (const name of positionals.length === 0 ? Object.keys(benches) : positionals) {
  if (name !== "gas") throw new Error(`unknown bench ${name}; known: ${Object.keys(benches).join(", ")}`);
  const result = await benches[name]();
  console.table(result.map((row) => ({ ...row, gas: Number(row.gas), seiGas: Number(row.seiGas) })));
  rows.push(...result);
}
if (values.json !== undefined) {
  await writeFile(
    values.json,
    JSON.stringify(rows, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2),
  );
}
