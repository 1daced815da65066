/**
 * Plays the process of an agent for an orchestrator. What it does besides living stands in its configuration: `log` is a file
 * to which it adds a line when it starts and when it ends; `does` is what goes wrong with it.
 */
import { appendFileSync, existsSync } from "node:fs";
import process from "node:process";

const SIGN_MS = 50;

/** @param {unknown} report */
const tell = (report) => void process.send?.(report);

/** @param {{ readonly process: string, readonly config: string, readonly graceMs: number }} order */
const play = ({ process: name, config, graceMs }) => {
  /** @type {{ readonly log: string, readonly does?: string, readonly once?: string }} */
  const { log, does = "", once } = JSON.parse(config);
  const say = (/** @type {string} */ what, /** @type {object} */ more = {}) =>
    appendFileSync(log, `${JSON.stringify({ name, what, pid: process.pid, at: Date.now(), ...more })}\n`);
  // What goes wrong once is well in the next life.
  const fault = once !== undefined && existsSync(once) ? "" : does;
  if (once !== undefined) appendFileSync(once, "");
  const ours = Object.keys(process.env).filter((variable) => variable.startsWith("NEXUS_"));
  say("starts", { ours, args: process.argv.slice(2) });
  if (fault === "fail") {
    tell({ kind: "failed", isFatal: true, reason: "it cannot run" });
    say("ends");
    // oxlint-disable-next-line unicorn/no-process-exit -- it plays a process that fails
    process.exit(1);
  }
  let rounds = 0;
  setInterval(() => {
    rounds += fault === "stand still" ? 0 : 1;
    tell({ kind: "sign", rounds: { [name]: rounds }, residentBytes: 1 });
  }, SIGN_MS);
  tell({ kind: "sign", rounds: { [name]: 0 }, residentBytes: 1 });
  tell({ kind: "ready" });
  const end = () => {
    say("ends");
    // oxlint-disable-next-line unicorn/no-process-exit -- its timers would go on
    process.exit(0);
  };
  const stop = () => {
    setTimeout(end, graceMs).unref();
    if (fault !== "deaf") end();
  };
  process.on("message", stop);
  process.on("disconnect", stop);
  // It hangs: neither signs nor stops.
  if (fault === "hang")
    setTimeout(() => {
      for (;;);
    }, 4 * SIGN_MS);
};

process.once("message", play);
