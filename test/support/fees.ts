import { USDC, ethers } from "./chain.ts";
import { nexusFixture } from "./nexus.ts";
import { HALF_LIFE, ROLE, WEIGHTING } from "./reputation.ts";

export const PROTOCOL_BPS = 2_000n;
/** What lies in the splitter's account. */
export const POT = 1_000n * USDC;

/** The ledger's fees go to a splitter that divides among agents 1, 3 and 5 of the fixture; a pot lies in it. */
export const splitterFixture = async () => {
  const f = await nexusFixture();
  const { registry } = f.addresses;
  const reputation = await ethers.deployContract("Reputation", [f.admin.address, registry, HALF_LIFE, WEIGHTING]);
  await reputation.connect(f.admin).setRecorder(f.deployer.address, ROLE.proposals);
  const nonce = await f.deployer.getNonce();
  const at = (offset: number) => ethers.getCreateAddress({ from: f.deployer.address, nonce: nonce + offset });
  const [ledger, splitterAt] = [at(0), at(1)];
  const none = ethers.ZeroAddress;
  const accounts = await ethers.deployContract("Accounts", [none, splitterAt, none, none]);
  const splitter = await ethers.deployContract("FeeSplitter", [
    f.admin.address,
    ledger,
    registry,
    await reputation.getAddress(),
    f.addresses.treasury,
    f.payee.address,
    PROTOCOL_BPS,
  ]);
  const usdc = await f.usdc.getAddress();
  await f.usdc.connect(f.deployer).mint(f.depositor.address, 10n * POT);
  await f.usdc.connect(f.depositor).approve(ledger, 10n * POT);
  await accounts.connect(f.depositor).deposit(usdc, splitterAt, POT);
  await splitter.connect(f.admin).setBeneficiaries([1n, 3n, 5n]);
  return { ...f, reputation, recorder: f.deployer, accounts, splitter, token: usdc };
};
export type Splitter = Awaited<ReturnType<typeof splitterFixture>>;

/** What an account can spend of the token. */
export const spendable = (f: Splitter, account: string): Promise<bigint> => f.accounts.balanceOf(f.token, account);
