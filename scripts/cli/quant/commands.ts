import type { Commands } from "../../lib/command.ts";
import { optimize } from "./optimize.ts";
import { positions } from "./positions.ts";
import { stressTest } from "./stressTest.ts";
import { valueAtRisk } from "./valueAtRisk.ts";

/** `nexus portfolio …`: what a treasury should hold. */
export const PORTFOLIO_COMMANDS: Commands = { "portfolio optimize": optimize };

/** `nexus risk …`: what it may lose. */
export const RISK_COMMANDS: Commands = {
  "risk positions": positions,
  "risk var": valueAtRisk,
  "risk stress": stressTest,
};
