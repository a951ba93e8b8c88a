import { renderSVG } from "uqr";

/** Side of the picture: phones read it from an arm's length. */
const SIDE_PX = 200;
/** The quiet zone that scanners need around the code, in modules (ISO/IEC 18004). */
const QUIET_MODULES = 4;

/** A QR code, dark on light in every colour scheme: scanners need it so. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const svg = renderSVG(text, { border: QUIET_MODULES });
  return <img src={`data:image/svg+xml,${encodeURIComponent(svg)}`} alt={label} width={SIDE_PX} height={SIDE_PX} />;
}
