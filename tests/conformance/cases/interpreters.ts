/**
 * Programs nobody prepared: a distribution's own interpreters, optimised and stripped, aborted deep in a script.
 *
 * @module
 */
import type { Case } from "../case.ts";

/** Python and Perl as Debian builds them. */
export const INTERPRETER_CASES: readonly Case[] = (["v1", "v2", "v3"] as const)
  .flatMap((root): Case[] => [
    {
      name: `python3-${root}`,
      root,
      tools: ["python3"],
      sources: ["deep.py"],
      script: `dump core /usr/bin/python3 deep.py`,
      program: "/usr/bin/python3",
      frames: 60,
    },
    {
      name: `perl-${root}`,
      root,
      tools: ["perl"],
      sources: ["deep.pl"],
      script: `dump core /usr/bin/perl deep.pl`,
      program: "/usr/bin/perl",
      frames: 30,
    },
  ]);
