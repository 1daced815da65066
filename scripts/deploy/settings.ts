import {
  CircuitBreaker__factory,
  Consensus__factory,
  Mandate__factory,
  Reputation__factory,
  Treasury__factory,
} from "../../types/index.ts";
import { buildMandateTree } from "../../deployments/mandateTree.ts";
import { type DeployContext, providerOf } from "./context.ts";
import { evidenceSettings, feedSetting, moveLimitSetting } from "./prices.ts";
import type { Setting, World } from "./setting.ts";
import { RECORDERS } from "../../deployments/recorders.ts";
import { type AssetParameters, tokenNamed } from "./parameters.ts";
import { addressOf } from "../../deployments/lookup.ts";
import { allowanceSettings, sharesSettings } from "./allowances.ts";
import { CLASSES } from "../../keepers/core/riskClass.ts";

/** What settings are read from: the book as it is now, what is wanted, and the chain. */
export const worldOf = ({ read, parameters, signer }: DeployContext): World => ({
  book: read(),
  parameters,
  provider: providerOf(signer),
});

const listingSetting = ({ book, parameters, provider }: World, asset: AssetParameters): Setting => {
  const token = tokenNamed(parameters.environment, asset.token).address;
  const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), provider);
  return {
    name: `${asset.token} as an asset of the treasury`,
    target: addressOf(book, "Treasury"),
    data: treasury.interface.encodeFunctionData("addAsset", [token, asset.cap]),
    isDone: () => treasury.isAsset(token),
  };
};

/** For an asset that is listed with another cap. */
const capSetting = ({ book, parameters, provider }: World, asset: AssetParameters): Setting => {
  const token = tokenNamed(parameters.environment, asset.token).address;
  const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), provider);
  return {
    name: `how much ${asset.token} counts`,
    target: addressOf(book, "Treasury"),
    data: treasury.interface.encodeFunctionData("setAssetCap", [token, asset.cap]),
    isDone: async () => !(await treasury.isAsset(token)) || (await treasury.assetCapOf(token)) === asset.cap,
  };
};

/** Whether a unit of an asset counts as one of the base asset; nothing to be set while it is not listed. */
const unitSetting = ({ book, parameters, provider }: World, asset: AssetParameters): Setting => {
  const token = tokenNamed(parameters.environment, asset.token).address;
  const treasury = Treasury__factory.connect(addressOf(book, "Treasury"), provider);
  const wanted = asset.isUnitOfBase ?? false;
  return {
    name: `${asset.token} counted ${wanted ? "unit for unit with the base asset" : "by its price"}`,
    target: addressOf(book, "Treasury"),
    data: treasury.interface.encodeFunctionData("setUnitOfBase", [token, wanted]),
    isDone: async () => {
      const isListed = await treasury.isAsset(token);
      return isListed ? (await treasury.isUnitOfBase(token)) === wanted : !wanted;
    },
  };
};

const limitSetting = ({ book, parameters, provider }: World, asset: AssetParameters): Setting => {
  const token = tokenNamed(parameters.environment, asset.token).address;
  const mandate = Mandate__factory.connect(addressOf(book, "Mandate"), provider);
  const { perAction, perAgentDay, perDay } = asset.limit;
  return {
    name: `limits of ${asset.token}`,
    target: addressOf(book, "Mandate"),
    data: mandate.interface.encodeFunctionData("setTokenLimit", [token, asset.limit]),
    isDone: async () => {
      const limit = await mandate.tokenLimitOf(token);
      return limit.perAction === perAction && limit.perAgentDay === perAgentDay && limit.perDay === perDay;
    },
  };
};

const mandateSettings = ({ book, parameters, provider }: World): readonly Setting[] => {
  const mandate = Mandate__factory.connect(addressOf(book, "Mandate"), provider);
  const { root } = buildMandateTree(parameters.permittedCalls(book));
  const { perAction, perDay } = parameters.lossLimit;
  const target = addressOf(book, "Mandate");
  return [
    {
      name: "limits of loss",
      target,
      data: mandate.interface.encodeFunctionData("setLossLimit", [parameters.lossLimit]),
      isDone: async () => {
        const [limit, unit] = await Promise.all([mandate.lossLimit(), mandate.LOSS_UNIT()]);
        // The mandate cuts off what is finer than its unit; asking for it again would change nothing.
        return limit.perAction === perAction - (perAction % unit) && limit.perDay === perDay - (perDay % unit);
      },
    },
    {
      name: "limits of the higher classes",
      target,
      data: mandate.interface.encodeFunctionData("setClassMultiples", [parameters.classMultiples]),
      isDone: async () => {
        const { elevated, critical } = await mandate.classMultiples();
        const wanted = parameters.classMultiples;
        return Number(elevated) === wanted.elevated && Number(critical) === wanted.critical;
      },
    },
    {
      name: "permitted calls",
      target,
      data: mandate.interface.encodeFunctionData("setRoot", [root, `deployments/${book.chainId}.json`]),
      isDone: async () => (await mandate.root()) === root,
    },
  ];
};

/** The breaker's first guardian comes with its constructor; others have to be set. */
const guardianSettings = ({ book, parameters, provider }: World): readonly Setting[] => {
  const breaker = CircuitBreaker__factory.connect(addressOf(book, "CircuitBreaker"), provider);
  return [parameters.guardian, ...(parameters.otherGuardians ?? [])].map((guardian) => ({
    name: `${guardian} as guardian of the breaker`,
    target: addressOf(book, "CircuitBreaker"),
    data: breaker.interface.encodeFunctionData("setGuardian", [guardian, true]),
    isDone: () => breaker.isGuardian(guardian),
  }));
};

/** Without a co-signer no Critical proposal passes. */
const coSignerSettings = ({ book, parameters: { coSigner }, provider }: World): readonly Setting[] => {
  if (coSigner === undefined) return [];
  const consensus = Consensus__factory.connect(addressOf(book, "Consensus"), provider);
  return [
    {
      name: `${coSigner} as co-signer of Critical proposals`,
      target: addressOf(book, "Consensus"),
      data: consensus.interface.encodeFunctionData("setCoSigner", [coSigner]),
      isDone: async () => (await consensus.coSigner()).toLowerCase() === coSigner.toLowerCase(),
    },
  ];
};

/** Results reach agents' scores by these contracts, and by no other. */
const recorderSettings = ({ book, provider }: World): readonly Setting[] => {
  const target = addressOf(book, "Reputation");
  const reputation = Reputation__factory.connect(target, provider);
  return RECORDERS.flatMap(({ role, what, names }) =>
    names.map((name) => ({
      name: `${name} as recorder of ${what}`,
      target,
      data: reputation.interface.encodeFunctionData("setRecorder", [addressOf(book, name), role]),
      isDone: async () => (await reputation.roleOf(addressOf(book, name))) === role,
    })),
  );
};

const performanceFeeSetting = ({ book, parameters, provider }: World): Setting => {
  const target = addressOf(book, "Treasury");
  const treasury = Treasury__factory.connect(target, provider);
  const splitter = addressOf(book, "FeeSplitter");
  const { performanceFeeBps } = parameters.fees;
  return {
    name: "performance fee",
    target,
    data: treasury.interface.encodeFunctionData("setPerformanceFee", [splitter, performanceFeeBps]),
    isDone: async () =>
      (await treasury.feeRecipient()) === splitter &&
      (await treasury.performanceFeeBps()) === BigInt(performanceFeeBps),
  };
};

/** What `02_configure` brings about, in an order in which each can be set once those before it are. */
export const configurationOf = (world: World): readonly Setting[] => {
  const [, ...others] = world.parameters.assets;
  return [
    ...world.parameters.assets.map((asset) => feedSetting(world, asset)),
    ...others.flatMap((asset) => [listingSetting(world, asset), capSetting(world, asset), unitSetting(world, asset)]),
    ...world.parameters.assets.map((asset) => limitSetting(world, asset)),
    ...world.parameters.assets.flatMap((asset) => allowanceSettings(world, asset)),
    ...world.parameters.assets.flatMap((asset) => sharesSettings(world, asset)),
    ...mandateSettings(world),
    ...guardianSettings(world),
    ...world.parameters.assets.map((asset) => moveLimitSetting(world, asset)),
    ...evidenceSettings(world),
    ...coSignerSettings(world),
    ...recorderSettings(world),
    performanceFeeSetting(world),
  ];
};

/** What `setPolicy` brings about. The contract holds each threshold against the caps on weight. */
export const policySettings = ({ book, parameters, provider }: World): readonly Setting[] => {
  const consensus = Consensus__factory.connect(addressOf(book, "Consensus"), provider);
  return CLASSES.map((name, riskClass) => {
    const policy = parameters.policies[name];
    return {
      name: `demands of the ${name} class`,
      target: addressOf(book, "Consensus"),
      data: consensus.interface.encodeFunctionData("setPolicy", [riskClass, policy]),
      isDone: async () => {
        const { threshold, minVoters, minOperators, maxDeadline, delay } = await consensus.policyOf(riskClass);
        const wanted = [policy.threshold, policy.minVoters, policy.minOperators, policy.maxDeadline, policy.delay];
        return [threshold, minVoters, minOperators, maxDeadline, delay].join() === wanted.join();
      },
    };
  });
};
