import type { Server } from "node:net";

/** The port of this machine that a server listens on. @throws Error when it does not listen */
export const portOf = (server: Pick<Server, "address">): number => {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server does not listen on a port");
  return address.port;
};
