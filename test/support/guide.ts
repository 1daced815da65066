import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";

/** One block of commands in a guide, and the output that the guide shows below it. */
export type Block = { readonly line: number; readonly commands: string; readonly shown: readonly string[] };

const FENCE = /^```(\w*)$/;

/** The blocks of a guide that a reader types, in their order. `text` blocks right below one are its output. */
export const blocksOf = (path: string): readonly Block[] => {
  const blocks: Block[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    const fence = FENCE.exec(line);
    if (open === undefined) {
      if (fence !== null) open = { language: fence[1] ?? "", line: index + 1, lines: [] };
    } else if (line === "```") {
      const last = blocks.at(-1);
      if (open.language === "sh") blocks.push({ line: open.line, commands: open.lines.join("\n"), shown: [] });
      else if (open.language === "text" && last !== undefined)
        blocks[blocks.length - 1] = { ...last, shown: [...last.shown, ...open.lines] };
      open = undefined;
    } else open.lines.push(line);
  }
  return blocks;
};

/** A line without what differs from run to run: numbers, hashes, addresses and the width of columns. */
export const shapeOf = (line: string): string =>
  line
    .replaceAll(/0x[0-9a-fA-F]+/g, "0x…")
    .replaceAll(/\d[\d,.]*/g, "#")
    .replaceAll(/\s+/g, " ")
    .trim();

/** The lines that a guide shows and a run did not print, in this order and with other numbers. */
export const missingLines = (shown: readonly string[], output: string): readonly string[] => {
  const printed = output.split("\n").map(shapeOf);
  let from = 0;
  return shown.filter((line) => {
    const at = printed.indexOf(shapeOf(line), from);
    if (at >= 0) from = at + 1;
    return at < 0 && line.trim() !== "";
  });
};

/** The command as it is built; whoever runs a guide builds it first. */
const COMMAND = resolve("dist/cli/main.js");
const MARK = "=== guide block";

/** How long a command runs that a reader ends by Ctrl-C, in seconds. */
const LONG_RUNNING_S = 10;
/** How long a fleet may take until all of its processes run, in seconds. */
const FLEET_S = 90;

/**
 * What stands before the commands of a guide: `npx nexus` is this tree's command, `nexus sandbox` runs already, and a
 * keeper is ended by Ctrl-C.
 */
const preludeOf = (node: string): string => `
set -eu
exec 2>&1
nexus() { "${node}" "${COMMAND}" "$@"; }
# A fleet runs on while the reader commands it, until the guide's end.
fleet() {
  "${node}" "${COMMAND}" "$@" > fleet.log 2>&1 &
  trap "kill -TERM $!; wait $! || true" EXIT
  for _ in $(seq ${FLEET_S}); do nexus orchestrator status --data .nexus/fleet > /dev/null 2>&1 && break; sleep 1; done
  cat fleet.log
}
npx() {
  shift
  # Time goes faster as long as a command only waits for it.
  case "$*" in *--wait*) : > "$WAITING" ;; esac
  # Agents want blocks as Sei has them; all else is followed on a chain that mines at once.
  case "$*" in keeper*--init*) ;; keeper*|orchestrator\\ --*) : > "$RUNNING"; sleep 1 ;; esac
  case "$*" in
    sandbox) return 0 ;;
    orchestrator\\ --*) fleet "$@"; return 0 ;;
    keeper*--init*) nexus "$@" ;;
    keeper*) timeout -s INT ${LONG_RUNNING_S} "${node}" "${COMMAND}" "$@" || [ $? -eq 124 ] ;;
    *) nexus "$@" ;;
  esac
  rm -f "$WAITING" "$RUNNING"
}
`;

export type Ran = { readonly code: number | null; readonly outputs: readonly string[] };

/** Runs the blocks of a guide in one shell, as a reader does in one terminal. */
export const runBlocks = async (
  blocks: readonly Block[],
  { folder, env }: { readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<Ran> => {
  const script = [preludeOf(process.execPath), ...blocks.map(({ commands }) => `echo "${MARK}"\n${commands}\n`)].join(
    "\n",
  );
  const shell: ChildProcessByStdio<null, Readable, Readable> = spawn("bash", ["-c", script], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await once(shell, "close");
  return { code: shell.exitCode, outputs: output.split(`${MARK}\n`).slice(1) };
};
