import { readFileSync, writeFileSync } from "node:fs";
import { JsonRpcProvider } from "ethers";
import { readPowers } from "../keepers/adapters/readers/trust.ts";
import { TRUST_DOC, trustList, withTrustList } from "./sandbox/trustList.ts";
import { lineLog, warn } from "./lib/output.ts";
import { deployNexus } from "./sandbox/nexus.ts";
import { startSandbox } from "./sandbox/sandbox.ts";
import { NODE_OPTIONS } from "./lib/nodeOptions.ts";

/*
 * Writes the list of docs/reference/trust.md that tells who can do what, from a sandbox that is deployed for it. The test of
 * deployments compares the two.
 */

const sandbox = await startSandbox({ port: 0, seed: 1, signal: new AbortController().signal, log: lineLog });
const provider = new JsonRpcProvider(sandbox.rpcUrl, 1329, {
  ...NODE_OPTIONS,
  staticNetwork: true,
  pollingInterval: 20,
});
try {
  const { book } = await deployNexus(provider, sandbox);
  const list = trustList(await readPowers({ book, provider, warn }));
  writeFileSync(TRUST_DOC, withTrustList(readFileSync(TRUST_DOC, "utf8"), list));
} finally {
  provider.destroy();
  await sandbox.stop();
}
