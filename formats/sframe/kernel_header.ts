/**
 * A section's header as the Linux kernel reads it when the section is registered.
 *
 * @module
 */
import { Struct } from "../base/struct.ts";
import {
  FDE_SIZES,
  FORMAT,
  HEADER_FIELDS,
  HEADER_SIZE,
  SFRAME_MAGIC,
  SFrameFlag,
} from "./constants.ts";
import { functionsOffset, rowsOffset, type SFrameHeader } from "./header.ts";

/**
 * Why the kernel refuses a header: `unsupported` magic, version, flags or auxiliary header; `empty` no functions or no
 * rows; `no-room` the header fills the section; `bad-offsets` functions and rows overlap or reach beyond the section.
 */
export type KernelHeaderProblem =
  | "unsupported"
  | "empty"
  | "no-room"
  | "bad-offsets";

const HEADER = new Struct(FORMAT, "header", HEADER_FIELDS);

/** The only version that the kernel reads. */
const KERNEL_VERSION = 3;

/**
 * Checks a header in the order in which the kernel does. It reads its own byte order only, and does not look at the
 * ABI: rows mean what they mean on the machine.
 *
 * @param bytes The first 28 bytes of the section, or more.
 * @param sectionSize Bytes of the section as they were registered.
 * @param abi The machine's `SFrameAbi`, which the result has.
 * @returns The header, or what is wrong with it.
 * @throws {FormatError} `truncated` if there are less than 28 bytes.
 *
 * Source: kernel/unwind/sframe.c of the series for V3.
 */
export function readKernelHeader(
  bytes: Uint8Array,
  sectionSize: number,
  abi: number,
  littleEndian: boolean,
): SFrameHeader | KernelHeaderProblem {
  const { magic, version, ...rest } = HEADER.decode(bytes, 0, littleEndian);
  const needed = SFrameFlag.FDE_SORTED | SFrameFlag.FDE_FUNC_START_PCREL;
  if (
    magic !== SFRAME_MAGIC || version !== KERNEL_VERSION ||
    (rest.flags & needed) !== needed || rest.auxHeaderSize !== 0
  ) return "unsupported";
  if (rest.fdeCount === 0 || rest.freCount === 0) return "empty";
  if (HEADER_SIZE >= sectionSize) return "no-room";
  const header: SFrameHeader = { ...rest, abi, version, littleEndian };
  const tableEnd = functionsOffset(header) +
    header.fdeCount * FDE_SIZES[KERNEL_VERSION]!;
  const rows = rowsOffset(header);
  return rows < tableEnd || rows + header.freSize > sectionSize
    ? "bad-offsets"
    : header;
}
