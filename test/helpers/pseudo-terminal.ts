import { spawn, spawnSync } from "node:child_process";

// Runs commands on a pseudo-terminal, by a Python program that acts when the command has written certain words.

const program = `
import fcntl, json, os, pty, re, select, struct, sys, termios, time
command, columns, actions = json.loads(sys.argv[1])
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
    while actions and re.search(actions[0]["when"].encode(), written):
        action = actions.pop(0)
        time.sleep(action.get("wait", 0))
        if "send" in action:
            os.write(fd, action["send"].encode())
        if "columns" in action:
            resize(action["columns"])
        if action.get("close"):
            os.close(fd)
            is_open = False
status = os.waitpid(pid, 0)[1]
sys.stdout.buffer.write(written)
sys.stderr.write(str(os.waitstatus_to_exitcode(status)))
`;

/** What happens on the terminal at a certain moment. */
export interface TerminalAction {
  /** The moment: this regular expression matches what the command has written so far. */
  readonly when: string;
  /** Seconds to wait first. */
  readonly wait?: number;
  /** Keys to press. */
  readonly send?: string;
  /** A new width of the terminal. */
  readonly columns?: number;
  /** The terminal is closed. */
  readonly close?: true;
}

/** How a command on a terminal ended. */
export interface TerminalSession {
  /** Exit code; if negative, the number of the signal that ended it. */
  readonly code: number;
  /** All that was written, control sequences included. */
  readonly written: string;
}

/** Why there is no terminal for tests; false if there is one. */
export const noTerminal: string | false =
  spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]).status === 0
    ? false
    : "needs Python 3.9 for a terminal";

/** Runs a command on a terminal with a number of columns. */
export async function onTerminal(
  command: readonly string[],
  cwd: string,
  columns = 80,
  actions: readonly TerminalAction[] = [],
  added: NodeJS.ProcessEnv = {},
): Promise<TerminalSession> {
  const env = { ...process.env, TERM: "xterm-256color", npm_command: "", ...added };
  const child = spawn("python3", ["-c", program, JSON.stringify([command, columns, actions])], { cwd, env });
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

/** The screen of a terminal. */
export interface Screen {
  readonly lines: readonly string[];
  /** Column of the cursor, counted from 0. */
  readonly column: number;
}

/** Returns what was written with escapes as a visible character. */
export function visible(written: string): string {
  return written.replaceAll("\u001B", "␛");
}

/** Returns the screen after a text was written. Knows only the control sequences that segloss uses, and throws at any other. */
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
