import { chmodSync, rmSync } from "node:fs";
import { type Server, type Socket, createServer } from "node:net";
import { FatalError } from "../../core/errors.ts";

/** A server at a Unix socket. */
export type SocketServer = { readonly close: () => Promise<void> };

const listen = (server: Server, path: string, who: string): Promise<void> =>
  new Promise((listening, failed) => {
    server.once("error", (cause) =>
      failed(new FatalError(`${who} cannot listen at ${path}: its path may be too long`, { cause })),
    );
    server.listen(path, listening);
  });

/**
 * Serves at a Unix socket that only this user can open. Whoever calls it holds the folder's lock: a socket that a killed process
 * left behind is removed. `who`: as an error names it.
 * @throws FatalError when it cannot listen there
 */
export const serveSocket = async (path: string, who: string, talk: (socket: Socket) => void): Promise<SocketServer> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    talk(socket);
  });
  rmSync(path, { force: true });
  await listen(server, path, who);
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((closed) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => closed());
      }),
  };
};
