import { startWorld } from "/work/wt/money/scripts/bench/world.ts";
import { measureMoney } from "/work/wt/money/scripts/bench/moneyFlows.ts";
const w = await startWorld();
try { console.log(await measureMoney(w)); } finally { await w.stop(); }
