/**
 * Where a profile goes: standard output, or a file that has its name only when it is whole.
 *
 * @module
 */
import { InputError, type Io } from "./io.ts";

/** An output that is written piece by piece. */
export interface Output {
  /** Adds bytes, which may be used again at once. @throws {InputError} If they cannot be written. */
  write(bytes: Uint8Array): void;
  /** All is written. @throws {InputError} If the file cannot have its name. */
  end(): void;
  /** Something went wrong: what was written of a file is taken away. */
  drop(): void;
}

/**
 * Opens the file at `path`, or standard output.
 *
 * @throws {InputError} If there cannot be such a file.
 */
export function openOutput(path: string | undefined, io: Io): Output {
  if (path === undefined) {
    return {
      write: (bytes) => io.stdout.write(bytes),
      end: () => {},
      drop: () => {},
    };
  }
  // What is there and no regular file, as /dev/null, is written to and not replaced.
  const there = io.open(path);
  if (typeof there === "string" && there !== "not found") {
    return gather(path, io);
  }
  const file = io.create(path);
  if (typeof file === "string") throw new InputError(`${path}: ${file}`);
  const check = (refusal: string | undefined): void => {
    if (refusal !== undefined) throw new InputError(`${path}: ${refusal}`);
  };
  return {
    write: (bytes) => check(file.write(bytes)),
    end: () => check(file.keep()),
    drop: () => file.drop(),
  };
}

function gather(path: string, io: Io): Output {
  const pieces: Uint8Array[] = [];
  return {
    write: (bytes) => pieces.push(bytes.slice()),
    end: () => {
      const size = pieces.reduce((sum, { length }) => sum + length, 0);
      const all = new Uint8Array(size);
      let at = 0;
      for (const piece of pieces) {
        all.set(piece, at);
        at += piece.length;
      }
      const refusal = io.save(path, all);
      if (refusal !== undefined) throw new InputError(`${path}: ${refusal}`);
    },
    drop: () => {},
  };
}
