import encodeQr from "qr";

const BORDER = 2;

/** One path of all dark squares, row by row. */
const pathOf = (rows: readonly (readonly boolean[])[]): string =>
  rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");

/** A text as a QR code: black on white in both themes, since cameras want it so. */
export const Qr = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const rows = encodeQr(text, "raw", { ecc: "low", border: BORDER });
  return (
    <svg
      class="qr"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      shapeRendering="crispEdges"
    >
      <rect width={rows.length} height={rows.length} fill="#fff" />
      <path d={pathOf(rows)} fill="#000" />
    </svg>
  );
};
