import { runSegloss } from "./child.js";
import type { Conditions, Part, PartResult } from "./part.js";

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

const shown = /^(segloss|library|TensorFlow|device|GPU.*|driver library|self-test)$/;

/** Checks that `segloss doctor` finds nothing wrong, and reports the machine. */
export const doctorPart: Part = { name: "doctor", check: "doctor", run: checkDoctor };

async function checkDoctor({ device, signal }: Conditions): Promise<PartResult> {
  const env = device === "cpu" ? { CUDA_VISIBLE_DEVICES: "-1" } : {};
  const output = await runSegloss(["doctor", "--json"], { signal, env, codes: [0, 3] });
  const { findings } = JSON.parse(output) as { readonly findings: readonly Finding[] };
  // On the CPU it does not matter that the GPU variant has no GPU.
  const wrong = findings.filter(
    ({ name, state }) => state === "wrong" && (device === "gpu" || name !== "GPU"),
  );
  return {
    ok: wrong.length === 0,
    lines: findings
      .filter((finding) => shown.test(finding.name) || wrong.includes(finding))
      .map(({ name, detail }) => `${name}: ${detail}`),
    data: findings,
  };
}
