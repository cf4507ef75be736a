/**
 * Text and JSON written piece by piece: a long list never is one string.
 *
 * @module
 */

/** Characters that are gathered before they are written. */
const FLUSH_AT = 1 << 16;

/** Takes text in order and hands on bytes. */
export class PieceWriter {
  private readonly write: (bytes: Uint8Array) => void | Promise<void>;
  private readonly encoder: TextEncoder = new TextEncoder();
  private pieces = "";

  /** Writes to `write`, which is waited for. */
  constructor(write: (bytes: Uint8Array) => void | Promise<void>) {
    this.write = write;
  }

  /** Adds text as it is. */
  async text(text: string): Promise<void> {
    this.pieces += text;
    if (this.pieces.length >= FLUSH_AT) await this.flush();
  }

  /** Adds a value as JSON. Names that are no Unicode text become such: not all that read JSON take lone surrogates. */
  async value(value: unknown): Promise<void> {
    await this.text(toJson(value));
  }

  /** Adds a list of `count` values, made one by one. */
  async list(
    count: number,
    value: (index: number) => number | string | null | boolean,
  ): Promise<void> {
    this.pieces += "[";
    for (let i = 0; i < count; i++) {
      if (i > 0) this.pieces += ",";
      const item = value(i);
      this.pieces += typeof item === "string" ? toJson(item) : `${item}`;
      if (this.pieces.length >= FLUSH_AT) await this.flush();
    }
    this.pieces += "]";
  }

  /** Hands everything on. */
  async flush(): Promise<void> {
    const bytes = this.encoder.encode(this.pieces);
    this.pieces = "";
    await this.write(bytes);
  }
}

function toJson(value: unknown): string {
  return JSON.stringify(
    value,
    (_, item) => typeof item === "string" ? item.toWellFormed() : item,
  );
}
