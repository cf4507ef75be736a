/**
 * What the kernel keeps of a process's thread areas.
 *
 * @module
 */

/** What a process has said of its threads' areas. */
export interface ThreadAreaState {
  /** Whether the offset is set. */
  isOffsetSet: boolean;
  /** Offset of the area from the thread pointer, bytes. */
  offset: number;
  /** Bytes of the area that the program has reserved; what is behind them is not the kernel's. */
  size: number;
  /** Whether the signature is set. */
  isSignatureSet: boolean;
  /** Signature for all areas of the process. */
  signature: number;
  /** Address of the credentials that the threads share, 0 if there are none. */
  credentialsAddress: number;
  /** The user ID there, -1 before one was written. */
  publishedUid: number;
}

/** The state of a process that has said nothing. */
export function noThreadArea(): ThreadAreaState {
  return {
    isOffsetSet: false,
    offset: 0,
    size: 0,
    isSignatureSet: false,
    signature: 0,
    credentialsAddress: 0,
    publishedUid: -1,
  };
}
