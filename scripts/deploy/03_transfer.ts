import {
  type NexusGovernor,
  NexusGovernor__factory,
  TimelockController__factory,
  Treasury__factory,
} from "../../types/index.ts";
import { rolesOf } from "../../keepers/adapters/readers/contracts.ts";
import { executeNow } from "./02_configure.ts";
import { type DeployContext, providerOf } from "./context.ts";
import { assertTimeToExit } from "./parameters.ts";
import { addressOf } from "../../deployments/lookup.ts";

/** Whether the governor alone decides for the timelock, whether the deployer still can, and the delay in seconds. */
export type HandOver = { readonly daoGoverns: boolean; readonly deployerIsOut: boolean; readonly delay: bigint };

/** Reads the state of the hand-over; writes nothing. */
export const handOverOf = async (context: DeployContext, deployer: string): Promise<HandOver> => {
  const book = context.read();
  const timelock = TimelockController__factory.connect(addressOf(book, "Timelock"), providerOf(context.signer));
  const { admin, ...roles } = await rolesOf(timelock);
  const heldBy = (account: string, wanted: readonly string[]): Promise<readonly boolean[]> =>
    Promise.all(wanted.map((role) => timelock.hasRole(role, account)));
  const governor = await heldBy(addressOf(book, "NexusGovernor"), Object.values(roles));
  const held = await heldBy(deployer, [admin, ...Object.values(roles)]);
  return {
    daoGoverns: governor.every(Boolean),
    deployerIsOut: !held.some(Boolean),
    delay: await timelock.getMinDelay(),
  };
};

/** `GovernorSetting.TimelockDelay`. */
const TIMELOCK_DELAY = 5;

/** @throws Error when the governor, once it governs, would not let the delay stand */
const assertSettable = async (governor: NexusGovernor, delay: number): Promise<void> => {
  const { minimum, maximum } = await governor.settingOf(TIMELOCK_DELAY);
  if (BigInt(delay) >= minimum && BigInt(delay) <= maximum) return;
  throw new Error(
    `the timelock's delay of ${delay} s must be from ${minimum} s to ${maximum} s: the governor allows no other`,
  );
};

/**
 * Hands the timelock to the governor: its roles, the final delay, and no role left to the deployer, all in one
 * transaction. The governor holds the executor's role too, so that its expiry cannot be gone around: anyone executes by
 * the governor's `execute`.
 * @throws Error when the delay would not outlast the treasury's time to exit, or lies beyond what the governor allows
 */
export const transfer = async (context: DeployContext): Promise<void> => {
  const deployer = await context.signer.getAddress();
  const { timelockDelay } = context.parameters;
  const state = await handOverOf(context, deployer);
  if (state.daoGoverns && state.deployerIsOut && state.delay === BigInt(timelockDelay)) {
    context.say("hand-over: done already");
    return;
  }
  const treasury = Treasury__factory.connect(addressOf(context.read(), "Treasury"), providerOf(context.signer));
  assertTimeToExit(timelockDelay, Number(await treasury.MIN_HOLDING_TIME()));
  const governor = addressOf(context.read(), "NexusGovernor");
  await assertSettable(NexusGovernor__factory.connect(governor, providerOf(context.signer)), timelockDelay);
  const target = addressOf(context.read(), "Timelock");
  const timelock = TimelockController__factory.connect(target, context.signer);
  const { proposer, canceller, executor } = await rolesOf(timelock);
  const roles = [proposer, canceller, executor];
  const calls = [
    ...roles.map((role) => timelock.interface.encodeFunctionData("grantRole", [role, governor])),
    timelock.interface.encodeFunctionData("updateDelay", [timelockDelay]),
    ...roles.map((role) => timelock.interface.encodeFunctionData("revokeRole", [role, deployer])),
  ];
  await executeNow(
    context,
    calls.map((data) => ({ target, data })),
  );
  context.say(
    `hand-over: the timelock (${timelockDelay} s) now obeys the governor ${governor} and no longer the deployer`,
  );
};
