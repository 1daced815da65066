/** What a log line may carry; a bigint is written as a decimal string. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** `error`: a person must act now. `warn`: degraded but coping. `info`: a decision with an effect. `debug`: the rest. */
export type Log = {
  readonly debug: (event: string, fields?: LogFields) => void;
  readonly info: (event: string, fields?: LogFields) => void;
  readonly warn: (event: string, fields?: LogFields) => void;
  readonly error: (event: string, fields?: LogFields) => void;
};
