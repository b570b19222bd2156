import { statfs } from "node:fs/promises";

/** By their magic numbers, statfs(2): ext2 to ext4, XFS, Btrfs, tmpfs, overlayfs. */
const localFileSystems = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630]);

/**
 * Whether what is written into a directory goes to the memory of this machine first, so that a write waits for no
 * network. False where that is not known.
 */
export async function isOnLocalDisk(directory: string): Promise<boolean> {
  return process.platform === "linux" && localFileSystems.has((await statfs(directory)).type);
}
