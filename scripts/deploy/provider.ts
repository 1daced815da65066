import type { Provider, Signer } from "ethers";

/** The provider behind a signer. @throws Error when it has none */
export const providerOf = (signer: Signer): Provider => {
  if (signer.provider === null) throw new Error("the deploying signer has no connection to a chain");
  return signer.provider;
};
