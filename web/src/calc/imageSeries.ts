/** Images that belong together, found by their paths: the same name with a number that counts on. */

export interface Picture {
  path: string;
  step: number | null; // null: its path has no number
}

/** By what the paths have in common; pictures by step. */
export type ImageSeries = Map<string, Picture[]>;

const IMAGE = /\.(png|jpe?g|gif|webp|bmp|avif|svg)$/i;
/** As `mlflow.log_image(image, key, step)` names them: with + between the parts, earlier %; a slash of the key is ~ or #. */
const LOGGED = /^(.*?)[+%]step[+%](\d+)[+%]timestamp[+%]\d+[+%][^+%/]*\.(\w+)$/;
const COMPRESSED = /[+%]compressed\.\w+$/; // a small twin of each
const LAST_NUMBER = /^(.*?)(\d+)(\D*)$/;

export function isImage(path: string): boolean {
  return IMAGE.test(path) && !COMPRESSED.test(path);
}

export function imageSeries(paths: string[]): ImageSeries {
  const found: ImageSeries = new Map();
  for (const path of paths.filter(isImage)) {
    const [name, step] = seriesOf(path);
    found.set(name, [...(found.get(name) ?? []), { path, step }]);
  }
  for (const pictures of found.values()) pictures.sort((one, other) => (one.step ?? 0) - (other.step ?? 0));
  return found;
}

function seriesOf(path: string): [string, number | null] {
  const logged = LOGGED.exec(path);
  if (logged) return [logged[1]!.replaceAll(/[~#]/g, "/"), Number(logged[2])];
  const dot = path.lastIndexOf(".");
  const numbered = LAST_NUMBER.exec(path.slice(0, dot));
  if (!numbered) return [path, null];
  return [`${numbered[1]}#${numbered[3]}${path.slice(dot)}`, Number(numbered[2])];
}

/** The picture of the last step that is not after `step`; the first one where all are after it. */
export function pictureAt(pictures: Picture[], step: number): Picture | undefined {
  return pictures.findLast((one) => (one.step ?? 0) <= step) ?? pictures[0];
}
