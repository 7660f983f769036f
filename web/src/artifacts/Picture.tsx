/** A picture, as large as there is room, or pixel by pixel. An SVG is a picture, too: as one it runs nothing. */

import { useState } from "preact/hooks";
import { t } from "../state/preferences";

const ZOOMS = [0, 0.5, 1, 2, 4, 8]; // 0: to fit

export function Picture({ address, name }: { address: string; name: string }) {
  const [zoom, setZoom] = useState(0);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  const [broken, setBroken] = useState(false);
  if (broken) return <p class="failure">{t("brokenPicture")}</p>;
  const style = zoom && size ? { width: `${size.width * zoom}px`, maxWidth: "none" } : {};
  return (
    <>
      <div class="bar">
        {ZOOMS.map((one) => (
          <button key={one} class="quiet" aria-pressed={zoom === one} onClick={() => setZoom(one)}>
            {one ? `${one * 100} %` : t("fit")}
          </button>
        ))}
        {size && <span class="none">{`${size.width} × ${size.height}`}</span>}
      </div>
      <div class="picture" tabIndex={0}>
        <img
          src={address}
          alt={name}
          style={style}
          class={zoom > 1 ? "pixels" : ""}
          onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => setSize({ width, height })}
          onError={() => setBroken(true)}
        />
      </div>
    </>
  );
}
