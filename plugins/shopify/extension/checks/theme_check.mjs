// Prints what Shopify's theme check finds in the theme extension, as JSON. No finding is an empty list.
import { fileURLToPath } from "node:url";
import { themeCheckRun } from "@shopify/theme-check-node";

const folder = fileURLToPath(new URL("../regulars-theme", import.meta.url));
const { offenses, theme } = await themeCheckRun(folder, "theme-check:theme-app-extension");
const found = offenses.map(({ check, message, uri, severity }) => ({ check, message, file: uri.split("/").pop(), severity }));
console.log(JSON.stringify({ files: theme.length, found }, null, 2));
