/**
 * Programs of each toolchain in C and C++: linked in four ways, three levels of optimisation.
 *
 * @module
 */
import { type Case, type RootName, SFRAME } from "../case.ts";

const LINKS = {
  dynamic: "",
  static: "-static",
  "static-pie": "-static-pie -fPIE",
  stripped: "-s",
} as const;

function cases(): Case[] {
  const all: Case[] = [];
  for (const root of ["v1", "v2", "v3"] as const) {
    for (const language of ["c", "cc"] as const) {
      for (const [link, linkFlags] of Object.entries(LINKS)) {
        for (const level of ["-O0", "-O2", "-O3"]) {
          all.push(make(root, language, link, linkFlags, level));
        }
      }
    }
  }
  return all;
}

function make(
  root: RootName,
  language: "c" | "cc",
  link: string,
  linkFlags: string,
  level: string,
): Case {
  const compiler = language === "c" ? "gcc" : "g++";
  return {
    name: `${root}-${language}-${link}${level}`,
    root,
    host: root === "v1",
    tools: [compiler],
    sources: [`mix.${language}`],
    script:
      `${compiler} ${level} -fno-optimize-sibling-calls ${SFRAME} ${linkFlags} mix.${language} -o mix -pthread
      dump core ./mix`,
    program: "mix",
    frames: language === "c" ? 80 : 30,
  };
}

/** The matrix. */
export const TOOLCHAIN_CASES: readonly Case[] = cases();
