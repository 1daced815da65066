import { ZeroHash, id } from "ethers";
import { TimelockController__factory, Treasury__factory } from "../../types/index.ts";
import { buildMandateTree } from "../../deployments/mandateTree.ts";
import type { DeployContext } from "./context.ts";
import { assertHoldingTime } from "./parameters.ts";
import type { Setting } from "./setting.ts";
import { configurationOf, policySettings, worldOf } from "./settings.ts";
import { addressOf } from "../../deployments/lookup.ts";
import { untilMined } from "../lib/mined.ts";

/** How many settings one timelock operation carries: at Sei's prices some 300,000 gas each, of 12.5 M. */
const BATCH = 6;

const undone = async (settings: readonly Setting[]): Promise<readonly Setting[]> => {
  const done = await Promise.all(settings.map(({ isDone }) => isDone()));
  return settings.filter((_, index) => done[index] === false);
};

/**
 * Lets the timelock make `calls` now, which it does as long as it has no delay and obeys the deployer.
 * @throws Error when the deployer has handed over already: the DAO must schedule these calls itself
 */
export const executeNow = async (
  context: DeployContext,
  calls: readonly { readonly target: string; readonly data: string }[],
): Promise<void> => {
  const timelock = TimelockController__factory.connect(addressOf(context.read(), "Timelock"), context.signer);
  const me = await context.signer.getAddress();
  const mayPropose = await timelock.hasRole(await timelock.PROPOSER_ROLE(), me);
  if (!mayPropose || (await timelock.getMinDelay()) !== 0n) {
    const lines = calls.map(({ target, data }) => `  to ${target} data ${data}`).join("\n");
    throw new Error(`the timelock no longer obeys the deployer; let the DAO schedule these calls:\n${lines}`);
  }
  const salt = id(JSON.stringify([await context.signer.getNonce(), calls]));
  const targets = calls.map(({ target }) => target);
  const data = calls.map((call) => call.data);
  const values = calls.map(() => 0n);
  await untilMined(await timelock.scheduleBatch(targets, values, data, ZeroHash, salt, 0n));
  await untilMined(await timelock.executeBatch(targets, values, data, ZeroHash, salt));
};

const bringAbout = async (context: DeployContext, settings: readonly Setting[]): Promise<void> => {
  const missing = await undone(settings);
  for (let start = 0; start < missing.length; start += BATCH) {
    const batch = missing.slice(start, start + BATCH);
    await executeNow(context, batch);
    for (const { name } of batch) context.say(`set: ${name}`);
  }
  if (missing.length === 0) context.say(`settings: all ${settings.length} are in place`);
};

/** Sets feeds, assets, limits, allowances and permitted calls, each unless it is so already. */
export const configure = async (context: DeployContext): Promise<void> => {
  await bringAbout(context, configurationOf(worldOf(context)));
  const book = context.read();
  const leaves = context.parameters.permittedCalls(book);
  const { root } = buildMandateTree(leaves);
  if (book.mandate?.root !== root) await context.save({ ...book, mandate: { root, leaves } });
};

/**
 * Sets what each class demands.
 * @throws Error when the treasury's holding time is shorter than what the classes let be known before it is done
 */
export const setPolicy = async (context: DeployContext): Promise<void> => {
  const treasury = Treasury__factory.connect(addressOf(context.read(), "Treasury"), context.signer);
  assertHoldingTime(Number(await treasury.MIN_HOLDING_TIME()), context.parameters.policies);
  await bringAbout(context, policySettings(worldOf(context)));
};
