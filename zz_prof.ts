let provider: any; const codeOf = async (a: string) => (await provider.getCode(a)).slice(2);
import { readFileSync, readdirSync } from "node:fs";
const base = process.cwd();
const want = "none";
// source maps by runtime code
type Art = { name: string; map: string; code: string; src: string };
const arts: Art[] = [];
const sourcesBy: Record<string, Record<number, string>> = {};
for (const f of readdirSync(base + "/artifacts/build-info").filter((f) => f.endsWith(".output.json"))) {
  const o = JSON.parse(readFileSync(base + "/artifacts/build-info/" + f, "utf8"));
  const ids: Record<number, string> = {};
  for (const [k, v] of Object.entries<any>(o.output.sources)) ids[v.id] = k;
  for (const [file, cs] of Object.entries<any>(o.output.contracts))
    for (const [n, c] of Object.entries<any>(cs)) {
      const d = c.evm?.deployedBytecode; if (!d?.object || file.includes("/test/")) continue;
      arts.push({ name: n, map: d.sourceMap, code: d.object, src: f }); sourcesBy[f] = ids;
    }
}
const norm = (a: string) => a.replace(/__\$[^$]*\$__/g, "0".repeat(40));

export const profile = async (p0: any, hash: string) => { provider = p0;

 const tx: any = await provider.getTransaction(hash);
const trace: any = await provider.send("debug_traceTransaction", [hash, { disableStorage: true, disableMemory: true, disableStack: false }]);


const strip = (h: string) => h; 
const match = async (addr: string): Promise<Art | undefined> => {
  const c = await codeOf(addr);
  let best: Art | undefined; 
  for (const a of arts) if (a.code.length === c.length && a.code.slice(-106) === c.slice(-106)) best = a;
  return best;
};
const fileText: Record<string, string> = {};
const lineOf = (path: string, off: number) => {
  const p = path.replace(/^project\//, ""); let full = base + "/" + p;
  if (path.startsWith("npm/")) full = base + "/node_modules/" + path.slice(4).replace(/@\d+\.\d+\.\d+[^/]*/, "");
  try { fileText[full] ??= readFileSync(full, "utf8"); } catch { return `${path}:${off}`; }
  const t = fileText[full]!; const line = t.slice(0, off).split("\n").length;
  return `${p.split("/").pop()}:${line} ${t.split("\n")[line - 1]!.trim().slice(0, 90)}`;
};
const decodeMap = (map: string) => { let s = 0, l = 0, f = 0; return map.split(";").map((e) => { const q = e.split(":"); if (q[0]) s = +q[0]; if (q[1]) l = +q[1]; if (q[2]) f = +q[2]; return [s, l, f] as const; }); };
const pcIndex = (code: string) => { const m: Record<number, number> = {}; let i = 0; for (let pc = 0; pc < code.length / 2; i++) { m[pc] = i; const op = parseInt(code.slice(pc * 2, pc * 2 + 2), 16); pc += op >= 0x60 && op <= 0x7f ? op - 0x5f + 1 : 1; } return m; };
const cache: Record<string, any> = {};
const info = async (addr: string) => { addr = addr.toLowerCase(); if (!(addr in cache)) { const a = await match(addr); cache[addr] = a ? { a, map: decodeMap(a.map), idx: pcIndex(await codeOf(addr)) } : { a: undefined, name: addr }; } return cache[addr]; };
const stack: string[] = [tx.to];
const totals: Record<string, number> = {}; const lines: Record<string, Record<string, number>> = {}; const ops: Record<string, Record<string, number>> = {};
const steps = trace.structLogs;
for (let i = 0; i < steps.length; i++) {
  const s = steps[i]; const next = steps[i + 1];
  while (stack.length > s.depth) stack.pop();
  const addr = stack[s.depth - 1] ?? "?"; const inf = await info(addr); const name = inf.a?.name ?? addr;
  let g: number = s.gasCost;
  const isCall = ["CALL", "STATICCALL", "DELEGATECALL", "CREATE"].includes(s.op);
  if (isCall && next && next.depth > s.depth) {
    const to = "0x" + s.stack[s.stack.length - 2].replace(/^0x/, "").padStart(64, "0").slice(24);
    stack.push(to);
    // call's own cost: gas before - gas given at entry
    g = s.gas - next.gas - 0; // given gas is next.gas
    g = s.gasCost - next.gas; if (g < 0 || g > 60000) g = 0;
  } else if (next && next.depth === s.depth) g = s.gas - next.gas;
  totals[name] = (totals[name] ?? 0) + g;
  (ops[name] ??= {})[s.op] = (ops[name]![s.op] ?? 0) + g;
  if (inf.a) { const m = inf.map[inf.idx[s.pc]]; const key = m && m[2] >= 0 ? lineOf(sourcesBy[inf.a.src]![m[2]] ?? "?", m[0]) : "(generated)"; (lines[name] ??= {})[key] = (lines[name]![key] ?? 0) + g; }
}
console.log(totals);
for (const [n, l] of Object.entries(lines)) { if (want && want !== "all" && !want.split(",").includes(n)) continue; console.log("==", n, totals[n]); for (const [k, v] of Object.entries(l).sort((a, b) => b[1] - a[1]).slice(0, 40)) console.log(String(v).padStart(7), k); console.log(Object.entries(ops[n]!).sort((a, b) => b[1] - a[1]).slice(0, 14).map(([k, v]) => k + " " + v).join(", ")); }
console.log("-- segments");
{ const st: string[] = [tx.to]; let acc = 0; const MARK = new Set(["CALL","STATICCALL","DELEGATECALL","SLOAD","SSTORE","LOG1","LOG2","LOG3","LOG4","RETURN","EXTCODESIZE","TLOAD","TSTORE"]);
for (let i = 0; i < steps.length; i++) { const s = steps[i], next = steps[i+1]; while (st.length > s.depth) st.pop(); const inf = await info(st[s.depth-1]!); const name = inf.a?.name ?? "ext";
 let g = s.gasCost; const isCall = ["CALL","STATICCALL","DELEGATECALL"].includes(s.op);
 if (isCall && next && next.depth > s.depth) { st.push("0x"+s.stack[s.stack.length-2].replace(/^0x/,"").padStart(64,"0").slice(24)); g = s.gasCost - next.gas; } else if (next && next.depth === s.depth) g = s.gas - next.gas;
 if (MARK.has(s.op)) { if (name !== "ext") { const m = inf.a ? inf.map[inf.idx[s.pc]] : undefined; console.log(" ".repeat(s.depth) + name, "own", acc, s.op, g, m && m[2] >= 0 ? lineOf(sourcesBy[inf.a.src]![m[2]] ?? "?", m[0]).slice(0,90) : ""); } acc = 0; } else acc += g; } }


};
