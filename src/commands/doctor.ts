import { Command } from "commander";
import type { SelfTest } from "../doctor/engine.js";

/** segloss doctor: what segloss stands on, what is missing and the command that mends it. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("check Node, TensorFlow, devices and libraries")
    .description(
      "Shows versions, the native library, devices and CUDA libraries, tests that TensorFlow computes right, and for everything that is wrong the command that mends it. Exit code 0 only if all is well.",
    )
    .option("--json", "print a JSON object instead of lines")
    .option("--verbose", "let TensorFlow's own log lines through")
    .action(async (flags: { readonly json?: boolean; readonly verbose?: boolean }) => {
      const { examine } = await import("../doctor/examination.js");
      const { exitCodeOf } = await import("../doctor/finding.js");
      const { formatFindings, formatJson } = await import("../doctor/report.js");
      const findings = await examine({ verbose: flags.verbose ?? false, selfTest: await findSelfTest() });
      process.stdout.write(flags.json ? formatJson(findings) : formatFindings(findings));
      process.exitCode = exitCodeOf(findings);
    });
}

async function findSelfTest(): Promise<SelfTest | undefined> {
  const place: string = "../study/self-test.js";
  const study: { readonly selfTest: SelfTest } | undefined = await import(place).catch(() => undefined);
  return study?.selfTest;
}
