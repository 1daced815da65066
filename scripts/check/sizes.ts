import type { Built, CompilerMessage } from "./artifacts.ts";
import { type Files, matching } from "./repository.ts";

/** Limits of a contract's code, EIP-170 and EIP-3860, in bytes. */
const MAX_DEPLOYED = 24_576;
const MAX_INIT = 49_152;
/** Lines of a file: of a core contract, and of any other Solidity file. The linter counts those of TypeScript. */
const MAX_CORE_LINES = 500;
const MAX_SOLIDITY_LINES = 300;

const isMock = ({ source }: Built): boolean => source.startsWith("contracts/mocks/");

/** Contracts that no chain would take. Mocks are never deployed to one. */
export const sizeFindings = (built: readonly Built[]): readonly string[] => {
  if (built.length === 0) return ["nothing is built: npm run build"];
  return built
    .filter((contract) => !isMock(contract))
    .flatMap(({ name, deployedBytes, initBytes }) => [
      ...(deployedBytes < MAX_DEPLOYED
        ? []
        : [`${name} has ${deployedBytes} bytes of code, ${MAX_DEPLOYED} are too many`]),
      ...(initBytes < MAX_INIT ? [] : [`${name} has ${initBytes} bytes of creation code, ${MAX_INIT} are too many`]),
    ]);
};

/** Solidity files that are too long to be read at one sitting. */
export const lengthFindings = (files: Files): readonly string[] =>
  matching(files, /^contracts\/.*\.sol$/).flatMap(([path, text]) => {
    const lines = text.split("\n").length - 1;
    const most = /^contracts\/[^/]+\.sol$/.test(path) ? MAX_CORE_LINES : MAX_SOLIDITY_LINES;
    return lines <= most ? [] : [`${path} has ${lines} lines, ${most} are the most`];
  });

/** The compiler's warnings about our own files. */
export const warningFindings = (messages: readonly CompilerMessage[]): readonly string[] =>
  messages
    .filter(({ severity, file }) => severity === "warning" && file.startsWith("project/contracts/"))
    .map(({ file, text }) => `${file.slice("project/".length)}: ${text}`);

/** A table of the largest contracts, for the reader. */
export const sizeTable = (built: readonly Built[], count: number): string =>
  [...built]
    .filter((contract) => !isMock(contract))
    .sort((a, b) => b.deployedBytes - a.deployedBytes)
    .slice(0, count)
    .map(({ name, deployedBytes }) => `${deployedBytes.toString().padStart(8)}  ${name}`)
    .join("\n");
