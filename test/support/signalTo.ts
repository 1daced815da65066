import process from "node:process";

/** Sends a signal to a process that may have ended by itself since its number was read: then there is nothing to do. */
export const signalTo = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
};
