/**
 * Starts a local server on a folder, says so, and waits to be killed.
 *
 *   tsx test/support/localServerChild.ts FOLDER
 */
import process from "node:process";
import { startLocalServer } from "../../keepers/adapters/store/server.ts";

const server = await startLocalServer({ folder: process.argv[2] ?? "" });
process.stdout.write(`${server.url}\n`);
setInterval(() => undefined, 60_000);
