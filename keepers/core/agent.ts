/**
 * The one shape of every agent: the ports are all that it may know of the world, the memory is what it keeps between two
 * rounds, the config never changes while it runs. `tick(agent)` does one round; `resume(agent)` of an agent that sends takes up
 * what an earlier life left in its journal, before the first round.
 */
export type Agent<Ports, Memory, Config> = {
  readonly ports: Ports;
  readonly memory: Memory;
  readonly config: Config;
};
