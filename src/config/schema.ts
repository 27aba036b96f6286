import { z } from "zod";
import { lossNames, studyLosses } from "../study/losses.js";
import { type Parameter, parameterKeys, parameters, settings } from "./parameters.js";

/** The strict schema of a config file; it fills in the defaults. */
export const schema = z.strictObject({
  $schema: z.string().optional().describe("where an editor finds this schema"),
  ...Object.fromEntries(parameterKeys.map((key) => [key, axis(parameters[key] as Parameter<unknown>)])),
  runs: single(settings.runs),
  seed: single(settings.seed),
  monitor: z
    .union([settings.monitor.type, distinct(settings.monitor.type)])
    .transform((losses) => lossNames.filter((name) => [losses].flat().includes(name)))
    .default([...studyLosses])
    .describe(settings.monitor.help),
  perLayer: single(settings.perLayer),
});

/** The same as JSON Schema, for editors. */
export function jsonSchema(): unknown {
  return {
    ...z.toJSONSchema(schema, { io: "input" }),
    title: "A sweep of segloss",
    description: "Each parameter takes a value or a list of values; the product of the lists is the grid.",
  };
}

function single<Value>(parameter: Parameter<Value>): z.ZodType {
  return parameter.type.default(parameter.default as z.core.util.NoUndefined<Value>).describe(parameter.help);
}

function axis(parameter: Parameter<unknown>): z.ZodType {
  return z
    .union([parameter.type, distinct(parameter.type)])
    .default(parameter.default)
    .describe(parameter.help);
}

/** check() sees to it that no value stands twice: a refinement would stay silent while another value is wrong. */
function distinct<Value>(type: z.ZodType<Value>): z.ZodType<Value[]> {
  return z.array(type).min(1).meta({ uniqueItems: true });
}
