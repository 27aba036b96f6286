import { Command } from "commander";

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
      const { runDoctor: examine } = await import("../doctor/doctor.js");
      const { doctorExitCode: exitCodeOf } = await import("../doctor/finding.js");
      const { formatFindings, formatJson } = await import("../doctor/report.js");
      const { selfTest } = await import("../study/self-test/self-test.js");
      const findings = await examine({ verbose: flags.verbose ?? false, selfTest });
      process.stdout.write(flags.json ? formatJson(findings) : formatFindings(findings));
      process.exitCode = exitCodeOf(findings);
    });
}
