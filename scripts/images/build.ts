import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { gatherFiles } from "./files.ts";

const run = promisify(execFile);
const PATIENCE_MS = 300_000;
const CONTAINERFILE = "deployments/images/Containerfile";

/** An image as buildah keeps it in one storage of our own, which is removed with the folder around it. */
export type Storage = { readonly folder: string };

/** The arguments of buildah and podman that name our storage. */
export const storageArguments = ({ folder }: Storage): readonly string[] => [
  "--root",
  join(folder, "storage"),
  "--runroot",
  join(folder, "run"),
  "--storage-driver",
  "vfs",
];

export const buildah = async (storage: Storage, args: readonly string[]): Promise<string> => {
  const { stdout } = await run("buildah", [...storageArguments(storage), ...args], { timeout: PATIENCE_MS });
  return stdout.trim();
};

/** Whether buildah is there. */
export const hasBuildah = (): Promise<boolean> =>
  run("buildah", ["--version"], { timeout: 10_000 }).then(
    () => true,
    () => false,
  );

const index = z.object({ manifests: z.array(z.object({ digest: z.string().startsWith("sha256:") })).length(1) });
const manifest = z.object({ layers: z.array(z.object({ size: z.number() })), config: z.object({ size: z.number() }) });

export type BuiltImage = {
  /** With `sha256:` before it. */
  readonly digest: string;
  /** Bytes as a registry holds them. */
  readonly compressed: number;
  readonly packages: readonly string[];
  /** The gathered files. */
  readonly files: string;
  /** The image as an OCI layout. */
  readonly layout: string;
};

/**
 * Gathers the files and builds the image of them, without a cache, with every time in it at zero.
 * @param folder an empty folder, which also gets the image as an OCI layout
 */
export const buildImage = async (
  root: string,
  { storage, folder }: { readonly storage: Storage; readonly folder: string },
): Promise<BuiltImage> => {
  const context = join(folder, "context");
  await mkdir(join(context, "root"), { recursive: true });
  const packages = await gatherFiles(root, join(context, "root"));
  await copyFile(join(root, CONTAINERFILE), join(context, "Containerfile"));
  const how = ["--isolation", "chroot", "--timestamp", "0", "--no-cache", "--layers=false", "--format", "oci"];
  await buildah(storage, ["bud", ...how, "--tag", "nexus", "--file", join(context, "Containerfile"), context]);
  const layout = join(folder, "oci");
  await buildah(storage, ["push", "--quiet", "--compression-level", "9", "nexus", `oci:${layout}:nexus`]);
  const [{ digest } = { digest: "" }] = index.parse(
    JSON.parse(await readFile(join(layout, "index.json"), "utf8")),
  ).manifests;
  const blob = join(layout, "blobs/sha256", digest.slice("sha256:".length));
  const { layers, config } = manifest.parse(JSON.parse(await readFile(blob, "utf8")));
  const compressed = layers.reduce((sum, { size }) => sum + size, config.size);
  return { digest, compressed, packages, files: join(context, "root"), layout };
};
