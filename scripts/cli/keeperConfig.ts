import { readFile } from "node:fs/promises";
import { UsageError } from "../lib/command.ts";

/** Names of the environment that other parts of NEXUS read. */
export const NOT_KEEPERS = [
  "NEXUS_DEPLOYER_KEY",
  "NEXUS_DAO_KEY",
  "NEXUS_OPERATOR_KEY",
  "NEXUS_SIGNER_KEY",
  "NEXUS_MESSAGE_KEY",
  "NEXUS_BOX_KEY",
  "NEXUS_PAYMENT_KEY",
  "NEXUS_COMMAND_KEY",
  "NEXUS_STARTED_AT_MS",
  "NEXUS_TEST_DEEP",
];

/** The JSON of a configuration file; undefined for no path. @throws UsageError when it cannot be read */
export const readJson = async (path: string | undefined): Promise<unknown> => {
  if (path === undefined) return undefined;
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UsageError(`cannot read the configuration ${path}`, { cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${path} is no JSON`, { cause });
  }
};
