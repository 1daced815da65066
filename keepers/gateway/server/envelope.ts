import type { GatewayClock } from "../reading/clock.ts";
import type { CloudEvent } from "../stream/topics.ts";
import type { DocumentBody } from "./bodies.ts";

const SOURCE = "/v1/stream";

type Rest = Omit<CloudEvent, "specversion" | "id" | "source" | "type" | "time">;

/** Makes the messages of one run of the gateway, in the fields of CloudEvents 1.0. */
export type Envelopes = {
  readonly message: (type: CloudEvent["type"], rest: Rest) => string;
  /** A document of state. It is a text already: to parse it only to write it again would cost more than all the rest. */
  readonly state: (topic: string, body: DocumentBody) => string;
};

export const createEnvelopes = (clock: Pick<GatewayClock, "isoTime">, epoch: string): Envelopes => {
  let count = 0;
  const message: Envelopes["message"] = (type, rest) => {
    count += 1;
    const head = { specversion: "1.0", id: `${epoch}-${count}`, source: SOURCE, type, time: clock.isoTime() } as const;
    return JSON.stringify({ ...head, ...rest } satisfies CloudEvent);
  };
  const state: Envelopes["state"] = (subject, { text }) =>
    `${message("nexus.state", { subject, data: null }).slice(0, -"null}".length)}${text}}`;
  return { message, state };
};
