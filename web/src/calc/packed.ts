/** Answers in which columns of numbers follow the JSON, as docs/api.md describes them: nothing is decoded but the JSON. */

export interface Packed {
  head: unknown; // in place of each column the number of its entries
  column: (length: number) => Float64Array; // the next one
}

export function unpacked(bytes: ArrayBuffer): Packed {
  const size = new DataView(bytes).getUint32(0, true);
  let at = Uint32Array.BYTES_PER_ELEMENT + size;
  return {
    head: JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, Uint32Array.BYTES_PER_ELEMENT, size))),
    column: (length) => {
      const column = new Float64Array(bytes, at, length);
      at += column.byteLength;
      return column;
    },
  };
}
