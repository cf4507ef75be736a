/**
 * Making elements. Text is always text: nothing that comes out of a file is ever read as HTML.
 *
 * @module
 */

/** What an element may have inside. */
export type Child = Node | string | null | undefined;

/** Attributes, and for names that begin with `on` listeners. */
export type Attributes = Readonly<
  Record<
    string,
    string | boolean | number | undefined | ((event: never) => void)
  >
>;

/** Makes an element. Attributes that are `false` or undefined are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(key.slice(2), value as EventListener);
    } else if (value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  append(element, children);
  return element;
}

/** Adds what is there of `children`. */
export function append(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child !== null && child !== undefined) parent.append(child);
  }
}

/** Puts `children` in place of all that `parent` has. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren();
  append(parent, children);
}

/** A button. */
export function button(
  text: string,
  action: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  return h("button", { type: "button", onclick: action, ...attributes }, text);
}

/** A message in place of content. */
export function message(text: string, kind = "empty"): HTMLElement {
  const role = kind === "error" ? "alert" : undefined;
  return h("p", { class: kind, role }, text);
}
