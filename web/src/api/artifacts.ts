/** Files of runs, logged models and registered versions. */

import { address, get, part } from "./client";

const OURS = "api/trackline/artifacts";

export type Owner = { run_id: string } | { model_id: string } | { name: string; version: string };

export interface Entry {
  path: string; // from the owner's top
  is_dir: boolean;
  file_size?: number; // bytes
}

export const artifacts = {
  folder: async (owner: Owner, path: string, signal?: AbortSignal) =>
    (await get<{ files?: Entry[] }>(`${OURS}/folder`, { ...owner, path }, signal)).files ?? [],
  file: (owner: Owner, path: string) => address(`${OURS}/file`, { ...owner, path }),
  shown: (owner: Owner, path: string) => address(`${OURS}/shown`, { ...owner, path }),
  tar: (owner: Owner, path: string) => address(`${OURS}.tar`, { ...owner, path }),
  part: (owner: Owner, path: string, first: number, most: number, signal?: AbortSignal) =>
    part(artifacts.file(owner, path), first, most, signal),
};
