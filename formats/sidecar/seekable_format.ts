/**
 * Numbers of the seekable form.
 *
 * Source: Zstandard Compression Format (RFC 8878), "Skippable Frames"; Zstandard Seekable Format 0.1.0.
 *
 * @module
 */

/** Magic of the skippable frame with our own table. */
export const META_FRAME_MAGIC = 0x184d2a5d;
/** Magic of the skippable frame with the seek table. */
export const SEEK_FRAME_MAGIC = 0x184d2a5e;
/** Magic at the very end of the file. */
export const SEEK_MAGIC = 0x8f92eab1;
/** Bytes of a skippable frame's magic and size. */
export const SKIPPABLE_HEADER_SIZE = 8;
/** Bytes of the seek table's end: number of frames, descriptor, magic. */
export const SEEK_FOOTER_SIZE = 9;
/** Our table's magic: `FWSZ`. */
export const META_MAGIC = 0x5a535746;
/** Version of our table. */
export const SEEKABLE_VERSION = 1;
/** Bytes of our table before the build ID. */
export const META_SIZE = 68;
/** Bytes of an SFrame header without the auxiliary one, which our table repeats. */
export const SFRAME_HEADER_SIZE = 28;
/** Where the section's header stands in our table. */
export const META_HEADER_OFFSET = 36;
/** Bytes of one entry of our table's list of function frames. */
export const FUNCTION_FRAME_SIZE = 12;
