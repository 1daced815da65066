import { ZeroAddress } from "ethers";
import { type TimelockController, TimelockController__factory } from "../../types/index.ts";
import { executeNow } from "./02_configure.ts";
import { type DeployContext, addressOf, providerOf } from "./context.ts";

/** Who may do what in the timelock, and whether the deployer still can. */
export type HandOver = { readonly daoGoverns: boolean; readonly deployerIsOut: boolean; readonly delay: bigint };

const rolesOf = async (timelock: TimelockController) => ({
  proposer: await timelock.PROPOSER_ROLE(),
  canceller: await timelock.CANCELLER_ROLE(),
  executor: await timelock.EXECUTOR_ROLE(),
  admin: await timelock.DEFAULT_ADMIN_ROLE(),
});

/** Reads the state of the hand-over; writes nothing. */
export const handOverOf = async (context: DeployContext, deployer: string): Promise<HandOver> => {
  const timelock = TimelockController__factory.connect(
    addressOf(context.read(), "Timelock"),
    providerOf(context.signer),
  );
  const roles = await rolesOf(timelock);
  const { dao } = context.parameters;
  const held = await Promise.all(Object.values(roles).map((role) => timelock.hasRole(role, deployer)));
  return {
    daoGoverns: (await timelock.hasRole(roles.proposer, dao)) && (await timelock.hasRole(roles.canceller, dao)),
    deployerIsOut: !held.some(Boolean),
    delay: await timelock.getMinDelay(),
  };
};

/**
 * Hands the timelock to the DAO: its roles, the final delay, execution by anyone after it, and no role left to the
 * deployer, all in one transaction.
 */
export const transfer = async (context: DeployContext): Promise<void> => {
  const deployer = await context.signer.getAddress();
  const { dao, timelockDelay } = context.parameters;
  const state = await handOverOf(context, deployer);
  if (state.daoGoverns && state.deployerIsOut && state.delay === BigInt(timelockDelay)) {
    context.say("hand-over: done already");
    return;
  }
  const target = addressOf(context.read(), "Timelock");
  const timelock = TimelockController__factory.connect(target, context.signer);
  const roles = await rolesOf(timelock);
  const call = (data: string) => ({ target, data });
  const grant = (role: string, account: string) =>
    call(timelock.interface.encodeFunctionData("grantRole", [role, account]));
  const revoke = (role: string) => call(timelock.interface.encodeFunctionData("revokeRole", [role, deployer]));
  await executeNow(context, [
    grant(roles.proposer, dao),
    grant(roles.canceller, dao),
    grant(roles.executor, ZeroAddress),
    call(timelock.interface.encodeFunctionData("updateDelay", [timelockDelay])),
    revoke(roles.proposer),
    revoke(roles.canceller),
    revoke(roles.executor),
  ]);
  context.say(`hand-over: the timelock (${timelockDelay} s) now obeys ${dao} and no longer the deployer`);
};
