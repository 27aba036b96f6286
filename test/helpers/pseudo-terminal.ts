import { spawn, spawnSync } from "node:child_process";

/** Runs a command on a terminal of its own, and does things when it has written certain words. */
const program = `
import fcntl, json, os, pty, re, select, struct, sys, termios, time
command, columns, acts = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    time.sleep(0.05)
    os.execvp(command[0], command)
def resize(columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
resize(columns)
written = b""
is_open = True
while is_open:
    try:
        select.select([fd], [], [])
        part = os.read(fd, 65536)
    except OSError:
        break
    if not part:
        break
    written += part
    while acts and re.search(acts[0]["when"].encode(), written):
        act = acts.pop(0)
        time.sleep(act.get("wait", 0))
        if "send" in act:
            os.write(fd, act["send"].encode())
        if "columns" in act:
            resize(act["columns"])
        if act.get("close"):
            os.close(fd)
            is_open = False
status = os.waitpid(pid, 0)[1]
sys.stdout.buffer.write(written)
sys.stderr.write(str(os.waitstatus_to_exitcode(status)))
`;

export interface Act {
  /** A regular expression for what is written so far. */
  readonly when: string;
  /** Seconds to wait then. */
  readonly wait?: number;
  /** Keys to press. */
  readonly send?: string;
  /** A new width of the terminal. */
  readonly columns?: number;
  /** The terminal is closed. */
  readonly close?: true;
}

/** What a command left on a terminal. */
export interface Typescript {
  /** Its exit code; below 0, the number of the signal that ended it. */
  readonly code: number;
  /** All that was written, control sequences included. */
  readonly written: string;
}

/** Why there is no terminal to test on; false if there is one. */
export const noTerminal: string | false =
  spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]).status === 0
    ? false
    : "needs Python 3.9 for a terminal";

/** Runs a command on a terminal that is so wide. */
export async function onTerminal(
  command: readonly string[],
  cwd: string,
  columns = 80,
  acts: readonly Act[] = [],
  added: NodeJS.ProcessEnv = {},
): Promise<Typescript> {
  const env = { ...process.env, TERM: "xterm-256color", npm_command: "", ...added };
  const child = spawn("python3", ["-c", program, JSON.stringify([command, columns, acts])], { cwd, env });
  let [written, code] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    written += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    code += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve({ code: Number(code), written }));
  });
}

/** A screen after all that was written on it. */
export interface Screen {
  readonly lines: readonly string[];
  /** Column of the cursor, from 0. */
  readonly column: number;
}

/** What was written, with escapes as a visible character. */
export function visible(written: string): string {
  return written.replaceAll("\u001B", "␛");
}

/** Does what a terminal does with the few control sequences that we use; throws at any other. */
export function screenOf(written: string, columns: number): Screen {
  const lines: string[][] = [[]];
  let column = 0;
  for (const { 0: token, 1: number = "", 2: letter } of visible(written).matchAll(
    /␛\[([?\d;]*)([A-Za-z])|./gsu,
  )) {
    const line = lines.at(-1) ?? [];
    const command = letter === undefined ? token : `${number.replace(/^[01]?$/, "")}${letter}`;
    if (command === "G" || command === "\r") {
      column = 0;
    } else if (command === "K") {
      line.length = Math.min(line.length, column);
    } else if (command === "2K") {
      line.length = 0;
    } else if (command === "\n") {
      lines.push([]);
    } else if (letter !== undefined || token === "␛") {
      throw new Error(`an unexpected control sequence: ${token}`);
    } else {
      if (column >= columns) {
        lines.push([]);
        column = 0;
      }
      put(lines.at(-1) ?? [], column, token);
      column += 1;
    }
  }
  return { lines: lines.map((line) => line.join("")), column };
}

function put(line: string[], column: number, letter: string): void {
  while (line.length < column) {
    line.push(" ");
  }
  line[column] = letter;
}
