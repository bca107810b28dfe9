import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      // Numbers read well in templates; everything else must be made text on purpose.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    // The types of the browser's own library know no year: these are missing on phones that are in use.
    files: ["src/widget/**/*.ts", "src/shared/**/*.ts"],
    rules: {
      "no-restricted-properties": [
        "error",
        { object: "AbortSignal", property: "timeout", message: "Phones of 2020 have none: within() in src/shared/within.ts." },
        { object: "AbortSignal", property: "any", message: "Phones of 2020 have none." },
        { object: "crypto", property: "randomUUID", message: "Missing on old phones and on pages without TLS: newId() in src/shared/random.ts." },
      ],
      "no-restricted-globals": ["error", { name: "structuredClone", message: "Phones of 2020 have none." }],
    },
  },
  { files: ["*.js"], languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } } },
);
