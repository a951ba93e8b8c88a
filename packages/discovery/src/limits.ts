/** Limits of a scan. Whatever a limit stops is reported in `filesSkipped`. */

/** Source and text above this is generated or data: the longest hand-written files are well below. */
export const MAX_TEXT_BYTES = 2 * 1024 * 1024;

/** YAML and JSON above this are data, and their parser takes a second for each megabyte. */
export const MAX_STRUCTURED_BYTES = 512 * 1024;

/** Notebooks carry their outputs (images as base64), so they may be larger than source. */
export const MAX_NOTEBOOK_BYTES = 24 * 1024 * 1024;

/** Lock files of monorepos reach tens of megabytes; they are read line by line, not parsed. */
export const MAX_LOCK_BYTES = 48 * 1024 * 1024;

/** Enough of a file's head to hold every magic number and a safetensors or GGUF header's start. */
export const HEAD_BYTES = 4096;

/** The tail in which a zip's end-of-central-directory record must lie (64 KiB comment + 22 bytes). */
export const ZIP_TAIL_BYTES = 65_557;

/** A central directory larger than this is not one of a model archive. */
export const MAX_ZIP_DIRECTORY_BYTES = 8 * 1024 * 1024;

/** A script whose lines are longer than this on average was written by a bundler or minifier. */
export const MINIFIED_MEAN_LINE_CHARS = 400;

/** Files below this size are too small for their mean line length to mean anything. */
export const MINIFIED_MIN_BYTES = 20_000;

/** Directories nested deeper than this are a trap, not a project. */
export const MAX_DEPTH = 64;

/** Expressions and scopes nested deeper than this are machine-made; reading stops there. */
export const MAX_NESTING = 200;

/** How many steps a name is followed through constants, aliases and files. */
export const MAX_RESOLUTION_STEPS = 24;
