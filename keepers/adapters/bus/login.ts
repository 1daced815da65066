import type { BusServer } from "../../core/envelope/server.ts";

/** How one says to a server who one is, as ioredis takes it. */
export const loginOf = ({ username, password, isTls }: BusServer) => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  ...(isTls ? { tls: {} } : {}),
});
