import { createInProcessBus } from "../../../../keepers/adapters/bus/inProcess.ts";
import { describeBus } from "./contract.ts";

/** Everything that was queued as a microtask has run when the next task begins. */
const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describeBus("this process", { create: createInProcessBus, settle: nextTask });
