export type { Entry, How, PendingTransaction, SignedTransaction, SlowNote } from "./pending.ts";
export type { MinedTransaction, NonceUser } from "./flight.ts";
export type { Check, Effect, SendOperation, OperationResult, UnsignedTransaction } from "./operation.ts";
export type { PipelinePorts, SendAnswer, Signed, SimulatedOperation } from "./pipeline.ts";
export type { SenderPorts, SendPolicy } from "./send.ts";
export type { WalletPorts } from "./walletRound.ts";
