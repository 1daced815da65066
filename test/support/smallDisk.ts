import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * Runs a program in a process whose files may not grow beyond a size: what goes beyond it is written in part and refused,
 * as by a disk that is full. Stands in for such a disk, which needs a mount.
 * @param kib the size, in kibibytes
 * @returns what the program prints
 */
export const withSmallDisk = async (program: string, kib: number): Promise<string> => {
  const options = ["--import=tsx", "--no-warnings", "--input-type=module", "--eval", program];
  // The signal that comes with the refusal would end the process by itself.
  const shell = `trap '' XFSZ; ulimit -f ${kib}; exec "$@"`;
  const { stdout } = await run("bash", ["-c", shell, "bash", process.execPath, ...options], { timeout: 60_000 });
  return stdout;
};
