/**
 * Registering which object a text comes from.
 *
 * @module
 */
import { readString } from "../../formats/base/string_table.ts";
import { attach, checkRoom, textOf } from "./code_register.ts";
import { type Refusal, refuse, SITES } from "./codectl_sites.ts";
import type { IDENTITY } from "./codectl_structs.ts";
import type { Kernel } from "./kernel.ts";
import type { AddressSpace } from "./state.ts";
import { PATH_MAX } from "./memory_calls.ts";

/** Longest build ID, bytes: as sidecars have it. */
const MAX_BUILD_ID_SIZE = 64;

/** Registers build ID, debug link or both; a null pointer stands for what there is not. */
export function registerIdentity(
  kernel: Kernel,
  space: AddressSpace,
  info: ReturnType<typeof IDENTITY.decode>,
): Refusal | undefined {
  const { memory } = space;
  const text = textOf(memory, info.textStart, info.textSize);
  if ("site" in text) return text;
  const bad = checkRoom(space);
  if (bad !== undefined) return bad;
  if (info.buildId === 0 && info.debugLink === 0) return refuse(SITES.nothing);
  let buildId = "";
  if (info.buildId !== 0) {
    const size = info.buildIdSize;
    if (size === 0 || size > MAX_BUILD_ID_SIZE) {
      return refuse(SITES.idSize, size);
    }
    const bytes = memory.copyIn(info.buildId, size);
    if (bytes === undefined) return refuse(SITES.id, info.buildId);
    buildId = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
      .join("");
  }
  let debugLink = "";
  if (info.debugLink !== 0) {
    const bytes = memory.copyInString(info.debugLink, PATH_MAX);
    if (bytes === undefined) return refuse(SITES.link, info.debugLink);
    debugLink = readString(bytes, 0);
  }
  const { debugLinkCrc } = info;
  const value = { buildId, debugLink, debugLinkCrc };
  return attach(kernel, space, text, "identity", value);
}
