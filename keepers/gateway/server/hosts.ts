/*
 * A page of a stranger can make a browser ask 127.0.0.1, and by DNS rebinding it can even read the answer, as long as the
 * server does not look at what it was called. So every request must name this server, and a stream must come from its page.
 */

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/** Whether a request's `Host` names this server. `port` as it listens; `names`: what else it is called, with the port if any. */
export const isOwnHost = (host: string | undefined, port: number, names: readonly string[] = []): boolean => {
  if (host === undefined) return false;
  const wanted = host.toLowerCase();
  const own = LOOPBACK.map((name) => `${name}:${port}`);
  return own.includes(wanted) || names.some((name) => name.toLowerCase() === wanted);
};

/** Whether a page that opens a stream is our own: a program sends no `Origin`, a browser always does. */
export const isOwnOrigin = (origin: string | undefined, host: string | undefined): boolean => {
  if (origin === undefined) return true;
  if (!URL.canParse(origin) || host === undefined) return false;
  const { protocol, host: from } = new URL(origin);
  return (protocol === "http:" || protocol === "https:") && from === host.toLowerCase();
};
