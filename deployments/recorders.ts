/** What a contract may record of agents, by its number in `RecorderRole`; and which contracts do, in the address book. */
export const RECORDERS = [
  // Losses by the mandate, which charges them; gains by what sends a proposal for whoever wants it on record.
  { role: 1n, what: "what proposals bring", names: ["Mandate", "PerformanceRecorder"] },
  { role: 2n, what: "jobs' results", names: ["Escrow"] },
] as const;
