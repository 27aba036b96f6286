import { firstLine } from "../../errors.js";
import { scoped, tf } from "../backend.js";
import { compile } from "./compile.js";

/**
 * Why XLA cannot compile on the device in use; undefined if it can. Tries a product and an exponential: the one needs the
 * device's matrix library, the other on a GPU the mathematics of libdevice and an assembler.
 */
export function probeXla(): string | undefined {
  try {
    const value = scoped(() => {
      const probe = compile((x) => [tf.exp(tf.matMul(x, x))], [tf.zeros([4, 4])], { xla: true });
      try {
        return probe(tf.zeros([4, 4]))[0]?.dataSync()[0];
      } finally {
        probe.dispose();
      }
    });
    return value === 1 ? undefined : `exp(0) gave ${value}`;
  } catch (error) {
    return firstLine(error);
  }
}
