/** Files that are whole after a power cut. */
import { chmod, open, rename } from "node:fs/promises";
import path from "node:path";
import process from "node:process";

/** Writes a small file so that after a crash it has either its old or its new content. */
export async function writeDurably(file: string, content: string): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, "w", 0o644);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await chmod(draft, 0o644);
  await rename(draft, file);
  await syncFolder(path.dirname(file));
}

/** Makes renames in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows can't open folders; its file systems journal renames.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
