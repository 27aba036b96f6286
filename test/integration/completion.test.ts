import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { seglossSync } from "../helpers/program.js";
import { createTemporaryFolder } from "../helpers/temporary-folder.js";

// Each shell loads its script and completes words as on the Tab key.

const folder = createTemporaryFolder("completion");
mkdirSync(join(folder, "my-runs"));
writeFileSync(join(folder, "my-sweep.json"), "{}");

/** A line up to the cursor, and words that must be proposed for its last one, and all of them if `isAll`. */
const cases: readonly {
  readonly line: string;
  readonly expected: readonly string[];
  readonly isAll: boolean;
}[] = [
  { line: "segloss sw", expected: ["sweep"], isAll: true },
  { line: "segloss sweep --dev", expected: ["--device"], isAll: true },
  { line: "segloss sweep --device ", expected: ["auto", "cpu", "gpu"], isAll: true },
  { line: "segloss sweep qu", expected: ["quick"], isAll: true },
  { line: "segloss sweep my-s", expected: ["my-sweep.json"], isAll: true },
  { line: "segloss show my", expected: ["my-runs"], isAll: true },
  { line: "segloss run --optimizer ", expected: ["adam", "sgd"], isAll: true },
  { line: "segloss run --monitor cce,dicefg", expected: ["cce,dicefg", "cce,dicefg_square"], isAll: true },
  { line: "segloss plot --figure acc", expected: ["accuracy"], isAll: false },
  { line: "segloss completion ", expected: ["bash", "fish", "zsh"], isAll: true },
];

function script(shell: string): string {
  const { code, out } = seglossSync(["completion", shell]);
  assert.equal(code, 0);
  const file = join(folder, `segloss.${shell}`);
  writeFileSync(file, out);
  return file;
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["--version"]).status === 0;
}

function checkProposals(complete: (line: string) => readonly string[]): void {
  for (const { line, expected, isAll } of cases) {
    const proposed = complete(line).map((word) => word.replace(/\/$/, ""));
    const found = isAll ? proposed.toSorted() : proposed.filter((word) => expected.includes(word));
    assert.deepEqual(found, expected, `${line}: ${proposed.join(" ")}`);
  }
}

test("bash completes commands, flags, values, configs and folders", () => {
  const file = script("bash");
  const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _segloss 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
  checkProposals((line) => {
    const words = ["-c", program, "bash", file, ...line.split(" ")];
    return execFileSync("bash", words, { cwd: folder, encoding: "utf8" }).split("\n").filter(Boolean);
  });
});

test("fish completes commands, flags, values, configs and folders", {
  skip: !isInstalled("fish") && "fish is not installed",
}, () => {
  const file = script("fish");
  checkProposals((line) => {
    const words = ["--no-config", "-c", `source '${file}'; complete -C '${line}'`];
    const env = { ...process.env, HOME: folder };
    return execFileSync("fish", words, { cwd: folder, env, encoding: "utf8" })
      .split("\n")
      .filter(Boolean)
      .map((proposal) => proposal.split("\t")[0] ?? "");
  });
});

test("zsh completes a word that is the only proposal", {
  skip: !isInstalled("zsh") && "zsh is not installed",
}, () => {
  const file = script("zsh");
  // What Tab makes of each line is written to a file by the line editor of a shell on a pseudo-terminal.
  const program = `
      zmodload zsh/zpty
      zpty z zsh -f -i
      zpty -w z 'PS1=; autoload -U compinit; compinit -u -D; source ${file}'
      zpty -w z 'finish() { print -r -- "$BUFFER" >> buffers; BUFFER= }; zle -N finish'
      zpty -w z 'bindkey "^_" finish; bindkey "^I" complete-word; print READY'
      while zpty -r z line; do [[ $line == *READY* && $line != *print* ]] && break; done
      for line in "$@"; do zpty -w -n z "$line"$'\\t\\x1f'; done
      touch buffers
      while (($(wc -l < buffers) < $#)); do zpty -r -t z line; sleep 0.05; done
      zpty -d z`;
  const single = cases.filter(({ expected, isAll }) => isAll && expected.length === 1);
  const words = ["-f", "-c", program, "zsh", ...single.map(({ line }) => line)];
  execFileSync("zsh", words, { cwd: folder, timeout: 30_000 });
  const buffers = readFileSync(join(folder, "buffers"), "utf8")
    .trim()
    .split("\n")
    .map((buffer) => buffer.trim().replace(/\/$/, ""));
  assert.deepEqual(
    buffers,
    single.map(({ line, expected }) => line.replace(/\S*$/, expected[0] ?? "")),
  );
});
