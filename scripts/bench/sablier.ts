import { Contract, ContractFactory, ContractTransactionResponse, MaxUint256, ZeroAddress } from "ethers";
import { testKeys } from "../sandbox/account.ts";
import { type Cost, sumOf } from "./trace.ts";
import type { BenchWorld } from "./world.ts";
import { readArtifact } from "../lib/artifact.ts";

const ARTIFACT = "@sablier/v2-core/artifacts/SablierV2LockupLinear.json";
const FIRST_ACTOR = 700;
const ETHER = 10n ** 18n;
const FUNDS = 1_000n * 10n ** 6n;
const OPENED = 100n * 10n ** 6n;
const DAY = 86_400;

const sent = async (response: Promise<unknown>): Promise<ContractTransactionResponse> => {
  const known = await response;
  if (!(known instanceof ContractTransactionResponse)) throw new Error("a stream's call sent nothing");
  return known;
};

/**
 * What a stream of Sablier takes that does what a channel does: put in, pay part out, give back the rest. Three
 * transactions, each party having tokens and the sender having approved them; the second stream of the two, so that no slot
 * is counted that only the first creates.
 */
export const measureSablier = async (world: BenchWorld): Promise<Cost> => {
  const { provider, sandbox, measure } = world;
  const keyAt = testKeys();
  const [payer, receiver] = [keyAt(FIRST_ACTOR).connect(provider), keyAt(FIRST_ACTOR + 1).connect(provider)];
  for (const { address } of [payer, receiver]) {
    await sandbox.setBalance(address, ETHER);
    await sandbox.mint("USDC", address, FUNDS);
  }
  const { abi, bytecode } = readArtifact(ARTIFACT);
  const deployed = await new ContractFactory(abi, bytecode, payer).deploy(payer.address, ZeroAddress);
  await deployed.waitForDeployment();
  const lockup = await deployed.getAddress();
  const asset = sandbox.environment.tokens["USDC"]?.address ?? "";
  const token = new Contract(asset, ["function approve(address spender, uint256 amount) returns (bool)"], payer);
  await (await sent(token.getFunction("approve").send(lockup, MaxUint256))).wait();

  const call = (who: typeof payer, name: string, ...args: readonly unknown[]) =>
    measure(sent(new Contract(lockup, abi, who).getFunction(name).send(...args)));
  const live = async (streamId: bigint): Promise<Cost> => {
    const created = await call(payer, "createWithDurations", {
      sender: payer.address,
      recipient: receiver.address,
      totalAmount: OPENED,
      asset,
      cancelable: true,
      transferable: false,
      durations: { cliff: 0, total: DAY },
      broker: { account: ZeroAddress, fee: 0 },
    });
    await sandbox.control("evm_increaseTime", [DAY / 2]);
    const withdrawn = await call(receiver, "withdrawMax", streamId, receiver.address);
    return sumOf([created, withdrawn, await call(payer, "cancel", streamId)]);
  };
  await live(1n);
  return live(2n);
};
