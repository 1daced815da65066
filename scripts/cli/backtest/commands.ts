import type { Commands } from "../../lib/command.ts";
import { backtestCommand } from "./backtest.ts";
import { replayCommand } from "./replay.ts";

/** `nexus backtest`: what the fleet would have done on recorded minutes. */
export const BACKTEST_COMMANDS: Commands = { backtest: backtestCommand };

/** `nexus replay`: whether what was recorded is decided again. */
export const REPLAY_COMMANDS: Commands = { replay: replayCommand };
