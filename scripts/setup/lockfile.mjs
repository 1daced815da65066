/**
 * @typedef {{ readonly version?: string, readonly optional?: boolean, readonly devOptional?: boolean,
 *   readonly peer?: boolean, readonly link?: boolean }} LockedPackage
 * @typedef {{ readonly packages?: Readonly<Record<string, LockedPackage>> }} LockFile
 */

/** Optional packages are bound to a system: which of them belong here, only npm knows. */
const isBound = (/** @type {LockedPackage} */ { optional, devOptional, link }) =>
  optional === true || devOptional === true || link === true;

/**
 * What an install lacks, judged by npm's own record of it (node_modules/.package-lock.json). Times of files say nothing:
 * a checkout touches them, and an interrupted install writes no record.
 * @param {LockFile} wanted package-lock.json
 * @param {LockFile | undefined} installed npm's record; undefined when there is none
 * @returns {string | undefined} the reason to install, in words; undefined when nothing is lacking
 */
export const lacking = (wanted, installed) => {
  if (installed === undefined) return "nothing is installed yet, or an install was interrupted";
  for (const [path, locked] of Object.entries(wanted.packages ?? {})) {
    if (path === "" || isBound(locked)) continue;
    const found = installed.packages?.[path]?.version;
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    if (found === undefined) return `${name} is not installed`;
    if (found !== locked.version) return `${name} is ${found}, package-lock.json wants ${locked.version}`;
  }
  return undefined;
};

/**
 * Whether a version is at least another, by numbers: "22.13.1" is at least "22.13".
 * @param {string} version
 * @param {string} least
 * @returns {boolean}
 */
export const isAtLeast = (version, least) => {
  const [have, want] = [version, least].map((text) =>
    text
      .replace(/^[^\d]*/, "")
      .split(".")
      .map(Number),
  );
  for (const [i, part] of (want ?? []).entries()) {
    const own = have?.[i] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
};
