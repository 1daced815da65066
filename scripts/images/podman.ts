import { type Storage, storageArguments } from "./build.ts";

/** How a container is hardened: what a pod of ours is told, in podman's words. */
const HARDENED = [
  "--rm",
  "--read-only",
  "--cap-drop",
  "all",
  "--security-opt",
  "no-new-privileges",
  "--tmpfs",
  "/tmp:rw,size=64m,mode=1777,noexec,nosuid",
  "--ulimit",
  "nofile=20000:20000",
  "--ulimit",
  "nproc=4096:4096",
];

/** The arguments of podman that name our storage. It runs by runc: other runtimes want rights that a build machine may not have. */
export const engineArguments = (storage: Storage): readonly string[] => [
  ...storageArguments(storage),
  "--runtime",
  "runc",
  "--cgroup-manager",
  "cgroupfs",
];

/** The arguments of podman that run a hardened container, up to the image's name. */
export const runArguments = (storage: Storage, more: readonly string[]): readonly string[] => [
  ...engineArguments(storage),
  "run",
  ...HARDENED,
  ...more,
];
