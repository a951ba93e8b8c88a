/** Recognises files of trained models by what they hold. */
import type { OpenFile } from "../repo/read.ts";
import { baseName, extensionOf } from "../repo/paths.ts";
import { isReadableGzip, zipNames } from "./archive.ts";

export type FileVerdict =
  | { readonly type: "model"; readonly format: string; readonly confidence: "used" | "declared" }
  | { readonly type: "skip"; readonly reason: string }
  | { readonly type: "other" };

const OTHER: FileVerdict = { type: "other" };

/** Extensions that only files of models have: a Git LFS pointer under such a name stands for a model. */
const MODEL_EXTENSIONS = new Set([
  ".safetensors",
  ".gguf",
  ".ggml",
  ".onnx",
  ".pt",
  ".pth",
  ".ckpt",
  ".h5",
  ".keras",
  ".tflite",
  ".mlmodel",
  ".cbm",
  ".joblib",
  ".pkl",
  ".bin",
  ".mar",
  ".nemo",
  ".pb",
]);

const ARCHIVE_EXTENSIONS = new Set([".zip", ".jar", ".whl", ".war", ".egg", ".nupkg", ".aar", ".apk"]);
const ZIP_MODEL_EXTENSIONS = new Set([".pt", ".pth", ".ckpt", ".keras", ".bin", ".mar", ".ptl", ".pkl"]);

/** Modules whose objects in a pickle make it a model. */
const PICKLED_MODELS = [
  "sklearn",
  "xgboost",
  "lightgbm",
  "catboost",
  "keras",
  "tensorflow",
  "torch",
  "transformers",
  "imblearn",
  "statsmodels.regression",
  "surprise.prediction_algorithms",
];

const MODEL_PATH = /model|classif|\bclf|regress|estimator|pipeline|vectori[sz]er|weights|predictor/i;

/** HDF5 is a format of data; Keras writes these words into the file's first objects. */
const KERAS_WORDS = ["keras_version", "model_weights", "layer_names", "training_config"];
const HDF5_PROBE_BYTES = 256 * 1024;

const PYTORCH_LEGACY = Buffer.from([0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]);
const HDF5 = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);
const FASTTEXT = Buffer.from([0xba, 0x16, 0x4f, 0x2f]);

/** Looks into a file that is no text that we read. `head` is the file's beginning. */
export function inspectFile(path: string, head: Buffer, file: OpenFile): FileVerdict {
  const extension = extensionOf(path);
  if (head.length === 0) return OTHER;
  if (head.subarray(0, 42).toString("latin1").startsWith("version https://git-lfs.github.com/spec/")) {
    return MODEL_EXTENSIONS.has(extension) ? { type: "model", format: "git-lfs", confidence: "declared" } : OTHER;
  }
  const format =
    magicFormat(path, extension, head) ?? textFormat(extension, head) ?? containerFormat(path, extension, head, file);
  if (format !== undefined) return { type: "model", format, confidence: "used" };
  return archiveVerdict(extension, head, file);
}

/** Formats that begin with bytes of their own. */
function magicFormat(path: string, extension: string, head: Buffer): string | undefined {
  const magic = head.toString("latin1", 0, 4);
  if (magic === "GGUF" && head.length > 8 && head.readUInt32LE(4) < 100) return "gguf";
  if (magic === "lmgg" || magic === "tjgg" || magic === "algg" || magic === "fmgg") return "ggml";
  if (isSafetensors(head)) return "safetensors";
  if (head.toString("latin1", 4, 8) === "TFL3") return "tflite";
  if (magic === "CBM1") return "catboost";
  if (head.subarray(0, PYTORCH_LEGACY.length).equals(PYTORCH_LEGACY)) return "pytorch";
  if (magic === "binf" || isUbjXgboost(head)) return "xgboost";
  if (head.subarray(0, 4).equals(FASTTEXT) && (extension === ".bin" || extension === ".ftz")) return "fasttext";
  if (isOnnx(extension, head)) return "onnx";
  if (extension === ".mlmodel" && head[0] === 0x08 && (head[1] as number) < 32) return "core-ml";
  if (baseName(path) === "saved_model.pb" && head[0] === 0x08) return "tensorflow";
  if (/\.data-\d{5}-of-\d{5}$/.test(path)) return "tensorflow";
  return undefined;
}

/** Eight bytes of header length, then JSON that tells types and shapes. */
function isSafetensors(head: Buffer): boolean {
  if (head.length < 16 || head[8] !== 0x7b) return false;
  const headerBytes = head.readBigUInt64LE(0);
  if (headerBytes < 2n || headerBytes > 100_000_000n) return false;
  const start = head.toString("latin1", 8);
  return start.includes('"dtype"') || start.includes('"__metadata__"');
}

/** UBJSON of XGBoost: an object whose first key is the learner. */
function isUbjXgboost(head: Buffer): boolean {
  return (
    head[0] === 0x7b &&
    head.toString("latin1", 0, 64).includes("learner") &&
    head[1] !== 0x22 &&
    !/^\{\s/.test(head.toString("latin1", 0, 2))
  );
}

/** A protobuf with the IR version first, then the producer's name (or, with the extension, the graph). */
function isOnnx(extension: string, head: Buffer): boolean {
  if (head[0] !== 0x08 || (head[1] as number) > 0x20) return false;
  if (extension === ".onnx") return true;
  return (
    head[2] === 0x12 &&
    /^(?:pytorch|tf2onnx|skl2onnx|onnx|keras2onnx|OnnxMLTools|onnxmltools|paddle)/.test(head.toString("latin1", 4, 24))
  );
}

/** Formats that are text. */
function textFormat(extension: string, head: Buffer): string | undefined {
  const start = head.toString("latin1", 0, 2048);
  if (/^tree\r?\nversion=v\d/.test(start)) return "lightgbm";
  if (extension === ".json" || extension === ".model" || extension === ".xgb") {
    if (/^\s*\{\s*"learner"\s*:/.test(start)) return "xgboost";
    if (/"(?:format)"\s*:\s*"(?:layers|graph)-model"/.test(start) || /^\s*\{\s*"modelTopology"\s*:/.test(start))
      return "tensorflow.js";
  }
  if (extension === ".xml" && /<net\s+name="[^"]*"\s+version="1\d/.test(start)) return "openvino";
  return undefined;
}

/** Formats inside of a general container: HDF5, zip, pickle. */
function containerFormat(path: string, extension: string, head: Buffer, file: OpenFile): string | undefined {
  if (head.subarray(0, HDF5.length).equals(HDF5)) {
    const probe = file.read(0, Math.min(HDF5_PROBE_BYTES, file.sizeBytes));
    return KERAS_WORDS.some((word) => probe.includes(word)) ? "keras" : undefined;
  }
  if (head.toString("latin1", 0, 4) === "PK\u0003\u0004") return zipFormat(file);
  if (head[0] === 0x80 && (head[1] as number) >= 2 && (head[1] as number) <= 5) {
    if (PICKLED_MODELS.some((module) => head.includes(module))) return extension === ".joblib" ? "joblib" : "pickle";
    return extension === ".joblib" || (/^\.(?:pkl|pickle|sav)$/.test(extension) && MODEL_PATH.test(path))
      ? "pickle"
      : undefined;
  }
  // joblib compresses with zlib by default.
  if (extension === ".joblib" && head[0] === 0x78) return "joblib";
  return undefined;
}

function zipFormat(file: OpenFile): string | undefined {
  const names = zipNames(file);
  if (names === undefined) return undefined;
  if (
    names.some((name) => /(?:^|\/)data\.pkl$/.test(name)) &&
    names.some((name) => /(?:^|\/)(?:version|data\/0|byteorder)$/.test(name))
  )
    return "pytorch";
  if (names.includes("config.json") && names.includes("model.weights.h5")) return "keras";
  if (names.includes("MAR-INF/MANIFEST.json")) return "torchserve";
  return undefined;
}

/** An archive that is none of the above is not opened; one that is broken is named as such. */
function archiveVerdict(extension: string, head: Buffer, file: OpenFile): FileVerdict {
  const isZip = head.toString("latin1", 0, 2) === "PK";
  if (isZip || ARCHIVE_EXTENSIONS.has(extension)) {
    const readable = isZip && zipNames(file) !== undefined;
    if (!readable) return { type: "skip", reason: "broken archive" };
    return ARCHIVE_EXTENSIONS.has(extension) || ZIP_MODEL_EXTENSIONS.has(extension)
      ? { type: "skip", reason: "archive, not opened" }
      : OTHER;
  }
  if (extension === ".gz" || extension === ".tgz" || (head[0] === 0x1f && head[1] === 0x8b)) {
    return { type: "skip", reason: isReadableGzip(file) ? "archive, not opened" : "broken archive" };
  }
  if (extension === ".tar") {
    const isTar = head.toString("latin1", 257, 262) === "ustar";
    return { type: "skip", reason: isTar ? "archive, not opened" : "broken archive" };
  }
  if (/^\.(?:bz2|xz|zst|7z|rar)$/.test(extension)) return { type: "skip", reason: "archive, not opened" };
  return OTHER;
}
