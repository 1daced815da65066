import { startWorld } from "./world.ts";
import { startMoney, configOf, signVoucher, termsOf, ONE_USDC } from "./money.ts";
import { id } from "ethers";
const w = await startWorld();
const prof = async (name: string, p: any) => {
  const r = await p; const rc = await r.wait();
  const t: any = await w.sandbox.control("debug_traceTransaction", [rc.hash, { disableStorage: true, disableMemory: true, disableStack: true }]);
  const by: Record<string, [number, number]> = {};
  const L = t.structLogs; let exec = 0;
  for (let i = 0; i < L.length; i++) { const s = L[i]; let c = s.gasCost;
    if (/CALL/.test(s.op) ) { // cost = gas before - gas of first inner step is messy
      const n = L[i+1]; c = n && n.depth > s.depth ? s.gas - 0 : c; 
      if (n && n.depth > s.depth) { // find return
        let j = i+1; while (j < L.length && L[j].depth > s.depth) j++;
        const inner = L[i+1].gas - (L[j-1].gas - L[j-1].gasCost);
        c = s.gas - L[j].gas - inner; } }
    const g = /LOG/.test(s.op) ? "LOG" : /CALL/.test(s.op) ? "CALL" : /KECCAK|SHA3/.test(s.op) ? "KECCAK" : ["SLOAD","SSTORE","TLOAD","TSTORE"].includes(s.op) ? s.op : "other";
    by[g] ??= [0,0]; by[g][0]++; by[g][1]+=c; exec += c; }
  const data = Buffer.from(r.data.slice(2),"hex"); let cd=0; for (const b of data) cd += b===0?4:16;
  console.log(name, "total", rc.gasUsed, "calldata", cd, data.length, JSON.stringify(by));
};
try {
  const m = await startMoney(w);
  const [c, k] = [await m.actor(0), await m.actor(1)];
  const config = configOf(m, c.address, k.address, 1);
  const PAID = 40n*ONE_USDC;
  const v = await signVoucher(m, config, PAID, c);
  await prof("open", m.channels.connect(c).open(config, 100n*ONE_USDC));
  await prof("close", m.channels.connect(k).close(config, PAID, PAID, v.serialized));
  const terms = await termsOf(m, c.address, k.address, "j");
  await prof("fund", m.escrow.connect(c).fund(terms));
  await prof("deliver", m.escrow.connect(k).deliver(terms, id("x")));
  await prof("approve", m.escrow.connect(c).approve(terms, 0));
  await prof("deposit", m.accounts.connect(c).deposit(m.token, c.address, ONE_USDC));
  await prof("withdraw", m.accounts.connect(c).withdraw(m.token, c.address, ONE_USDC));
} finally { await w.stop(); }
