/**
 * Dark or light: as the system says, or as the user chose.
 *
 * @module
 */
import { button } from "./dom.ts";

const KEY = "framewalk-theme";

/** Uses what was chosen last time, and makes the button that changes it. */
export function themeButton(): HTMLButtonElement {
  apply(readChoice());
  const one = button("", () => {
    const next = isDark() ? "light" : "dark";
    keepChoice(next);
    apply(next);
    label(one);
  }, { class: "quiet" });
  label(one);
  return one;
}

function label(one: HTMLButtonElement): void {
  const next = isDark() ? "light" : "dark";
  one.textContent = isDark() ? "☀" : "☾";
  one.setAttribute("aria-label", `Switch to ${next} colours`);
  one.title = `Switch to ${next} colours`;
}

/** Whether the page is dark now. */
export function isDark(): boolean {
  const choice = document.documentElement.dataset.theme;
  return choice === undefined
    ? matchMedia("(prefers-color-scheme: dark)").matches
    : choice === "dark";
}

function apply(choice: string | undefined): void {
  if (choice === "dark" || choice === "light") {
    document.documentElement.dataset.theme = choice;
  }
  document.dispatchEvent(new Event("themechange"));
}

function readChoice(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined; // storage is off
  }
}

function keepChoice(choice: string): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Storage is off: the choice lasts as long as the page.
  }
}
