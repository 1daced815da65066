/** Why npm failed, by what it prints, and what to do about it. The first that matches wins. */
const CAUSES = /** @type {const} */ ([
  [/ENOSPC|no space left/i, "the disk is full: free about 2 GB and run the command again"],
  [/EROFS|EACCES|EPERM/, "this folder or npm's cache cannot be written: give yourself the rights and run it again"],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network/i,
    "the npm registry does not answer: check the network, or `npm config get registry`, and run it again",
  ],
  [
    /E401|E403|Unauthorized|Forbidden/,
    "the npm registry refuses us: `npm login`, or set another registry, and run it again",
  ],
  [
    /E404|ETARGET|No matching version/,
    "the npm registry lacks a package that package-lock.json names: set another registry",
  ],
  [/EINTEGRITY/, "a downloaded package is damaged: `npm cache clean --force` and run it again"],
]);

/**
 * One line that says what is missing and how to get it.
 * @param {string} output what npm printed
 * @returns {string | undefined} undefined when the cause is not known
 */
export const explainInstall = (output) => CAUSES.find(([pattern]) => pattern.test(output))?.[1];

/**
 * The last lines of a program's output, for the reader of a failure that we cannot explain.
 * @param {string} output
 * @param {number} count how many lines
 * @returns {string}
 */
export const lastLines = (output, count) => output.trimEnd().split("\n").slice(-count).join("\n");
