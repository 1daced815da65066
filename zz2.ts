import { proveApart } from "./scripts/prove/pool.ts";
const t = Date.now(); const r = await proveApart({ path: process.argv[2] ?? "", contract: process.argv[3] ?? "" }, Number(process.argv[4] ?? 60_000)); console.log(process.argv[3], Date.now() - t, r.map((f) => `${f.line} ${f.verdict} ${f.condition}`));
