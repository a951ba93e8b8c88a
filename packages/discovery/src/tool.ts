/** How this program names itself in the documents that it writes. */

export const TOOL_NAME = "steward";
export const TOOL_VERSION = "0.1.0";
export const TOOL_TITLE = "Steward";
