import { readFile } from "node:fs/promises";
import { MaxUint256, ZeroAddress, ZeroHash, dataLength } from "ethers";
import { expect } from "chai";
import { globalOptions } from "hardhat";
import { countNewSlots, seiGasOf } from "../../../scripts/bench/trace.ts";
import { deployCore, deployParts } from "../../../scripts/deploy/01_core.ts";
import { configure, setPolicy } from "../../../scripts/deploy/02_configure.ts";
import { handOverOf, transfer } from "../../../scripts/deploy/03_transfer.ts";
import { isDeployed } from "../../../scripts/deploy/context.ts";
import { aggregatorLeaves, arbitrageLeaves, lendingLeaves } from "../../../scripts/deploy/mandate.ts";
import { ROUTINE } from "../../../scripts/deploy/parameters.ts";
import { configurationOf } from "../../../scripts/deploy/settings.ts";
import { readWorstCases } from "../../../keepers/adapters/readers/worstCase.ts";
import { CO_SIGNER_SAFE, GUARDIAN_SAFE } from "../../../scripts/sandbox/fleet.ts";
import { NEVER_TARGETS } from "../../../deployments/schema.ts";
import { addressesOf } from "../../../keepers/adapters/chain/addresses.ts";
import { readPowers } from "../../../keepers/adapters/readers/trust.ts";
import { TRUST_DOC, trustFindings } from "../../../scripts/sandbox/trustList.ts";
import { statusFacts } from "../../../scripts/cli/status.ts";
import {
  Accounts__factory,
  AgentRegistry__factory,
  CircuitBreaker__factory,
  Consensus__factory,
  Erc8183Adapter__factory,
  Escrow__factory,
  FeeSplitter__factory,
  Mandate__factory,
  NexusToken__factory,
  OracleHub__factory,
  PaymentChannels__factory,
  Reputation__factory,
  TimelockController__factory,
  Treasury__factory,
} from "../../../types/index.ts";
import { type Deployed, contextOf, deployAll, receiptsOf, revertOf, startDeployed } from "../../support/deployment.ts";
import { passByVote, wait } from "../../support/dao.ts";
import { report } from "../../support/report.ts";
import { addressOf, sourceNameOf } from "../../../deployments/lookup.ts";
import { worstCaseText } from "../../../keepers/views/worstCase.ts";
import { PROTOCOLS } from "../../../keepers/core/protocols/all.ts";

/** What a transaction of Sei may use. */
const MAX_GAS = 12_500_000n;
/** EIP-170's limit of a contract's code. Code that counts its own lines for a coverage report is longer, and never deployed. */
const MAX_CODE = globalOptions.coverage ? 3 * 24_576 : 24_576;
/** `RecorderRole.Proposals`. */
const PROPOSALS = 1;
const OTHER_HASH = `0x${"12".repeat(32)}`;

const messageOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "nothing was thrown",
    (error: unknown) => String(error),
  );

/** One administrative call on each contract that has an administrator, as `caller` would make it. */
const administrativeCalls = ({ book, deployer }: Deployed): Readonly<Record<string, () => Promise<unknown>>> => {
  const at = (name: string): string => addressOf(book, name);
  const policy = { threshold: 1n, minVoters: 1, minOperators: 1, maxDeadline: 60, delay: 0 };
  return {
    AgentRegistry: () => AgentRegistry__factory.connect(at("AgentRegistry"), deployer).setWeightCap.staticCall(1),
    Consensus: () => Consensus__factory.connect(at("Consensus"), deployer).setPolicy.staticCall(ROUTINE, policy),
    Mandate: () => Mandate__factory.connect(at("Mandate"), deployer).setRoot.staticCall(OTHER_HASH, ""),
    Treasury: () => Treasury__factory.connect(at("Treasury"), deployer).addAsset.staticCall(at("Treasury"), 0n),
    OracleHub: () =>
      OracleHub__factory.connect(at("OracleHub"), deployer).setFeed.staticCall(
        at("Treasury"),
        { decimals: 18, quorum: 1, maxBandBps: 1 },
        [{ reader: at("Treasury"), maxAge: 1, deviationBps: 0 }],
      ),
    CircuitBreaker: () =>
      CircuitBreaker__factory.connect(at("CircuitBreaker"), deployer).setGuardian.staticCall(deployer.address, true),
    Reputation: () =>
      Reputation__factory.connect(at("Reputation"), deployer).setRecorder.staticCall(deployer.address, PROPOSALS),
    Escrow: () => Escrow__factory.connect(at("Escrow"), deployer).setJobFee.staticCall(0),
    FeeSplitter: () => FeeSplitter__factory.connect(at("FeeSplitter"), deployer).setProtocolPart.staticCall(0),
  };
};

describe("deploy: NEXUS in the sandbox", () => {
  let deployed: Deployed;
  before(async () => {
    deployed = await startDeployed();
  });
  after(() => deployed.stop());

  const timelockOf = (runner: Deployed["holder"]) =>
    TimelockController__factory.connect(addressOf(deployed.book, "Timelock"), runner);

  it("fits: every transaction into one of Sei's at Sei's prices, every contract under the limit of code", async () => {
    const { provider, sandbox, book } = deployed;
    const receipts = await receiptsOf(deployed);
    const created = Object.values(book.contracts).map(({ tx }) => tx);
    expect(receipts.map(({ hash }) => hash)).to.include.members(created);
    let [dearest, total] = [0n, 0n];
    for (const { hash, status, gasUsed } of receipts) {
      expect(status, hash).to.equal(1);
      const gas = seiGasOf({ gas: gasUsed, newSlots: await countNewSlots(sandbox.control, hash) });
      expect(gas < MAX_GAS, `${hash} takes ${gas} gas`).to.equal(true);
      total += gas;
      if (gas > dearest) dearest = gas;
    }
    report(`${receipts.length} transactions, ${total} gas on Sei in all, the dearest ${dearest}`);
    for (const [name, { address }] of Object.entries(book.contracts)) {
      expect(dataLength(await provider.getCode(address)), name).to.be.within(1, MAX_CODE - 1);
    }
  });

  it("sends nothing when it is run again, and says so", async () => {
    const { deployer } = deployed;
    const { context, said, saved } = contextOf(deployed);
    const nonce = await deployer.getNonce();
    await deployAll(context);
    expect(await deployer.getNonce()).to.equal(nonce);
    expect(saved).to.deep.equal([]);
    expect(said).to.have.length(4);
    expect(said.join("\n"))
      .to.match(/core: already deployed/)
      .and.to.match(/settings: all \d+ are in place/)
      .and.to.match(/hand-over: done already/);
  });

  it("describes itself: each contract's code, administrator and root are as the book says", async () => {
    const facts = await statusFacts(deployed.book, deployed.provider);
    expect(facts.filter(({ isRight }) => isRight === false)).to.deep.equal([]);
    expect(facts.filter(({ isRight }) => isRight === true).length).to.be.greaterThan(15);
    expect(deployed.book.mandate?.leaves).to.deep.equal([
      ...arbitrageLeaves(deployed.book),
      ...lendingLeaves(deployed.book),
      ...aggregatorLeaves(deployed.book),
    ]);
    // Both ways through each pool, in and out of the one position that the treasury deals in, and both ways between any two of
    // three tokens by the aggregator.
    expect(deployed.book.mandate?.leaves).to.have.length(2 * deployed.book.environment.pools.length + 2 * 2 + 6);
  });

  it("says what a corrupt quorum could take, for each class [NX-TRE-02]", async () => {
    const { book, provider } = deployed;
    const facts = await statusFacts(book, provider);
    // What lies behind the first part grows with the age of prices.
    const [cases, first] = [await readWorstCases(book, provider), (text = "") => text.split(";")[0]];
    for (const worst of cases) {
      const told = facts.find(({ what }) => what === worst.className)?.value;
      expect(first(told)).to.equal(first(worstCaseText(worst, book)));
    }
    // Half of what the sandbox lets be lost in a day drains in a day; one, two and four halves fit at once.
    const half = deployed.parameters.lossLimit.perDay / 2n;
    expect(cases.map(({ inADay }) => inADay)).to.deep.equal([2n * half, 3n * half, 5n * half]);
    expect(cases.map(({ passesNothing }) => passesNothing)).to.deep.equal([undefined, undefined, undefined]);
  });

  it("is told by docs/reference/trust.md as the chain tells it", async () => {
    const powers = await readPowers({ ...deployed, warn: () => undefined });
    const document = await readFile(TRUST_DOC, "utf8");
    expect(trustFindings(document, powers)).to.deep.equal([]);
    const other = powers.map((power) => (power.what === "make the treasury act" ? { ...power, value: "0x1" } : power));
    expect(trustFindings(document, other)).to.have.length(1);
  });

  it("refuses a delay that does not outlast the time to exit, before it sends anything [NX-DAO-05]", async () => {
    const { parameters, deployer } = deployed;
    const nonce = await deployer.getNonce();
    const { minHoldingTime } = parameters;
    const refused = contextOf({ ...deployed, parameters: { ...parameters, timelockDelay: minHoldingTime } });
    expect(await messageOf(deployCore(refused.context))).to.include(
      `the timelock's delay of ${minHoldingTime} s must be longer than the time to exit from the treasury, ` +
        `${minHoldingTime} s: at least ${minHoldingTime + 1} s`,
    );
    // What the parameters say of the time to exit does not help: the treasury is asked.
    const lying = { ...parameters, minHoldingTime: 0, timelockDelay: minHoldingTime };
    expect(await messageOf(transfer(contextOf({ ...deployed, parameters: lying }).context))).to.include(
      `must be longer than the time to exit from the treasury, ${minHoldingTime} s`,
    );
    const endless = { ...parameters, timelockDelay: 60 * 86_400 + 1 };
    expect(await messageOf(transfer(contextOf({ ...deployed, parameters: endless }).context))).to.include(
      "the timelock's delay of 5184001 s must be from 35 s to 5184000 s",
    );
    expect(await deployer.getNonce()).to.equal(nonce);
  });

  it("refuses a holding time in which a profit can be known before it is made, and sends nothing [NX-TRE-06]", async () => {
    const { parameters, deployer } = deployed;
    const nonce = await deployer.getNonce();
    const { Routine, Elevated } = parameters.policies;
    const refusalOf = (change: Partial<typeof parameters>) =>
      messageOf(deployCore(contextOf({ ...deployed, parameters: { ...parameters, ...change } }).context));
    const least = Math.max(Routine.maxDeadline, Elevated.delay) + 4;
    expect(await refusalOf({ minHoldingTime: least - 1 })).to.include(
      `the minimum holding time of ${least - 1} s lets newcomers buy a profit that is known already: at least ${least} s`,
    );
    const policies = { ...parameters.policies, Routine: { ...Routine, maxDeadline: parameters.minHoldingTime - 3 } };
    expect(await refusalOf({ policies })).to.include(
      `at least ${parameters.minHoldingTime + 1} s, ten blocks more than`,
    );
    const slower = { ...parameters.policies, Elevated: { ...Elevated, delay: parameters.minHoldingTime - 3 } };
    expect(await refusalOf({ policies: slower })).to.include(
      `the delay of Elevated, ${parameters.minHoldingTime - 3} s`,
    );
    // What the parameters say of the holding time does not help where it was deployed: the treasury is asked.
    const lying = { ...parameters, minHoldingTime: 1_000, policies: slower };
    expect(await messageOf(setPolicy(contextOf({ ...deployed, parameters: lying }).context))).to.include(
      `the minimum holding time of ${parameters.minHoldingTime} s`,
    );
    expect(await deployer.getNonce()).to.equal(nonce);
  });

  it("names the governance parameter that would lock the DAO, and its limits [NX-DAO-02]", async () => {
    const { parameters, book } = deployed;
    const rest = Object.fromEntries(Object.entries(book.contracts).filter(([name]) => name !== "NexusGovernor"));
    const governance = { ...parameters.governance, votingPeriod: 9, voteExtension: 0 };
    const lacking = { ...deployed, book: { ...book, contracts: rest }, parameters: { ...parameters, governance } };
    expect(await messageOf(deployParts(contextOf(lacking).context))).to.include(
      "the governance parameters are refused: " +
        "SettingOutOfBounds(setting: voting period, value: 9, minimum: 10, maximum: 2592000)",
    );
  });

  it("makes the DAO's token the stake token, unless another is named, and hands its supply to the holder", async () => {
    const { book, provider, parameters } = deployed;
    const token = NexusToken__factory.connect(addressOf(book, "NexusToken"), provider);
    const registry = AgentRegistry__factory.connect(addressOf(book, "AgentRegistry"), provider);
    expect(await registry.STAKE_TOKEN()).to.equal(await token.getAddress());
    expect(await token.totalSupply()).to.equal(parameters.governance.supply);
    expect(book.contracts["NexusToken"]?.args).to.deep.equal([
      parameters.governance.holder,
      parameters.governance.supply.toString(),
    ]);
  });

  it("tells a contract whose code is another's from one that is there", async () => {
    const { context } = contextOf(deployed);
    const { contracts } = deployed.book;
    const entry = contracts["Mandate"];
    if (entry === undefined) throw new Error("the book has no Mandate");
    const withMandate = (change: Partial<typeof entry>) => () => ({
      ...deployed.book,
      contracts: { ...contracts, Mandate: { ...entry, ...change } },
    });
    expect(await isDeployed(context, "Mandate")).to.equal(true);
    expect(await isDeployed({ ...context, read: withMandate({ bytecodeHash: OTHER_HASH }) }, "Mandate")).to.equal(
      false,
    );
    expect(await isDeployed({ ...context, read: withMandate({ address: ZeroAddress }) }, "Mandate")).to.equal(false);
    expect(await isDeployed(context, "Nothing")).to.equal(false);
  });

  it("deploys again the part that is missing, and only that", async () => {
    const { contracts } = deployed.book;
    const rest = Object.fromEntries(Object.entries(contracts).filter(([name]) => name !== "Erc20Decoder"));
    const lacking = { ...deployed, book: { ...deployed.book, contracts: rest } };
    const { context, said, saved } = contextOf(lacking);
    const nonce = await deployed.deployer.getNonce();
    await deployCore(context);
    await deployParts(context);
    expect(said).to.deep.equal(["core: already deployed", "Erc20Decoder: deployed"]);
    expect(saved).to.have.length(1);
    expect(await deployed.deployer.getNonce()).to.equal(nonce + 1);
    expect(saved[0]?.contracts["Erc20Decoder"]?.address).to.not.equal(contracts["Erc20Decoder"]?.address);
    expect(await isDeployed(context, "Erc20Decoder")).to.equal(true);
  });

  it("adds nothing to a core that lacks a part, since its contracts know one another from birth", async () => {
    const { contracts } = deployed.book;
    const rest = Object.fromEntries(Object.entries(contracts).filter(([name]) => name !== "Escrow"));
    const lacking = { ...deployed, book: { ...deployed.book, contracts: rest } };
    const nonce = await deployed.deployer.getNonce();
    expect(await messageOf(deployCore(contextOf(lacking).context))).to.include(
      "the address book has a core without Escrow: it is deployed in one go; begin with a new book",
    );
    expect(await deployed.deployer.getNonce()).to.equal(nonce);
  });

  it("tells the mandate all contracts of ours that are never a target, and no others [NX-MAN-01]", async () => {
    const { book, provider } = deployed;
    const mandate = Mandate__factory.connect(addressOf(book, "Mandate"), provider);
    const isCore = await Promise.all(Object.values(book.contracts).map((entry) => mandate.isCore(entry.address)));
    const core = Object.keys(book.contracts).filter((_, index) => isCore[index]);
    expect(core).to.have.members([...NEVER_TARGETS]);
    // What is not on the list holds nothing of ours: it reads, computes, or belongs to the owners of a Safe.
    const others = Object.keys(book.contracts).filter((name) => !core.includes(name));
    expect(others).to.have.members([
      "NexusLens",
      "MessageKeyRenewal",
      ...PROTOCOLS.map(({ decoder }) => decoder),
      ...["USDC", "SEI", "ETH"].flatMap((what) => [
        sourceNameOf(`${what}/USD by Pyth`),
        sourceNameOf(`${what}/USD by RedStone`),
      ]),
      "Safe",
      "SafeProxyFactory",
      "SafeFallbackHandler",
      GUARDIAN_SAFE,
      CO_SIGNER_SAFE,
    ]);
    const tokens = Object.values(book.environment.tokens).map((token) => token.address);
    const routers = book.environment.dexes.map(({ router }) => router);
    for (const target of [...tokens, ...routers]) expect(await mandate.isCore(target)).to.equal(false);
    expect([...addressesOf(book).environment.core]).to.have.members(
      NEVER_TARGETS.map((name) => addressOf(book, name).toLowerCase()),
    );
  });

  it("makes ledger, modules and fee collector know one another, with the parameters' fees", async () => {
    const { book, provider, parameters, deployer } = deployed;
    const at = (name: string): string => addressOf(book, name);
    const accounts = Accounts__factory.connect(at("Accounts"), provider);
    const escrow = Escrow__factory.connect(at("Escrow"), provider);
    const channels = PaymentChannels__factory.connect(at("PaymentChannels"), provider);
    const splitter = FeeSplitter__factory.connect(at("FeeSplitter"), provider);
    expect([await escrow.ACCOUNTS(), await channels.ACCOUNTS()]).to.deep.equal([at("Accounts"), at("Accounts")]);
    expect(await accounts.FEE_COLLECTOR()).to.equal(at("FeeSplitter"));
    expect(await accounts.PERMIT2()).to.equal(book.environment.permit2 ?? ZeroAddress);
    expect(await escrow.jobFeeBps()).to.equal(BigInt(parameters.fees.jobFeeBps));
    expect(await splitter.protocolBps()).to.equal(BigInt(parameters.fees.protocolBps));
    expect(await splitter.PROTOCOL()).to.equal(at("Timelock"));
    const adapter = Erc8183Adapter__factory.connect(at("Erc8183Adapter"), provider);
    expect(await adapter.paymentToken()).to.equal(book.environment.tokens["USDC"]?.address);
    // An opt-in to a module that the ledger was born with is a bit of the balance: it creates its slot and no other.
    const token = book.environment.tokens["USDC"]?.address ?? "";
    for (const module of ["Escrow", "PaymentChannels"] as const) {
      await (await accounts.connect(deployer).allowModule(token, at(module), true)).wait();
      expect(await accounts.isModuleAllowed(token, deployer.address, at(module))).to.equal(true);
    }
    const slots = await countNewSlots(
      deployed.sandbox.control,
      (await accounts.connect(deployer).allowModule(token, at("Escrow"), true)).hash,
    );
    expect(slots).to.equal(0);
  });

  describe("after the hand-over", () => {
    it("leaves the deployer no role, the governor alone all but the timelock's administration [NX-DAO-06]", async () => {
      const { deployer, holder, parameters, book } = deployed;
      const timelock = timelockOf(holder);
      const roles = {
        proposer: await timelock.PROPOSER_ROLE(),
        canceller: await timelock.CANCELLER_ROLE(),
        executor: await timelock.EXECUTOR_ROLE(),
        admin: await timelock.DEFAULT_ADMIN_ROLE(),
      };
      const held = async (account: string): Promise<readonly string[]> => {
        const has = await Promise.all(Object.values(roles).map((role) => timelock.hasRole(role, account)));
        return Object.keys(roles).filter((_, i) => has[i] === true);
      };
      expect(await held(deployer.address)).to.deep.equal([]);
      const governor = addressOf(book, "NexusGovernor");
      expect(await held(governor)).to.deep.equal(["proposer", "canceller", "executor"]);
      for (const nobody of [holder.address, ZeroAddress]) expect(await held(nobody)).to.deep.equal([]);
      expect(await held(await timelock.getAddress())).to.deep.equal(["admin"]);
      expect(await handOverOf(contextOf(deployed).context, deployer.address)).to.deep.equal({
        daoGoverns: true,
        deployerIsOut: true,
        delay: BigInt(parameters.timelockDelay),
      });
    });

    it("lets the deployer set nothing, neither directly nor by the timelock", async () => {
      const calls = administrativeCalls(deployed);
      for (const [name, attempt] of Object.entries(calls)) expect(await revertOf(attempt()), name).to.equal("NotAdmin");
      const { deployer } = deployed;
      const timelock = timelockOf(deployer);
      const schedule = timelock.schedule.staticCall(ZeroAddress, 0n, "0x", ZeroHash, ZeroHash, MaxUint256 >> 1n);
      expect(await revertOf(schedule)).to.equal("AccessControlUnauthorizedAccount");
      const callProof = timelock.grantRole.staticCall(ZeroHash, deployer.address);
      expect(await revertOf(callProof)).to.equal("AccessControlUnauthorizedAccount");
      expect(await revertOf(timelock.updateDelay.staticCall(0n))).to.equal("TimelockUnauthorizedCaller");
    });

    it("names the calls that only the DAO can make, which pass after the delay and not before", async () => {
      const { provider, book, deployer, parameters } = deployed;
      // Finer than the mandate keeps, by one unit each: what it cuts off must not be asked for for ever.
      const changed = { ...parameters, lossLimit: { perAction: 10n ** 18n + 1n, perDay: 2n * 10n ** 18n + 1n } };
      const { context, said } = contextOf(deployed, { parameters: changed });
      const nonce = await deployer.getNonce();
      const [call, ...others] = configurationOf({ book, parameters: changed, provider }).filter(
        ({ name }) => name === "limits of loss",
      );
      if (call === undefined) throw new Error("the loss limit is no setting");
      expect(others).to.deep.equal([]);
      const refusal = await messageOf(configure(context));
      expect(refusal).to.include("no longer obeys the deployer; let the DAO schedule these calls");
      expect(refusal).to.include(`to ${call.target} data ${call.data}`).and.to.have.lengthOf.below(500);
      expect(await deployer.getNonce()).to.equal(nonce);

      const { governor, action } = await passByVote(deployed, [call], "a smaller loss limit");
      const execute = () => governor.connect(deployer).execute.staticCall(...action);
      expect(await revertOf(execute())).to.equal("TimelockUnexpectedOperationState");
      const byTheTimelock = timelockOf(deployer).executeBatch.staticCall(
        action[0],
        action[1],
        action[2],
        ZeroHash,
        action[3],
      );
      expect(await revertOf(byTheTimelock)).to.equal("AccessControlUnauthorizedAccount");
      await wait(deployed, parameters.timelockDelay);
      await (await governor.connect(deployer).execute(...action)).wait();
      await configure(context);
      expect(said).to.have.length(1);
      expect(said[0]).to.match(/^settings: all \d+ are in place$/);
    });
  });
});
