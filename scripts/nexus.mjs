#!/usr/bin/env node
// The `nexus` command: sets up what is missing, then hands over to scripts/cli/main.ts on a new enough Node.
import process from "node:process";

process.argv.splice(2, 0, "nexus");
await import("./setup.mjs");
