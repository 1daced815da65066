import { type Socket, connect } from "node:net";
import { z } from "zod";
import { RetryableError } from "../../core/errors.ts";
import { hex } from "../../core/hex.ts";
import { COMMAND_BYTES, type CommandRefusal } from "../../orchestrator/command.ts";
import { type SocketServer, serveSocket } from "../wallet/socket.ts";
import { lineReader, toLine } from "../wallet/wire.ts";

const ANSWER_MS = 5_000;

const requestShape = z.union([
  z.strictObject({ ask: z.literal("status") }),
  z.strictObject({ command: z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * COMMAND_BYTES}}$`)) }),
]);

/** How a process of the fleet is, as the orchestrator tells it. Times in milliseconds. */
const processShape = z.strictObject({
  name: z.string(),
  account: z.string(),
  agents: z.array(z.string()),
  state: z.enum(["running", "paused", "terminated"]),
  pid: z.int().optional(),
  /** In a cluster the name of its pod. */
  pod: z.string().optional(),
  starts: z.int(),
  crashes: z.int(),
  longestSilenceMs: z.number(),
  longestOutageMs: z.number(),
  proposals: z.int(),
  votes: z.int(),
  refusals: z.int(),
  troubles: z.int(),
  voteP50Ms: z.number().optional(),
  voteP99Ms: z.number().optional(),
});
export const statusShape = z.strictObject({
  /** The fencing token of its lead; zero while it does not lead. */
  token: z.int(),
  watchedMs: z.number(),
  processes: z.array(processShape),
});
export type FleetStatus = z.output<typeof statusShape>;

const answerShape = z.union([
  z.strictObject({ status: statusShape }),
  z.strictObject({ accepted: z.literal(true) }),
  z.strictObject({ refused: z.string().max(200) }),
]);
type Answer = z.output<typeof answerShape>;

export type ControlHandlers = {
  readonly status: () => FleetStatus;
  /** Judges a command and obeys it. @returns why it did not */
  readonly command: (bytes: Uint8Array) => Promise<CommandRefusal | undefined>;
};

const answerTo = async (text: string, { status, command }: ControlHandlers): Promise<Answer> => {
  const request = requestShape.parse(JSON.parse(text));
  if ("ask" in request) return { status: status() };
  const refused = await command(Buffer.from(request.command.slice(2), "hex"));
  return refused === undefined ? { accepted: true } : { refused };
};

/** Answers one after the other. Who does not speak the language, or is silent, is cut off. */
const talk = (socket: Socket, handlers: ControlHandlers): void => {
  let turn: Promise<void> = Promise.resolve();
  const answer = async (line: string): Promise<void> => {
    try {
      socket.write(toLine(await answerTo(line, handlers)));
    } catch {
      socket.destroy();
    }
  };
  const read = lineReader((line) => {
    turn = turn.then(() => answer(line));
  });
  socket.setTimeout(ANSWER_MS, () => socket.destroy());
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    try {
      read(Buffer.from(chunk));
    } catch {
      socket.destroy();
    }
  });
};

/**
 * Lets this machine's user ask how a fleet is and hand in signed commands, at a Unix socket.
 * @throws FatalError when it cannot listen there
 */
export const serveControl = (path: string, handlers: ControlHandlers): Promise<SocketServer> =>
  serveSocket(path, "the orchestrator", (socket) => talk(socket, handlers));

/** Asks an orchestrator one thing. @throws RetryableError when none answers there */
const ask = (path: string, request: object): Promise<Answer> =>
  new Promise((answered, failed) => {
    const socket = connect(path);
    const fail = (cause?: unknown): void => {
      socket.destroy();
      failed(new RetryableError(`no orchestrator answers at ${path}`, { cause }));
    };
    const read = lineReader((line) => {
      const parsed = answerShape.safeParse(JSON.parse(line));
      socket.destroy();
      if (parsed.success) answered(parsed.data);
      else fail(parsed.error);
    });
    socket.setTimeout(ANSWER_MS, fail);
    socket.once("error", fail);
    socket.once("close", () => fail());
    socket.on("data", (chunk) => {
      try {
        read(Buffer.from(chunk));
      } catch (cause) {
        fail(cause);
      }
    });
    socket.write(toLine(request));
  });

/** How a fleet is. @throws RetryableError when no orchestrator answers */
export const askStatus = async (path: string): Promise<FleetStatus> => {
  const answer = await ask(path, { ask: "status" });
  if ("status" in answer) return answer.status;
  throw new RetryableError(`what answers at ${path} is no orchestrator`);
};

/** Hands a signed command in. @returns why it was not obeyed. @throws RetryableError when no orchestrator answers */
export const handIn = async (path: string, bytes: Uint8Array): Promise<string | undefined> => {
  const answer = await ask(path, { command: hex(`0x${Buffer.from(bytes).toString("hex")}`) });
  return "refused" in answer ? answer.refused : undefined;
};
