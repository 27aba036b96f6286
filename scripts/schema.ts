/** Writes configs/schema.json from the program's own schema: `npx tsx scripts/schema.ts`. */
import { writeFileSync } from "node:fs";
import { jsonSchema } from "../src/config/schema.js";

writeFileSync(
  new URL("../configs/schema.json", import.meta.url),
  `${JSON.stringify(jsonSchema(), null, 2)}\n`,
);
