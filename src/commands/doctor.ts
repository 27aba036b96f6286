import { Command } from "commander";

/** Creates the command `segloss doctor`, which checks the installation. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("check Node, TensorFlow, devices and libraries")
    .description(
      "Shows versions, the native library, devices and CUDA libraries, tests that TensorFlow computes correctly, and names the command that repairs each problem. The exit code is 0 only if nothing is wrong.",
    )
    .option("--json", "print a JSON object instead of lines")
    .option("--verbose", "let TensorFlow's own log lines through")
    .action(async (flags: { readonly json?: boolean; readonly verbose?: boolean }) => {
      const { runDoctor } = await import("../doctor/doctor.js");
      const { doctorExitCode } = await import("../doctor/finding.js");
      const { formatFindings, formatJson } = await import("../doctor/report.js");
      const { selfTest } = await import("../study/self-test/self-test.js");
      const findings = await runDoctor({ verbose: flags.verbose ?? false, selfTest });
      process.stdout.write(flags.json ? formatJson(findings) : formatFindings(findings));
      process.exitCode = doctorExitCode(findings);
    });
}
