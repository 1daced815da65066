import { shownServer } from "./server.ts";

/** What servers say, and what it means for who runs the fleet. The first that fits counts. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/WRONGPASS|NOAUTH|invalid password|AUTH.*without any password/i, "refuses our user or password: look at bus.redis"],
  [/NOPERM/, "does not permit what a member does: load the file that nexus bus acl writes"],
  [/READONLY|role:slave/, "is a read-only replica: name its primary, or its Sentinels, in bus.redis"],
  [/\bOOM\b/, "is full: give it more memory, or look with nexus bus stats who fills it"],
  [/MISCONF/, "cannot write to its disk, and takes nothing new"],
  [/LOADING/, "is still loading its data"],
  [/redis_version/, "is older than Redis 7.0: use 7.0 or newer"],
  [/CROSSSLOT/, "is a cluster: write redis+cluster:// in bus.redis, and a prefix such as {nexus}"],
  [/CLUSTERDOWN|MOVED|MASTERDOWN/, "is changing which of its servers is written to"],
  [/cluster support disabled/, "is no cluster: write redis:// in bus.redis"],
  [/NOREPLICAS|no replica/, "has too few replicas, and what is sent now could be lost with one server"],
  [/max number of clients/, "has as many clients as it takes"],
  [/certificate|SSL|TLS|self-signed|wrong version number/i, "does not agree on TLS: is it redis:// or rediss://?"],
  [/ENOTFOUND|EAI_AGAIN/, "has a name without an address: look at bus.redis"],
];

/** That there is no server at the moment: of several such lines in a row the first says it all. */
const ABSENCES: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|sentinels are unreachable/, "is not there"],
  [/tim(?:ed|e)? ?-?out|ETIMEDOUT/i, "does not answer"],
  [/ECONNRESET|EPIPE|closed|max retries per request|Stream isn't writeable/i, "hung up"],
];

/** `isAbsence`: there is nobody to talk to; else somebody who says no. */
export type Trouble = { readonly what: string; readonly isAbsence: boolean };

/** One line about a server that cannot be used, without its password. What the server itself wrote is not repeated. */
export const troubleOf = (url: string, error: unknown): Trouble => {
  const said = error instanceof Error ? `${error.message} ${"code" in error ? String(error.code) : ""}` : String(error);
  const fits = ([pattern]: readonly [RegExp, string]): boolean => pattern.test(said);
  const cause = CAUSES.find(fits);
  const absence = cause === undefined ? ABSENCES.find(fits) : undefined;
  const words = (cause ?? absence)?.[1] ?? "answers what no Redis does";
  const what = `the bus at ${shownServer(url)} ${words}; agents go on by the chain and try it again`;
  return { what, isAbsence: absence !== undefined };
};

/** Tells each thing once until all is well again, and an absence only where nothing else was told. */
export const telling = (tell: (what: string) => void) => {
  const told = new Set<string>();
  return {
    trouble: ({ what, isAbsence }: Trouble): void => {
      if (told.has(what) || (isAbsence && told.size > 0)) return;
      told.add(what);
      tell(what);
    },
    well: (): void => told.clear(),
  };
};
