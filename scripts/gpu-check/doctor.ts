import type { Conditions, Outcome } from "./check.js";
import { segloss } from "./program.js";

interface Finding {
  readonly name: string;
  readonly state: string;
  readonly detail: string;
}

const shown = /^(segloss|library|TensorFlow|device|GPU.*|self-test)$/;

/** Whether all is well by segloss's own account, and what machine this is. */
export async function checkDoctor({ device }: Conditions): Promise<Outcome> {
  const env = device === "cpu" ? { CUDA_VISIBLE_DEVICES: "-1" } : {};
  const { findings } = JSON.parse(await segloss(["doctor", "--json"], env, [3])) as {
    readonly findings: readonly Finding[];
  };
  // On the CPU the GPU variant without a GPU is no fault.
  const wrong = findings.filter(
    ({ name, state }) => state === "wrong" && (device === "gpu" || name !== "GPU"),
  );
  const told = findings.filter((finding) => shown.test(finding.name) || wrong.includes(finding));
  return {
    ok: wrong.length === 0,
    lines: told.map(({ name, detail }) => `${name}: ${detail}`),
    data: findings,
  };
}
