import { proveApart } from "./scripts/prove/pool.ts";
const [, , ...names] = process.argv;
for (const contract of names) { const t = Date.now(); const r = await proveApart({ path: "test/proofs/Money.sol", contract }, 90_000); console.log(contract, Date.now() - t, r.map((f) => `${f.line} ${f.verdict} ${f.condition}`)); }
