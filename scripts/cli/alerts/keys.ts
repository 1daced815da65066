import webPush from "web-push";
import type { Command } from "../../lib/command.ts";
import { say, sayJson } from "../../lib/output.ts";
import { EXIT } from "../../lib/program.ts";
import { JSON_OPTION } from "../endpoint.ts";

/** Makes the keys by which an alerts agent signs its pushes. They are printed once, and kept nowhere. */
export const keys: Command = {
  about: "make a pair of keys for pushes to browsers, as settings of the alerts agent; they are printed once",
  example: "",
  options: { json: JSON_OPTION },
  run: (values) => {
    const { publicKey, privateKey } = webPush.generateVAPIDKeys();
    if (values.has("json")) sayJson({ publicKey, privateKey });
    else {
      say(`NEXUS_ALERTS_PUSH_PUBLIC_KEY=${publicKey}`);
      say(`NEXUS_ALERTS_PUSH_PRIVATE_KEY=${privateKey}`);
    }
    return Promise.resolve(EXIT.done);
  },
};
